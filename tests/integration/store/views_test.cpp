#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace std::chrono_literals;
using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::control::DueLine;
using sheetbq::control::RunFilter;
using sheetbq::control::RunState;

namespace {

const DueLine& line_of(const std::vector<DueLine>& lines, int id) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const DueLine& line) { return line.config.id == id; });
    REQUIRE(found != lines.end());
    return *found;
}

}  // namespace

TEST_CASE("A configuration is read as it stands") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const int id = world.add({.name = "Orders", .last_run = "'2026-01-31T08:00:00.123456Z'"});
    world.query(
        "UPDATE sheet_to_bigquery_configs SET google_sheet_tab_name = 'Tab', custom_schema"
        " = '[{\"name\": \"a\", \"type\": \"STRING\"}]', created_at = '1969-12-31T23:59:59Z'");

    const auto config = store->config(id).value();

    CHECK(config.id == id);
    CHECK(config.name == "Orders");
    CHECK(config.sheet_url == "https://docs.google.com/spreadsheets/d/sheet0/edit#gid=0");
    CHECK(config.tab == "Tab");
    CHECK(config.target() == "shop.reports.orders");
    CHECK(config.schema_handling == "auto_detect");
    CHECK(config.custom_schema == R"([{"name": "a", "type": "STRING"}])");
    CHECK_FALSE(config.options);
    CHECK(config.active);
    CHECK(config.frequency_hours == 1);
    CHECK(*config.last_run - sheetbq::from_rfc3339("2026-01-31T08:00:00Z").value() == 123456us);
    CHECK(config.created_at == sheetbq::Clock::TimePoint{} - 1s);
    CHECK_FALSE(store->config(id + 1));
}

TEST_CASE("A configuration that never failed has an empty state") {
    StoreWorld world;
    const auto state = world.open()->config_state(1);

    CHECK(state.failures == 0);
    CHECK(state.incident_id.empty());
    CHECK_FALSE(state.not_before);
}

TEST_CASE("Runs are listed newest first, and filtered") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto good = running_run(world, *store);
    const auto bad = running_run(world, *store);
    const auto live = running_run(world, *store);
    REQUIRE(store->finish(good, success()));
    REQUIRE(store->finish(bad, failure()));
    const auto ids = [&](const RunFilter& filter) {
        std::vector<std::string> list;
        for (const auto& run : store->runs(filter)) list.push_back(run.run_id);
        return list;
    };
    using Ids = std::vector<std::string>;

    CHECK(ids({}).size() == 3);
    const auto descending = ids({});
    CHECK(std::is_sorted(descending.rbegin(), descending.rend()));
    const auto ascending = ids({.newest_first = false});
    CHECK(std::is_sorted(ascending.begin(), ascending.end()));
    CHECK(ids({.limit = 2}).size() == 2);
    CHECK(ids({.config_id = bad.config_id}) == Ids{bad.run_id});
    CHECK(ids({.states = {RunState::failed}}) == Ids{bad.run_id});
    CHECK(ids({.states = {RunState::running, RunState::claimed}}) == Ids{live.run_id});
    CHECK(ids({.states = {RunState::running, RunState::succeeded}}).size() == 2);
    CHECK(ids({.since = good.created_at - 1s}).size() == 3);
    CHECK(ids({.since = good.created_at + 1h}).empty());
    CHECK(ids({.config_id = good.config_id,
               .states = {RunState::succeeded},
               .since = good.created_at - 1ms,
               .limit = 1}) == Ids{good.run_id});
}

TEST_CASE("Runs are found by id; what is no id is not found") {
    StoreWorld world;
    const auto store = world.open();
    const auto a = running_run(world, *store);
    const auto b = running_run(world, *store);

    CHECK(store->runs_by_id(std::vector{b.run_id, a.run_id, std::string{"nonsense"}}).size() == 2);
    CHECK(store->runs_by_id({}).empty());
    CHECK_FALSE(store->run("nonsense"));
    CHECK_FALSE(store->run("019a2f3e-0000-7000-8000-000000000000"));
    CHECK_FALSE(store->run(a.run_id.substr(0, 35)));
}

