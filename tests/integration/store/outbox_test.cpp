#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <thread>

using namespace std::chrono_literals;
using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::control::LeasedMessage;
using sheetbq::control::Store;

namespace {

void open_incidents(StoreWorld& world, Store& store, int count) {
    for (int i = 0; i < count; ++i)
        REQUIRE(store.finish(claimed_run(world, store),
                             failure(Code::bad_config, fmt::format("problem {}", i))));
}

std::vector<std::string> kinds(const std::vector<LeasedMessage>& messages) {
    std::vector<std::string> list;
    for (const auto& each : messages) list.push_back(each.message.kind);
    return list;
}

}  // namespace

TEST_CASE("Messages are leased in their order, by one sender at a time") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("one");
    const auto other = world.open("two");
    store->enqueue({"a", "tick", R"({"n":1})"});
    store->enqueue({"b", "tick", R"({"n":2})"});
    store->enqueue({"a", "tick", R"({"n":3})"});

    const auto first = store->lease_messages(1, 60s);
    const auto second = other->lease_messages(10, 60s);

    REQUIRE(first.size() == 1);
    CHECK(first[0].message.dedup_key == "a");
    CHECK(first[0].message.kind == "tick");
    CHECK(first[0].message.payload == R"({"n":1})");
    CHECK(first[0].attempts == 0);
    REQUIRE(second.size() == 1);
    CHECK(second[0].message.dedup_key == "b");
    CHECK(store->lease_messages(10, 60s).empty());

    world.query("UPDATE sheetbq.outbox SET lease_expires_at = now() - interval '1 s'");
    CHECK(store->lease_messages(10, 60s).size() == 2);
}

TEST_CASE("What was sent is done; what was not is tried again, later, or never") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    for (const auto* key : {"sent", "again", "dead"}) store->enqueue({key, "tick", "{}"});
    const auto leased = store->lease_messages(10, 60s);
    REQUIRE(leased.size() == 3);

    store->mark_sent(leased[0].id);
    store->mark_unsent(leased[1].id, "HTTP 500", 0ms, false);
    store->mark_unsent(leased[2].id, "HTTP 404", 0ms, true);

    const auto next = store->lease_messages(10, 60s);
    REQUIRE(next.size() == 1);
    CHECK(next[0].message.dedup_key == "again");
    CHECK(next[0].attempts == 1);
    store->mark_unsent(next[0].id, "HTTP 429", 30s, false);
    CHECK(store->lease_messages(10, 60s).empty());
    CHECK(store->metrics().outbox_pending == 1);
    CHECK(world.value("SELECT last_error FROM sheetbq.outbox WHERE dead") == "HTTP 404");
}

TEST_CASE("More openings than the threshold become one digest") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    open_incidents(world, *store, 6);

    store->digest("t1", 6);
    CHECK(store->metrics().outbox_pending == 6);
    store->digest("t1", 5);

    const auto messages = store->lease_messages(10, 60s);
    REQUIRE(kinds(messages) == std::vector<std::string>{"digest"});
    CHECK(messages[0].message.dedup_key == "tick:t1:digest");
    CHECK(world.value("SELECT json_array_length(payload->'incidents') || ' ' ||"
                      " (payload->'incidents'->2->>'message') FROM sheetbq.outbox"
                      " WHERE kind = 'digest'") == "6 problem 2");
}

TEST_CASE("A digest leaves alone what is being sent, and other kinds") {
    StoreWorld world;
    const auto store = world.open();
    open_incidents(world, *store, 4);
    REQUIRE(store->lease_messages(2, 60s).size() == 2);
    store->enqueue({"x", "recovered", "{}"});

    store->digest("t1", 1);

    CHECK(kinds(store->lease_messages(10, 60s)) == std::vector<std::string>{"recovered", "digest"});
}

TEST_CASE("A second digest of one tick swallows nothing") {
    StoreWorld world;
    const auto store = world.open();
    open_incidents(world, *store, 3);
    store->digest("t1", 2);
    open_incidents(world, *store, 3);

    store->digest("t1", 2);

    CHECK(store->metrics().outbox_pending == 4);
}

TEST_CASE("An incident is called to mind once a day") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    open_incidents(world, *store, 1);
    store->mark_sent(store->lease_messages(1, 60s).at(0).id);
    store->remind();
    CHECK(store->lease_messages(10, 60s).empty());
    world.query(
        "UPDATE sheetbq.config_state SET failures = 7, last_error = 'no such tab, still',"
        " incident_opened_at = incident_opened_at - interval '25 hours',"
        " last_notified_at = last_notified_at - interval '25 hours'");

    store->remind();
    store->remind();

    const auto messages = store->lease_messages(10, 60s);
    REQUIRE(kinds(messages) == std::vector<std::string>{"reminder"});
    CHECK(messages[0].message.dedup_key.ends_with(":remind:1"));
    CHECK(world.query("SELECT payload->>'message', payload->>'failures', payload->>'config_name'"
                      " FROM sheetbq.outbox WHERE kind = 'reminder'") ==
          Table{{"no such tab, still", "7", "Orders"}});
    world.query("UPDATE sheetbq.config_state SET last_notified_at = now() - interval '25 hours'");
    store->remind();
    CHECK(store->lease_messages(10, 60s).at(0).message.dedup_key.ends_with(":remind:2"));
}

