#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

using namespace std::chrono_literals;
using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::control::ClaimOrder;
using sheetbq::control::Run;
using sheetbq::control::RunState;

namespace {

std::vector<int> configs(const std::vector<Run>& runs) {
    std::vector<int> ids;
    for (const auto& run : runs) ids.push_back(run.config_id);
    return ids;
}

}  // namespace

TEST_CASE("claim takes what is due and nothing else") {
    struct Case {
        const char* what;
        const char* last_run;
        const char* frequency;
        const char* active;
        bool due;
    };
    const auto given =
        GENERATE(Case{"never ran", "NULL", "24", "true", true},
                 Case{"is overdue", "now() - interval '25 hours'", "24", "true", true},
                 Case{"has time left", "now() - interval '23 hours'", "24", "true", false},
                 Case{"is due within the slack", "now() - interval '24 hours' + interval '25 s'",
                      "24", "true", true},
                 Case{"is due just after the slack",
                      "now() - interval '24 hours' + interval '40 s'", "24", "true", false},
                 Case{"runs every tick", "now()", "NULL", "true", true},
                 Case{"runs every tick, by zero", "now()", "0", "true", true},
                 Case{"runs every tick, by a negative number", "now()", "-5", "true", true},
                 Case{"is switched off", "NULL", "24", "false", false},
                 Case{"is neither on nor off", "NULL", "24", "NULL", false},
                 Case{"ran in the future", "now() + interval '30 days'", "1", "true", false},
                 Case{"ran at infinity", "'infinity'", "1", "true", false},
                 Case{"ran before all time", "'-infinity'", "1", "true", true},
                 Case{"has the longest interval", "now() - interval '10 years'", "2147483647",
                      "true", false},
                 Case{"never ran, has the longest interval", "NULL", "2147483647", "true", true});
    StoreWorld world;
    const auto store = world.open();
    const int id = world.add(
        {.last_run = given.last_run, .frequency = given.frequency, .active = given.active});

    const auto runs = claim_all(*store);

    INFO("a configuration that " << given.what);
    CHECK(configs(runs) == (given.due ? std::vector{id} : std::vector<int>{}));
}

TEST_CASE("A claimed run is leased to us, numbered by time, and says what it is for") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const int id = world.add({.sheet = "1AbC_d-9", .project = "shop"});

    const auto runs = claim_all(*store);

    REQUIRE(runs.size() == 1);
    const auto& run = runs[0];
    CHECK(run.config_id == id);
    CHECK(run.state == RunState::claimed);
    CHECK(run.trigger == "schedule");
    CHECK(run.attempt == 1);
    CHECK(run.fence == 1);
    CHECK(run.lease_owner == "me");
    CHECK(run.spreadsheet_id == "1AbC_d-9");
    CHECK(run.project == "shop");
    CHECK(run.slot_key.starts_with("lr:1"));
    CHECK(run.run_id[14] == '7');
    CHECK(run.created_at - run.due_at > 59min);
    CHECK(run.created_at - run.due_at < 61min);
    CHECK(world.value("SELECT lease_expires_at - created_at BETWEEN '55s' AND '61s' AND"
                      " next_poll_at - created_at BETWEEN '55s' AND '61s' FROM sheetbq.run") ==
          "t");
    CHECK(store->run(run.run_id)->run_id == run.run_id);
}

TEST_CASE("A configuration has one live run, and one slot until last_run moves") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto run = claimed_run(world, *store);

    CHECK(claim_all(*store).empty());

    REQUIRE(store->finish(run, failure(Code::unavailable)));
    world.query("UPDATE sheetbq.config_state SET not_before = now()");
    const auto again = claim_all(*store);
    REQUIRE(again.size() == 1);
    CHECK(again[0].slot_key == run.slot_key);
    CHECK(again[0].attempt == 2);
}

TEST_CASE("A last_run that its owner resets to NULL starts a further attempt of an old slot") {
    StoreWorld world;
    const auto store = world.open();
    const auto first = claimed_run(world, *store, {.last_run = "NULL", .frequency = "24"});
    CHECK(first.slot_key == "lr:never");
    REQUIRE(store->finish(first, success()));
    CHECK(claim_all(*store).empty());

    world.query("UPDATE sheet_to_bigquery_configs SET last_run = NULL");

    const auto again = claim_all(*store);
    REQUIRE(again.size() == 1);
    CHECK(again[0].slot_key == "lr:never");
    CHECK(again[0].attempt == 2);
}

TEST_CASE("What runs every tick runs once for each tick's id") {
    StoreWorld world;
    const auto store = world.open();
    world.add({.frequency = "NULL"});

    const auto first = claim_all(*store, "a");
    REQUIRE(first.size() == 1);
    CHECK(first[0].slot_key == "tick:a");
    REQUIRE(store->finish(first[0], success()));

    CHECK(claim_all(*store, "a").empty());
    CHECK(store->due_left({.tick_id = "a"}) == 0);
    CHECK(claim_all(*store, "b").size() == 1);
}

