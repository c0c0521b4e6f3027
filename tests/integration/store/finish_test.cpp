#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <thread>

using namespace std::chrono_literals;
using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::control::RunState;

TEST_CASE("A success ends the run and stamps last_run with the time of the claim") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto run = running_run(world, *store);

    REQUIRE(store->finish(run, success()));

    const auto ended = store->run(run.run_id).value();
    CHECK(ended.state == RunState::succeeded);
    CHECK(ended.exit_code == 0);
    CHECK(ended.finished_at);
    CHECK(ended.error_class.empty());
    CHECK(ended.report == success().report);
    CHECK_FALSE(ended.lease_owner);
    CHECK(world.value("SELECT c.last_run = r.created_at FROM sheet_to_bigquery_configs c"
                      " JOIN sheetbq.run r ON r.config_id = c.id") == "t");
    CHECK(store->config(run.config_id)->last_run == run.created_at);
    CHECK(store->config_state(run.config_id).sheets_requests == 4);
    CHECK(world.value("SELECT rows_loaded FROM sheetbq.run") == "42");
    CHECK(world.value("SELECT count(*) FROM sheetbq.outbox") == "0");
}

TEST_CASE("Only last_run of the owner's row ever changes") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    const std::string rest =
        "SELECT md5((to_jsonb(c) - 'last_run')::text) FROM sheet_to_bigquery_configs c";
    const auto before = world.value(rest);

    REQUIRE(store->finish(run, success()));

    CHECK(world.value(rest) == before);
    CHECK(world.value("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
                      " WHERE c.relname = 'sheet_to_bigquery_configs'") == "1");
}

TEST_CASE("last_run never goes back, nor past what its owner set into the future") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    const auto* future = GENERATE("now() + interval '30 days'", "'infinity'");
    world.query(fmt::format("UPDATE sheet_to_bigquery_configs SET last_run = {}", future));

    REQUIRE(store->finish(run, success()));

    CHECK(world.value("SELECT last_run > now() + interval '29 days'"
                      " FROM sheet_to_bigquery_configs") == "t");
}

TEST_CASE("A failure leaves last_run, backs off, and opens one incident") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto run = running_run(world, *store);
    const auto last_run = world.value("SELECT last_run FROM sheet_to_bigquery_configs");

    REQUIRE(store->finish(run, failure()));

    const auto ended = store->run(run.run_id).value();
    CHECK(ended.state == RunState::failed);
    CHECK(ended.exit_code == 10);
    CHECK(ended.error_class == "bad_config");
    CHECK(ended.error_message == "no such tab");
    CHECK(ended.error_hint == "Set GOOGLE_SHEET_TAB_NAME=Orders.");
    CHECK(world.value("SELECT last_run FROM sheet_to_bigquery_configs") == last_run);
    const auto state = store->config_state(run.config_id);
    CHECK(state.failures == 1);
    CHECK(state.config_hash == "hash");
    CHECK(state.last_error == "no such tab");
    CHECK(state.not_before > ended.finished_at);
    CHECK(state.failing_since);
    CHECK(state.incident_id.size() == 36);
    CHECK(world.value("SELECT kind || ' ' || dedup_key FROM sheetbq.outbox") ==
          "opened incident:" + state.incident_id + ":open");
    CHECK(world.value("SELECT payload->>'message' FROM sheetbq.outbox") == "no such tab");
}

TEST_CASE("The success after an incident closes it, with one message") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    REQUIRE(store->finish(run, failure()));
    const auto incident = store->config_state(run.config_id).incident_id;
    world.query("UPDATE sheetbq.config_state SET not_before = NULL");

    const auto next = claim_all(*store).at(0);
    REQUIRE(store->finish(next, success()));

    const auto state = store->config_state(run.config_id);
    CHECK(state.failures == 0);
    CHECK_FALSE(state.not_before);
    CHECK(state.incident_id.empty());
    CHECK(world.query("SELECT dedup_key FROM sheetbq.outbox ORDER BY id") ==
          Table{{"incident:" + incident + ":open"}, {"incident:" + incident + ":closed"}});
}

TEST_CASE("What is nobody's fault is recorded as infrastructure and counts as no failure") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    auto ending = failure(Code::unavailable, "Cloud Run is away");
    ending.blameless = true;
    ending.state = RunState::lost;

    REQUIRE(store->finish(run, ending));

    CHECK(store->run(run.run_id)->error_class == "infrastructure");
    CHECK(store->run(run.run_id)->state == RunState::lost);
    CHECK(store->config_state(run.config_id).failures == 0);
}