TEST_CASE("Nobody is reminded of what is switched off, or gone") {
    StoreWorld world;
    const auto store = world.open();
    open_incidents(world, *store, 1);
    world.query(
        "UPDATE sheetbq.outbox SET sent_at = now(); UPDATE sheetbq.config_state"
        " SET last_notified_at = now() - interval '25 hours'");

    SECTION("switched off: the incident stays open") {
        world.query("UPDATE sheet_to_bigquery_configs SET is_active = false");
        store->remind();
        CHECK(store->metrics().open_incidents == 1);
    }
    SECTION("deleted: the incident ends without a word") {
        world.query("DELETE FROM sheet_to_bigquery_configs");
        store->remind();
        CHECK(world.value("SELECT count(incident_id) FROM sheetbq.config_state") == "0");
    }
    CHECK(store->lease_messages(10, 60s).empty());
}

TEST_CASE("A reminder works though its opening was swept, or is no JSON object") {
    StoreWorld world;
    const auto store = world.open();
    open_incidents(world, *store, 1);
    world.query(GENERATE("DELETE FROM sheetbq.outbox",
                         "UPDATE sheetbq.outbox SET payload = '[\"\\u0000\"]', sent_at = now()"));
    world.query("UPDATE sheetbq.config_state SET last_notified_at = now() - interval '25 hours'");

    store->remind();

    CHECK(kinds(store->lease_messages(10, 60s)) == std::vector<std::string>{"reminder"});
}

TEST_CASE("Hourly work is done by one of many, once an hour") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    std::vector<int> wins(12);

    {
        std::vector<std::jthread> threads;
        for (auto& mine : wins)
            threads.emplace_back([&] { mine = store->win_sweep("retention", 1h) ? 1 : 0; });
    }

    int sum = 0;
    for (const int mine : wins) sum += mine;
    CHECK(sum == 1);
    CHECK(store->win_sweep("other", 1h));
    world.query("UPDATE sheetbq.sweep SET ran_at = ran_at - interval '61 minutes'");
    CHECK(store->win_sweep("retention", 1h));
    CHECK_FALSE(store->win_sweep("retention", 1h));
}

TEST_CASE("Old runs go, but never a live one, nor the last twenty of a configuration") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    const auto live = running_run(world, *store);
    world.query(fmt::format(
        "UPDATE sheetbq.run SET created_at = now() - interval '1 year';"
        "INSERT INTO sheetbq.run (run_id, config_id, slot_key, trigger, state, due_at, finished_at)"
        " SELECT ('00000000-0000-7000-8000-' || lpad((n + c * 100)::text, 12, '0'))::uuid, c,"
        " 's' || n, 'schedule', 'succeeded', now(), now() - interval '100 days'"
        " FROM generate_series(1, 30) n, (VALUES ({}), (777)) AS pair (c) WHERE n % 2 = c % 2;"
        "INSERT INTO sheetbq.run (run_id, config_id, slot_key, trigger, state, due_at, finished_at)"
        " SELECT ('00000000-0001-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 777, 'y' || n,"
        " 'schedule', 'failed', now(), now() - interval '10 days' FROM generate_series(1, 12) n;"
        "INSERT INTO sheetbq.tick (tick_id, instance, received_at) VALUES ('old', 'i', now() -"
        " interval '100 days'), ('young', 'i', now());"
        "INSERT INTO sheetbq.outbox (dedup_key, kind, payload, created_at, sent_at) VALUES"
        " ('old', 'tick', '{{}}', now() - interval '100 days', now()),"
        " ('unsent', 'tick', '{{}}', now() - interval '100 days', NULL)",
        live.config_id));

    CHECK(store->sweep(90 * 24h) == 7);

    CHECK(store->run(live.run_id));
    CHECK(world.value("SELECT count(*) FROM sheetbq.run WHERE config_id = 777") == "20");
    CHECK(world.value("SELECT string_agg(tick_id, ',') FROM sheetbq.tick") == "young");
    CHECK(world.value("SELECT string_agg(dedup_key, ',') FROM sheetbq.outbox") == "unsent");
    CHECK(store->sweep(90 * 24h) == 0);
}

TEST_CASE("The opening of an incident stays while the incident is open") {
    StoreWorld world;
    const auto store = world.open();
    open_incidents(world, *store, 1);
    world.query(
        "UPDATE sheetbq.outbox SET sent_at = now(), created_at = now() - interval '1 year'");

    store->sweep(24h);

    CHECK(world.value("SELECT count(*) FROM sheetbq.outbox") == "1");
}