TEST_CASE("The slack is five hundredths of the interval at most") {
    StoreWorld world;
    const auto store = world.open();
    store->set_max_running(10);
    world.add({.last_run = "now() - interval '56 minutes'", .frequency = "1"});

    CHECK(store->claim({.tick_id = "t", .due_slack = 10min}).empty());
    world.query("UPDATE sheet_to_bigquery_configs SET last_run = now() - interval '57.5 minutes'");
    CHECK(store->claim({.tick_id = "t", .due_slack = 10min}).size() == 1);
}

TEST_CASE("The cap counts every live run; a pause stops claims") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    for (int i = 0; i < 5; ++i) world.add();
    store->set_max_running(2);

    const auto first = store->claim({.tick_id = "t"});
    CHECK(first.size() == 2);
    CHECK(store->claim({.tick_id = "t"}).empty());
    CHECK(store->due_left({.tick_id = "t"}) == 3);

    REQUIRE(store->finish(first[0], success()));
    world.query("UPDATE sheetbq.pool SET paused = true");
    CHECK(store->claim({.tick_id = "t"}).empty());
    CHECK(store->hello().paused);
    world.query("UPDATE sheetbq.pool SET paused = false");
    CHECK(store->claim({.tick_id = "t"}).size() == 1);
    store->set_max_running(0);
    CHECK(store->claim({.tick_id = "t"}).empty());
}

TEST_CASE("A batch limits one claim") {
    StoreWorld world;
    const auto store = world.open();
    for (int i = 0; i < 5; ++i) world.add();
    store->set_max_running(100);

    CHECK(store->claim({.tick_id = "t", .batch = 3}).size() == 3);
    CHECK(store->claim({.tick_id = "t", .batch = 0}).empty());
    CHECK(store->claim({.tick_id = "t", .batch = 3}).size() == 2);
}

TEST_CASE("Projects take turns, and within one the longest due is first") {
    StoreWorld world;
    const auto store = world.open();
    const int a1 = world.add({.project = "a", .last_run = "now() - interval '9 hours'"});
    const int a2 = world.add({.project = "a", .last_run = "now() - interval '8 hours'"});
    const int a3 = world.add({.project = "a", .last_run = "now() - interval '7 hours'"});
    const int b1 = world.add({.project = "b", .last_run = "now() - interval '3 hours'"});

    CHECK(configs(claim_all(*store)) == std::vector{a1, b1, a2, a3});
}

TEST_CASE("Configurations of one spreadsheet run one after another") {
    StoreWorld world;
    const auto store = world.open();
    const int late = world.add({.sheet = "shared", .last_run = "now() - interval '2 hours'"});
    const int later = world.add({.sheet = "shared", .last_run = "now() - interval '3 hours'"});

    const auto first = claim_all(*store);
    CHECK(configs(first) == std::vector{later});
    CHECK(claim_all(*store).empty());

    REQUIRE(store->finish(first[0], success()));
    CHECK(configs(claim_all(*store)) == std::vector{late});
}

TEST_CASE("What backs off waits, until its time or until its owner edits it") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    auto run = claimed_run(world, *store);
    const auto hash = store->config(run.config_id)->hash;
    run = store->intend(run, "{}", hash, 60s, 180s).value();
    REQUIRE(store->finish(run, failure()));
    CHECK(store->config_state(run.config_id).config_hash == hash);
    CHECK(claim_all(*store).empty());

    SECTION("edits of what a run does not depend on change nothing") {
        world.query(
            "UPDATE sheet_to_bigquery_configs SET updated_at = now() + interval '1 day',"
            " run_frequency_hours = 2, last_run = now() - interval '5 hours'");
        CHECK(claim_all(*store).empty());
    }
    SECTION("an edit of what it depends on makes it due at once") {
        const auto* edit =
            GENERATE("name = 'x'", "google_sheet_tab_name = 'x'", "bigquery_table_id = 'x'",
                     "bigquery_dataset_id = 'x'", "google_cloud_project_id = 'x'",
                     "schema_handling = 'custom'", "custom_schema = '[]'",
                     "google_sheet_url = 'https://docs.google.com/spreadsheets/d/other/edit'");
        INFO(edit);
        world.query(fmt::format("UPDATE sheet_to_bigquery_configs SET {}", edit));
        CHECK(claim_all(*store).size() == 1);
    }
    SECTION("its time comes") {
        world.query("UPDATE sheetbq.config_state SET not_before = now()");
        CHECK(claim_all(*store).size() == 1);
    }
}