TEST_CASE("A run that is no longer ours is not ended, and nothing else happens") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto run = running_run(world, *store);

    SECTION("its fence moved") {
        world.query("UPDATE sheetbq.run SET fence = fence + 1");
        CHECK_FALSE(store->finish(run, success()));
        CHECK(store->run(run.run_id)->state == RunState::running);
        CHECK(world.value("SELECT count(*) FROM sheetbq.config_state") == "0");
        CHECK(store->config(run.config_id)->last_run < run.created_at);
    }
    SECTION("it ended") {
        REQUIRE(store->finish(run, failure()));
        CHECK_FALSE(store->finish(run, success()));
        CHECK(store->run(run.run_id)->state == RunState::failed);
        CHECK(store->config_state(run.config_id).failures == 1);
    }
    SECTION("it never was") {
        auto unknown = run;
        unknown.run_id = "019a2f3e-0000-7000-8000-000000000000";
        CHECK_FALSE(store->finish(unknown, success()));
    }
}

TEST_CASE("A run ends though its configuration was deleted meanwhile") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    world.query("DELETE FROM sheet_to_bigquery_configs");
    const bool good = GENERATE(true, false);

    REQUIRE(store->finish(run, good ? success() : failure()));

    CHECK(store->run(run.run_id)->state == (good ? RunState::succeeded : RunState::failed));
    CHECK_FALSE(store->config(run.config_id));
}

TEST_CASE("A run that fails before it was ever started keeps the hash that it failed with") {
    StoreWorld world;
    const auto store = world.open();
    auto run = claimed_run(world, *store);
    run.config_hash = store->config(run.config_id)->hash;

    REQUIRE(store->finish(run, failure()));

    CHECK(store->config_state(run.config_id).config_hash == run.config_hash);
    CHECK(claim_all(*store).empty());
    world.query("UPDATE sheet_to_bigquery_configs SET google_sheet_tab_name = 'Orders'");
    CHECK(claim_all(*store).size() == 1);
}

TEST_CASE("Whatever bytes a job leaves behind, its run ends") {
    using namespace std::string_literals;
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto run = running_run(world, *store);
    auto ending = failure(Code::bad_data, "a\0b \xFF \xED\xA0\x80 'quoted' \\ $1 {x} 🛒"s);
    ending.report = GENERATE("not JSON"s, "{\"a\":"s, "{\"name\":\"\\u0000\",\"rows\":7}"s,
                             "{\"name\":\"\\ud800\"}"s, "{\"name\":\"\xFF\"}"s, "\0"s,
                             std::string(50'000, '['), "{\"rows\":1e999}"s, "[]"s, "null"s);

    REQUIRE(store->finish(run, ending));

    const auto ended = store->run(run.run_id).value();
    CHECK(ended.error_message == "a\uFFFDb \uFFFD \uFFFD\uFFFD\uFFFD 'quoted' \\ $1 {x} 🛒");
    CHECK_FALSE(ended.report.empty());
    CHECK(world.value("SELECT count(*) FROM sheetbq.outbox") == "1");
}

TEST_CASE("A lock on the owner's row is waited for, not for ever, and then nothing has changed") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    world.query(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''not today''; END';"
        "CREATE TRIGGER slow BEFORE UPDATE ON sheet_to_bigquery_configs"
        " FOR EACH ROW EXECUTE FUNCTION slow()");

    CHECK_THROWS_WITH(store->finish(run, success()), ContainsSubstring("not today"));

    CHECK(store->run(run.run_id)->state == RunState::running);
    CHECK(world.value("SELECT count(*) FROM sheetbq.config_state") == "0");
    world.query("DROP TRIGGER slow ON sheet_to_bigquery_configs");
    CHECK(store->finish(run, success()));
}

TEST_CASE("Of many that end one run, one does") {
    StoreWorld world;
    const auto store = world.open();
    const auto run = running_run(world, *store);
    std::vector<int> ended(12);

    {
        std::vector<std::jthread> threads;
        for (auto& mine : ended)
            threads.emplace_back([&] { mine = store->finish(run, failure()) ? 1 : 0; });
    }

    int sum = 0;
    for (const int mine : ended) sum += mine;
    CHECK(sum == 1);
    CHECK(store->config_state(run.config_id).failures == 1);
    CHECK(world.value("SELECT count(*) FROM sheetbq.outbox") == "1");
}