TEST_CASE("The dry run agrees with the claim, and gives every reason") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const int live = world.add({.sheet = "a", .last_run = "NULL"});
    store->set_max_running(10);
    REQUIRE(store->claim({.tick_id = "t"}).size() == 1);
    const int busy = world.add({.sheet = "a"});
    const int first = world.add({.sheet = "b", .last_run = "now() - interval '9 hours'"});
    const int queued = world.add({.sheet = "b", .last_run = "now() - interval '8 hours'"});
    const int second = world.add({.last_run = "now() - interval '3 hours'"});
    const int third = world.add({.last_run = "now() - interval '2 hours'"});
    const int later = world.add({.last_run = "now()"});
    const int off = world.add({.active = "false"});
    const int failing = world.add();
    const int asked = world.add({.last_run = "now()"});
    world.query(fmt::format(
        "INSERT INTO sheetbq.config_state (config_id, failures, not_before, config_hash)"
        " VALUES ({}, 4, now() + interval '1 hour', '{}')",
        failing, store->config(failing)->hash));
    REQUIRE(store->request_run(asked, "k"));

    const auto lines = store->due({.tick_id = "t"}, 4);

    REQUIRE(lines.size() == 10);
    CHECK(lines[0].config.id == asked);
    CHECK(line_of(lines, asked).order == 1);
    CHECK(line_of(lines, first).order == 2);
    CHECK(line_of(lines, second).order == 3);
    CHECK(line_of(lines, third).order == 0);
    CHECK(line_of(lines, third).over_cap);
    CHECK(line_of(lines, third).due);
    CHECK(line_of(lines, live).live_run.size() == 36);
    CHECK(line_of(lines, live).order == 0);
    CHECK(line_of(lines, busy).sheet_busy);
    CHECK(line_of(lines, busy).order == 0);
    CHECK_FALSE(line_of(lines, busy).over_cap);
    CHECK(line_of(lines, queued).sheet_queued);
    CHECK(line_of(lines, queued).order == 0);
    CHECK_FALSE(line_of(lines, later).due);
    CHECK(*line_of(lines, later).due_at - *line_of(lines, later).config.last_run == 1h);
    CHECK_FALSE(line_of(lines, off).due);
    CHECK_FALSE(line_of(lines, off).due_at);
    CHECK(line_of(lines, failing).due);
    CHECK(line_of(lines, failing).not_before);
    CHECK(line_of(lines, failing).failures == 4);
    CHECK(line_of(lines, failing).order == 0);

    store->set_max_running(4);
    std::vector<int> claimed;
    for (const auto& run : store->claim({.tick_id = "t"})) claimed.push_back(run.config_id);
    CHECK(claimed == std::vector{asked, first, second});
}

TEST_CASE("A dry run needs none of our tables, and makes none") {
    StoreWorld world{Route::direct, Start::bare};
    auto settings = world.settings();
    settings.read_only = true;
    const auto store = world.open(settings);
    const int due = world.add({.sheet = "a"});
    const int queued = world.add({.sheet = "a", .last_run = "now() - interval '90 minutes'"});
    world.add({.last_run = "now()"});

    CHECK_FALSE(store->hello().schema_ready);
    store->migrate();
    const auto lines = store->due({.tick_id = "t", .exclude = {99}}, 3);

    REQUIRE(lines.size() == 3);
    CHECK(line_of(lines, due).order == 1);
    CHECK(line_of(lines, queued).sheet_queued);
    CHECK(world.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'sheetbq'") == "0");
}

TEST_CASE("Nothing can be written in a dry run") {
    StoreWorld world;
    world.add();
    auto settings = world.settings();
    settings.read_only = true;
    const auto store = world.open(settings);

    CHECK_THROWS_WITH(store->claim({.tick_id = "t"}), ContainsSubstring("read-only transaction"));
    CHECK_THROWS_WITH(store->register_tick("t"), ContainsSubstring("read-only transaction"));
    CHECK(world.value("SELECT count(*) FROM sheetbq.run") == "0");
    CHECK(store->due({.tick_id = "t"}, 3).at(0).order == 1);
}

TEST_CASE("The overview shows every configuration with its state and its runs") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto ended = running_run(world, *store, {.name = "B"});
    REQUIRE(store->finish(ended, success()));
    const auto failed = running_run(world, *store, {.name = "C"});
    REQUIRE(store->finish(failed, failure()));
    world.query(
        "UPDATE sheetbq.config_state SET not_before = NULL;"
        "UPDATE sheet_to_bigquery_configs SET last_run = now() - interval '5 hours'");
    const auto live = claim_all(*store);
    REQUIRE(live.size() == 2);
    world.add({.name = "A", .active = "false"});

    const auto lines = store->overview(5);

    REQUIRE(lines.size() == 3);
    CHECK(lines[0].config.name == "A");
    CHECK_FALSE(lines[0].due_at);
    CHECK_FALSE(lines[0].live);
    CHECK(lines[0].recent.empty());
    CHECK(lines[1].config.name == "B");
    CHECK(lines[1].due_at);
    CHECK(lines[1].live->state == RunState::claimed);
    REQUIRE(lines[1].recent.size() == 1);
    CHECK(lines[1].recent[0].run_id == ended.run_id);
    CHECK(lines[1].recent[0].report == R"({"rows" : 42})");
    CHECK(lines[2].state.failures == 1);
    CHECK(lines[2].recent.at(0).error_message == "no such tab");
    CHECK(store->overview(0)[1].recent.empty());
}