TEST_CASE("Claims can be limited to some configurations, or leave some out") {
    StoreWorld world;
    const auto store = world.open();
    const int a = world.add();
    const int b = world.add();
    const int c = world.add();
    store->set_max_running(100);

    CHECK(store->due_left({.tick_id = "t", .only = {a, b}}) == 2);
    CHECK(configs(store->claim({.tick_id = "t", .only = {b}})) == std::vector{b});
    CHECK(configs(store->claim({.tick_id = "t", .exclude = {a, b}})) == std::vector{c});
    CHECK(store->claim({.tick_id = "t", .only = {a}, .exclude = {a}}).empty());
}

TEST_CASE("A run that somebody asks for goes first, whatever speaks against it") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    world.add({.last_run = "now() - interval '90 days'"});
    const int idle = world.add({.last_run = "now()", .frequency = "24", .active = "false"});
    world.query(
        fmt::format("INSERT INTO sheetbq.config_state (config_id, failures, not_before)"
                    " VALUES ({}, 3, now() + interval '1 day')",
                    idle));

    CHECK(store->request_run(idle, "key-1"));
    store->set_max_running(1);
    const auto runs = store->claim({.tick_id = "t"});

    REQUIRE(configs(runs) == std::vector{idle});
    CHECK(runs[0].trigger == "manual");
    CHECK(runs[0].slot_key == "manual:key-1");
    CHECK(world.value("SELECT count(run_requested_key) FROM sheetbq.config_state") == "0");
    CHECK(store->config_state(idle).failures == 3);

    SECTION("the same key asks for nothing new, not even when the run has ended") {
        CHECK(store->request_run(idle, "key-1"));
        CHECK(store->finish(runs[0], success()));
        CHECK(store->request_run(idle, "key-1"));
        CHECK(store->due_left({.tick_id = "t", .only = {idle}}) == 0);
    }
    SECTION("another key waits until the live run has ended") {
        CHECK(store->request_run(idle, "key-2"));
        CHECK(store->claim({.tick_id = "t"}).empty());
        CHECK(store->finish(runs[0], success()));
        CHECK(configs(store->claim({.tick_id = "t"})) == std::vector{idle});
    }
}

TEST_CASE("A run is asked for in vain where there is no such configuration") {
    StoreWorld world;
    const auto store = world.open();

    CHECK_FALSE(store->request_run(4711, "key"));
    CHECK(world.value("SELECT count(*) FROM sheetbq.config_state") == "0");
}

TEST_CASE("Two requests before the first is claimed are one run") {
    StoreWorld world;
    const auto store = world.open();
    const int id = world.add({.last_run = "now()"});

    CHECK(store->request_run(id, "a"));
    CHECK(store->request_run(id, "b"));

    const auto runs = claim_all(*store);
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].slot_key == "manual:b");
    REQUIRE(store->finish(runs[0], success()));
    CHECK(claim_all(*store).empty());
}

TEST_CASE("Rows that nobody expects are claimed and read whole") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const std::string name = "Bestellungen 🛒 \"quoted\" {a,b} \\ %s <!channel>";
    const int id = world.add();
    world.query(
        fmt::format("UPDATE sheet_to_bigquery_configs SET name = '{}', custom_schema ="
                    " jsonb_build_array(repeat('x', 300000)), google_sheet_url = 'bare-id',"
                    " created_at = NULL, last_run = NULL, schema_handling = NULL",
                    name));

    const auto runs = claim_all(*store);

    REQUIRE(runs.size() == 1);
    CHECK(runs[0].spreadsheet_id == "bare-id");
    CHECK(runs[0].due_at == sheetbq::Clock::TimePoint{});
    const auto config = store->config(id).value();
    CHECK(config.name == name);
    CHECK(config.custom_schema->size() == 300'004);
    CHECK_FALSE(config.created_at);
    CHECK_FALSE(config.last_run);
    CHECK(config.schema_handling.empty());
    CHECK(config.hash.size() == 64);
}

TEST_CASE("Thirty-two claimers at once never take one configuration twice, nor exceed the cap") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto owner = world.open();
    for (int i = 0; i < 120; ++i) world.add({.project = fmt::format("p{}", i % 7)});
    owner->set_max_running(50);

    std::vector<std::vector<Run>> claims(32);
    {
        const auto other = world.open("two");
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < claims.size(); ++i)
            threads.emplace_back([&, i] {
                auto& store = i % 2 == 0 ? *owner : *other;
                for (int round = 0; round < 3; ++round)
                    for (auto& run : store.claim({.tick_id = "t", .batch = 4}))
                        claims[i].push_back(std::move(run));
            });
    }

    std::set<int> taken;
    std::size_t count = 0;
    for (const auto& runs : claims)
        for (const auto& run : runs) {
            taken.insert(run.config_id);
            ++count;
        }
    CHECK(count == 50);
    CHECK(taken.size() == 50);
    CHECK(world.value("SELECT count(*) FROM sheetbq.run") == "50");
}
