#include "integration/store/store_world.hpp"
#include "sheetbq/app/find_run.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::app::find_run;
using sheetbq::control::Finding;
using sheetbq::control::Run;

namespace {

Error find_error(sheetbq::control::Store& store, const std::string& word) {
    return error_of([&] { find_run(store, word); });
}

Finding finding(const std::vector<Finding>& findings, std::string_view check) {
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&](const Finding& each) { return each.check == check; });
    REQUIRE(found != findings.end());
    return *found;
}

}  // namespace

TEST_CASE("A run is found by its id, by a beginning of it, and by its execution") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    const auto name = *store->run(run.run_id)->execution_name;

    CHECK(find_run(*store, run.run_id).run_id == run.run_id);
    CHECK(find_run(*store, run.run_id.substr(0, 14)).run_id == run.run_id);
    CHECK(find_run(*store, sheetbq::app::short_id(run.run_id)).run_id == run.run_id);
    CHECK(find_run(*store, name).run_id == run.run_id);
    world.query(
        "UPDATE sheetbq.run SET execution_name ="
        " 'projects/p/locations/r/jobs/j/executions/j-abcde'");
    CHECK(find_run(*store, "j-abcde").run_id == run.run_id);
    CHECK(find_error(*store, "abcde").code() == Code::not_found);
}

TEST_CASE("A word that names no run, or several, is answered with what to type") {
    StoreWorld world;
    const auto store = world.open();
    world.add({.name = "a"});
    world.add({.name = "b"});
    const auto runs = claim_all(*store);
    REQUIRE(runs.size() == 2);

    // Both were made in the same millisecond: the first 13 characters are the same.
    const auto several = find_error(*store, runs[0].run_id.substr(0, 13));
    CHECK(several.code() == Code::usage);
    CHECK_THAT(several.reason(), ContainsSubstring(runs[0].run_id));
    CHECK_THAT(several.reason(), ContainsSubstring(runs[1].run_id));
    CHECK(find_error(*store, "ffff").code() == Code::not_found);
    CHECK(find_error(*store, "'; DROP").code() == Code::not_found);
    CHECK(find_error(*store, "01").code() == Code::usage);
    CHECK(find_error(*store, std::string(200, '0')).code() == Code::not_found);
}

TEST_CASE("A pause says who, why and since when, and a second one keeps what it does not say") {
    StoreWorld world;
    const auto store = world.open();
    world.add();

    store->pause(true, "moving", "ada@host");
    const auto first = store->pool_state();
    CHECK(first.paused);
    CHECK(first.paused_reason == "moving");
    CHECK(first.paused_by == "ada@host");
    REQUIRE(first.paused_at.has_value());
    CHECK(claim_all(*store).empty());

    store->pause(true, "", "grace@host");
    CHECK(store->pool_state().paused_reason == "moving");
    CHECK(store->pool_state().paused_by == "grace@host");
    CHECK(store->pool_state().paused_at == first.paused_at);

    store->pause(false, "", "");
    const auto after = store->pool_state();
    CHECK_FALSE(after.paused);
    CHECK(after.paused_reason.empty());
    CHECK(after.paused_by.empty());
    CHECK_FALSE(after.paused_at.has_value());
    CHECK(claim_all(*store).size() == 1);
    CHECK(store->pool_state().live == 1);
}

TEST_CASE("What is known of the breaker is told") {
    StoreWorld world;
    const auto store = world.open();

    store->trip_breaker("403", "grant a role");

    const auto pool = store->pool_state();
    CHECK(pool.breaker_trips == 1);
    CHECK(pool.breaker_reason == "403");
    CHECK(pool.breaker_hint == "grant a role");
    CHECK(pool.breaker_since.has_value());
    CHECK(pool.breaker_until > pool.now);
}

