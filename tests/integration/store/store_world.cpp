#include "integration/store/store_world.hpp"

#include <fmt/format.h>

namespace sheetbq::testing {

using namespace std::chrono_literals;

const char* const owners_table = R"(
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW());
)";

namespace {

const Clock& machine_clock() {
    static const SystemClock clock;
    return clock;
}

/// The longest wait, so that tests see the same every time.
std::chrono::milliseconds no_jitter(std::chrono::milliseconds cap) { return cap; }

control::PgSettings settings_for(const std::string& database, bool bouncer) {
    control::PgSettings settings;
    settings.host = postgres().host();
    settings.port = bouncer ? "6432" : "5432";
    settings.user = "postgres";
    settings.database = database;
    return settings;
}

struct Server {
    Server() {
        bare = postgres.create_database();
        postgres.query(bare, owners_table);
        bouncer = postgres.start_bouncer();
    }

    Postgres postgres;
    std::string bare;
    std::string ready;
    bool bouncer = false;
};

Server& server() {
    static Server one;
    return one;
}

const std::string& ready_template() {
    auto& ready = server().ready;
    if (ready.empty()) {
        ready = postgres().create_database(server().bare);
        control::make_pg_store(settings_for(ready, false), machine_clock(), no_jitter,
                               Log{[](const Event&) {}})
            ->migrate();
    }
    return ready;
}

}  // namespace

Postgres& postgres() { return server().postgres; }
bool bouncer_runs() { return server().bouncer; }

StoreWorld::StoreWorld(Route route, Start start)
    : route_{route},
      database_{
          postgres().create_database(start == Start::ready ? ready_template() : server().bare)} {}

StoreWorld::~StoreWorld() { postgres().drop_database(database_); }

control::PgSettings StoreWorld::settings(const std::string& instance) const {
    auto settings = settings_for(database_, route_ == Route::bouncer && bouncer_runs());
    settings.instance = instance;
    return settings;
}

std::unique_ptr<control::Store> StoreWorld::open(const std::string& instance) const {
    return open(settings(instance));
}

std::unique_ptr<control::Store> StoreWorld::open(const control::PgSettings& settings) const {
    return control::make_pg_store(settings, machine_clock(), no_jitter, Log{[](const Event&) {}});
}

int StoreWorld::add(const Row& row) const {
    const auto id = value(fmt::format(
        "INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url, google_cloud_project_id,"
        " bigquery_dataset_id, bigquery_table_id, last_run, run_frequency_hours, is_active)"
        " VALUES ('{}', 'https://docs.google.com/spreadsheets/d/' || coalesce(nullif('{}', ''),"
        " 'sheet' || (SELECT count(*) FROM sheet_to_bigquery_configs)) || '/edit#gid=0', '{}',"
        " 'reports', 'orders', {}, {}, {}) RETURNING id",
        row.name, row.sheet, row.project, row.last_run, row.frequency, row.active));
    return std::stoi(id);
}

std::vector<control::Run> claim_all(control::Store& store, const std::string& tick) {
    store.set_max_running(1'000);
    return store.claim({.tick_id = tick});
}

control::Run claimed_run(StoreWorld& world, control::Store& store, const Row& row) {
    const int id = world.add(row);
    store.set_max_running(1'000);
    return store.claim({.tick_id = "t", .only = {id}}).at(0);
}

control::Run running_run(StoreWorld& world, control::Store& store, const Row& row) {
    const auto claimed = claimed_run(world, store, row);
    const auto intended = store.intend(claimed, "{}", "hash", 60s, 180s).value();
    store.record(intended, {.name = "execution-" + claimed.run_id, .run_id = claimed.run_id}, 10s,
                 40min, 60s);
    return store.run(claimed.run_id).value();
}

control::Ending success() {
    control::Ending ending;
    ending.state = control::RunState::succeeded;
    ending.exit_code = 0;
    ending.report = R"({"rows":42,"seconds":{"total":1.5}})";
    ending.sheets_requests = 4;
    return ending;
}

control::Ending failure(Code code, const std::string& message) {
    control::Ending ending;
    ending.state = control::RunState::failed;
    ending.exit_code = exit_code(code);
    ending.code = code;
    ending.message = message;
    ending.hint = "Set GOOGLE_SHEET_TAB_NAME=Orders.";
    return ending;
}

}  // namespace sheetbq::testing
