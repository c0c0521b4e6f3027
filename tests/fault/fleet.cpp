#include "fault/fleet.hpp"

#include "sandbox/run_control.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace sheetbq::testing {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr auto job = "projects/demo-project/locations/europe-west1/jobs/sheettobigquery-job";
constexpr auto canary = "T0CANARY/B0CANARY/do-not-log-me";

constexpr auto owners_table = R"(
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW());
CREATE SCHEMA orchestrator_test;
CREATE TABLE orchestrator_test.live_seen (live int, cap int);
CREATE FUNCTION orchestrator_test.table_definition() RETURNS text LANGUAGE sql AS $$
    SELECT (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull, ', ' ORDER BY attnum)
              FROM pg_attribute WHERE attrelid = 'public.sheet_to_bigquery_configs'::regclass AND attnum > 0)
        || (SELECT string_agg(indexrelid::regclass::text, ', ' ORDER BY indexrelid)
              FROM pg_index WHERE indrelid = 'public.sheet_to_bigquery_configs'::regclass)
        || (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.sheet_to_bigquery_configs'::regclass)
        || (SELECT count(*) FROM pg_constraint WHERE confrelid = 'public.sheet_to_bigquery_configs'::regclass) $$;
CREATE TABLE orchestrator_test.definition AS SELECT orchestrator_test.table_definition() AS definition;
CREATE TABLE orchestrator_test.original AS SELECT * FROM sheet_to_bigquery_configs;
)";

std::string file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// A spreadsheet id of its own for each configuration.
std::string sheet_of(int number) { return fmt::format("1Fleet{:0>38}", number); }

}  // namespace

Postgres& Fleet::postgres() {
    static Postgres server{{.durable = false, .settings = {"max_connections=150"}}};
    return server;
}

Fleet::Fleet(FleetOptions options)
    : options_{options},
      server_{options.server != nullptr ? *options.server : postgres()},
      database_{server_.create_database()} {
    postgres_host = server_.host();
    query(owners_table);
    world.google.slack.webhooks[canary] = "";
    auto& run = world.google.run;
    run.jobs[job].max_retries = 0;
    if (options_.real_jobs) {
        auto inherited = world.variables();
        for (const auto* name :
             {"CONFIG_NAME", "CONFIG_ID", "GOOGLE_SHEET_URL", "SHEETBQ_RUN_ID",
              "GOOGLE_CLOUD_PROJECT_ID", "BIGQUERY_DATASET_ID", "BIGQUERY_TABLE_ID"})
            inherited.erase(name);
        use_job_program(world.google, SHEETBQ_JOB, {inherited.begin(), inherited.end()});
    } else {
        run.script = [this](const sandbox::ContainerEnv& env) {
            const int id = std::stoi(env.at("CONFIG_ID"));
            const auto found = scripts_.find(id);
            if (found != scripts_.end()) return found->second(++calls_[id]);
            return sandbox::ScriptedRun{
                .lines = {R"({"event":"run_finished","message":"loaded","rows":2,"cells":4})"},
                .duration = options_.run_takes};
        };
    }
    sampler_ = std::jthread{[this](std::stop_token stop) { sample(std::move(stop)); }};
}

Fleet::~Fleet() {
    sampler_.request_stop();
    sampler_.join();
    kept_.clear();
}

void Fleet::add_configs(int count, int frequency) {
    for (int i = 0; i < count; ++i) {
        const auto id = std::stoi(value(fmt::format(
            "INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url, "
            "google_cloud_project_id,"
            " bigquery_dataset_id, bigquery_table_id, run_frequency_hours, google_sheet_tab_name)"
            " VALUES ('c', 'https://docs.google.com/spreadsheets/d/' || '{}', 'demo-project', "
            "'demo',"
            " 'table_' || currval('sheet_to_bigquery_configs_id_seq'), {}, 'Orders') RETURNING id",
            sheet_of(i), frequency)));
        as_owner(
            fmt::format("UPDATE sheet_to_bigquery_configs SET name = 'config {0}', "
                        "google_sheet_url = 'https://docs.google.com/spreadsheets/d/{1}/edit' "
                        "WHERE id = {0}",
                        id, sheet_of(id)));
        if (!options_.real_jobs) continue;
        world.google.edit([&] {
            auto sheet = world.google.sheets.at(World::spreadsheet_id);
            sheet.id = sheet_of(id);
            sheet.tabs.at(0) = sandbox::tab_from_csv("Orders", "a,b\n1,x\n2,y\n");
            world.google.sheets.emplace(sheet.id, std::move(sheet));
        });
    }
    as_owner("SELECT 1");
}

Table Fleet::as_owner(const std::string& sql) {
    auto rows = query(sql);
    query(
        "DELETE FROM orchestrator_test.original; "
        "INSERT INTO orchestrator_test.original SELECT * FROM sheet_to_bigquery_configs");
    return rows;
}

void Fleet::script(int config_id, std::function<sandbox::ScriptedRun(int call)> what) {
    world.google.edit([&] { scripts_[config_id] = std::move(what); });
}