TEST_CASE("The overview shows so many of the youngest ended runs of each configuration") {
    StoreWorld world;
    const auto store = world.open();
    const int id = world.add({.frequency = "NULL"});
    std::vector<std::string> ended;
    for (int i = 0; i < 4; ++i) {
        const auto run = claim_all(*store, fmt::format("t{}", i)).at(0);
        REQUIRE(store->finish(run, success()));
        ended.push_back(run.run_id);
    }
    std::sort(ended.rbegin(), ended.rend());

    const auto line = store->overview(3).at(0);

    CHECK(line.config.id == id);
    REQUIRE(line.recent.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(line.recent[i].run_id == ended[i]);
}

TEST_CASE("The numbers of the fleet are counted over all instances") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto empty = store->metrics();
    CHECK(empty.configs == 0);
    CHECK(empty.lateness_p99 == 0);
    CHECK(empty.oldest_unseen_poll == 0);

    REQUIRE(store->finish(running_run(world, *store), success()));
    REQUIRE(store->finish(running_run(world, *store), failure()));
    const auto seen = running_run(world, *store);
    const auto unseen = running_run(world, *store);
    world.query(
        fmt::format("UPDATE sheetbq.run SET next_poll_at = now() - interval '90 s',"
                    " lease_owner = NULL WHERE run_id = '{}'",
                    unseen.run_id));
    world.query(
        fmt::format("UPDATE sheetbq.run SET next_poll_at = now() - interval '900 s'"
                    " WHERE run_id = '{}'",
                    seen.run_id));
    world.add({.last_run = "now() - interval '4 hours'"});
    world.add({.last_run = "now() - interval '4 hours'", .active = "false"});
    world.add({.frequency = "NULL"});
    store->count_duplicates(2);
    store->count_duplicates(1);

    const auto metrics = store->metrics();

    CHECK(metrics.live == std::map<std::string, std::int64_t>{{"running", 2}});
    CHECK(metrics.finished == std::map<std::string, std::int64_t>{{"succeeded", 1}, {"failed", 1}});
    CHECK(metrics.configs == 7);
    CHECK(metrics.active == 6);
    CHECK(metrics.failing == 1);
    CHECK(metrics.due == 1);
    CHECK(metrics.open_incidents == 1);
    CHECK(metrics.outbox_pending == 1);
    CHECK(metrics.duplicate_executions == 3);
    CHECK(metrics.lateness_p50 > 3590);
    CHECK(metrics.lateness_p99 < 3660);
    CHECK(metrics.lateness_max > 3 * 3600 - 60);
    CHECK(metrics.lateness_max < 3 * 3600 + 60);
    CHECK(metrics.oldest_unseen_poll > 85);
    CHECK(metrics.oldest_unseen_poll < 150);
}

TEST_CASE("A tick is registered once, by whoever comes first") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("one");
    const auto other = world.open("two");

    CHECK(store->register_tick("2026-01-31T08:00"));
    CHECK_FALSE(store->register_tick("2026-01-31T08:00"));
    CHECK_FALSE(other->register_tick("2026-01-31T08:00"));
    CHECK(other->register_tick("2026-01-31T08:01"));
    store->finish_tick("2026-01-31T08:00", R"({"claimed":3})");

    CHECK(world.value("SELECT instance || ' ' || (summary->>'claimed') FROM sheetbq.tick"
                      " WHERE finished_at IS NOT NULL") == "one 3");
}