TEST_CASE("Messages of a run, and those that wait, are told with what became of them") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    REQUIRE(store->finish(run, failure()));
    store->enqueue({"tick:x:report", "tick", "{}"});

    const auto own = store->outbox({.waiting = false, .run_id = run.run_id});
    REQUIRE(own.size() == 1);
    CHECK(own[0].message.kind == "opened");
    CHECK_FALSE(own[0].sent_at.has_value());
    CHECK(store->outbox({.waiting = true, .run_id = {}}).size() == 2);

    store->mark_sent(own[0].id);
    const auto waiting = store->outbox({.waiting = true, .run_id = {}});
    REQUIRE(waiting.size() == 1);
    store->mark_unsent(waiting[0].id, "HTTP 404", 0ms, true);
    CHECK(store->outbox({.waiting = true, .run_id = {}}).at(0).dead);
    CHECK(store->outbox({.waiting = true, .run_id = {}}).at(0).last_error == "HTTP 404");
    CHECK(store->outbox({.waiting = false, .run_id = run.run_id}).at(0).sent_at.has_value());
}

TEST_CASE("Asking for a run ends the backing off") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    REQUIRE(store->finish(run, failure()));
    REQUIRE(store->config_state(run.config_id).not_before.has_value());

    CHECK(store->request_run(run.config_id, "k"));

    CHECK_FALSE(store->config_state(run.config_id).not_before.has_value());
    CHECK(store->config_state(run.config_id).run_requested_at.has_value());
    CHECK(store->config_state(run.config_id).failures == 1);
}

TEST_CASE("A sound database is found to be sound") {
    StoreWorld world;
    const auto store = world.open();
    running_run(world, *store);

    for (const auto& each : store->verify()) {
        INFO(each.check << ": " << each.text);
        CHECK(each.level == Finding::Level::ok);
        CHECK(each.fix.empty());
    }
}

TEST_CASE("What does not hold together is found, with what mends it") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);

    struct Case {
        const char* check;
        const char* sql;
        const char* fix;
    };
    const auto harm = GENERATE(
        Case{"cap", "DELETE FROM sheetbq.pool", "INSERT INTO sheetbq.pool"},
        Case{"index of live runs", "DROP INDEX sheetbq.run_one_live_per_config",
             "CREATE UNIQUE INDEX"},
        Case{"one live run",
             "DROP INDEX sheetbq.run_one_live_per_config; INSERT INTO sheetbq.run (run_id,"
             " config_id, slot_key, trigger, due_at) SELECT gen_random_uuid(), config_id, 'x', 'm',"
             " now() FROM sheetbq.run",
             "helper cancel --config 1"},
        Case{"unseen runs",
             "UPDATE sheetbq.run SET next_poll_at = now() - interval '1 hour', lease_owner = NULL",
             "sheetbq-orchestrator"},
        Case{"overlong runs", "UPDATE sheetbq.run SET deadline_at = now() - interval '1 hour'",
             "helper cancel 0"},
        Case{"live runs of nothing", "DELETE FROM sheet_to_bigquery_configs", "helper cancel 0"},
        Case{"state of nothing", "INSERT INTO sheetbq.config_state (config_id) VALUES (4711)",
             "DELETE FROM sheetbq.config_state"},
        Case{"targets",
             "INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url,"
             " google_cloud_project_id, bigquery_dataset_id, bigquery_table_id) SELECT 'again',"
             " google_sheet_url, google_cloud_project_id, bigquery_dataset_id, bigquery_table_id"
             " FROM sheet_to_bigquery_configs",
             "helper configs disable"},
        Case{"future", "UPDATE sheet_to_bigquery_configs SET last_run = now() + interval '1 day'",
             "helper configs show 1"},
        Case{"messages",
             "INSERT INTO sheetbq.outbox (dedup_key, kind, payload, dead) VALUES ('a', 'tick',"
             " '{}', true)",
             "helper notify pending"});
    INFO(harm.check);
    world.query(harm.sql);

    const auto found = finding(store->verify(), harm.check);

    CHECK(found.level != Finding::Level::ok);
    CHECK_THAT(found.fix, ContainsSubstring(harm.fix));
}

TEST_CASE("A schema that is not ready is a finding, not an error") {
    StoreWorld world{Route::direct, Start::bare};
    auto settings = world.settings();
    settings.read_only = true;

    const auto found = finding(world.open(settings)->verify(), "schema");

    CHECK(found.level == Finding::Level::failed);
    CHECK(found.fix == "helper db migrate");
}