std::unique_ptr<Process> Fleet::start(const Variables& more,
                                      const std::vector<std::string>& flags) const {
    auto environment = world.variables();
    for (const auto& [name, value] : Variables{
             {"PGHOST", postgres_host},
             {"PGUSER", "postgres"},
             {"PGDATABASE", database_},
             {"LOG_FORMAT", "json"},
             {"SLACK_WEBHOOK_URL", fmt::format("https://hooks.slack.com/services/{}", canary)}})
        environment[name] = value;
    for (const auto& [name, value] : more) environment[name] = value;
    std::vector<std::string> command{SHEETBQ_ORCHESTRATOR,
                                     "--launcher=cloud-run",
                                     "--project=demo-project",
                                     "--region=europe-west1",
                                     fmt::format("--max-parallel-jobs={}", options_.cap),
                                     fmt::format("--settle={}ms", options_.settle.count()),
                                     fmt::format("--lease={}ms", options_.lease.count()),
                                     "--poll=100ms",
                                     "--start-rate=1000/s",
                                     "--sheets-rate=1000/s"};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<Process>(command, environment);
}

ProcessEnd Fleet::tick(const Variables& more, const std::vector<std::string>& flags,
                       std::chrono::seconds limit) const {
    auto end = start(more, flags)->wait(limit);
    outputs_.push_back(end.out + end.err);
    return end;
}

std::int64_t Fleet::live() {
    return std::stoll(
        value("SELECT count(*) FROM sheetbq.run WHERE state IN "
              "('claimed', 'starting', 'running', 'cancelling')"));
}

bool Fleet::quiesce(std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
        tick();
        if (live() == 0) return true;
        std::this_thread::sleep_for(200ms);
    }
    return false;
}

void Fleet::sample(std::stop_token stop) {
    while (!stop.stop_requested()) {
        try {
            query(
                "INSERT INTO orchestrator_test.live_seen SELECT count(*), max(p.max_running) FROM "
                "sheetbq.run r, sheetbq.pool p WHERE state IN ('claimed', 'starting', 'running', "
                "'cancelling') HAVING count(*) > max(p.max_running)");
        } catch (const std::exception&) {
            // Before the first tick there is no schema, and experiments stop the server.
        }
        std::this_thread::sleep_for(20ms);
    }
}

std::vector<std::string> Fleet::violations() {
    std::vector<std::string> found;
    static const auto script = file(SHEETBQ_INVARIANTS);
    for (const auto& row : query(script)) found.push_back(row.at(0));
    for (auto& each : journal_violations()) found.push_back(std::move(each));
    for (auto& each : leaked_secrets()) found.push_back(std::move(each));
    for (auto& each : world.google.invalid_requests())
        found.push_back("Google would refuse: " + each);
    return found;
}

/// I2 and I4: executions without a run, and loads of one table by several executions of one run.
std::vector<std::string> Fleet::journal_violations() {
    std::vector<std::string> found;
    std::map<std::string, std::string> named;
    for (const auto& row :
         query("SELECT run_id::text, coalesce(execution_name, '') FROM sheetbq.run"))
        named[row.at(0)] = row.at(1);
    world.google.edit([&] {
        for (const auto& execution : world.google.run.executions) {
            const auto run_id = execution.variable("SHEETBQ_RUN_ID");
            const bool stopped = !execution.cancelled_by.empty();
            if (!named.contains(run_id))
                found.push_back("I2 execution without a run: " + execution.name);
            else if (named[run_id] != execution.name && !stopped)
                found.push_back("I2 run " + run_id + " does not name its execution " +
                                execution.name);
            if (!execution.ended_at) found.push_back("I2 still running: " + execution.name);
        }
    });
    return found;
}

/// I10: nothing that an orchestrator wrote, stored or sent holds the webhook's secret.
std::vector<std::string> Fleet::leaked_secrets() {
    std::vector<std::string> found;
    for (const auto& output : outputs_)
        if (output.find("do-not-log-me") != std::string::npos)
            found.emplace_back("I10 the webhook is in an orchestrator's output");
    const auto dumped = value(
        "SELECT string_agg(t::text, ' ') FROM (SELECT r::text FROM sheetbq.run r UNION ALL SELECT "
        "o::text FROM sheetbq.outbox o UNION ALL SELECT k::text FROM sheetbq.tick k) t");
    if (dumped.find("do-not-log-me") != std::string::npos)
        found.emplace_back("I10 the webhook is in the database");
    world.google.edit([&] {
        for (const auto& execution : world.google.run.executions)
            for (const auto& [name, text] : execution.env)
                if (text.find("do-not-log-me") != std::string::npos)
                    found.push_back("I10 the webhook is in the environment of " + execution.name);
    });
    return found;
}

int Fleet::extra_executions() {
    std::map<std::string, int> by_run;
    int extra = 0;
    world.google.edit([&] {
        for (const auto& execution : world.google.run.executions)
            if (++by_run[execution.variable("SHEETBQ_RUN_ID")] > 1) ++extra;
    });
    return extra;
}

}  // namespace sheetbq::testing
