#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

using namespace std::chrono_literals;
using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::control::Execution;
using sheetbq::control::Recorded;
using sheetbq::control::Run;
using sheetbq::control::RunState;

namespace {

/// Lets the lease of every live run end now, and its time to be looked at come.
void expire_leases(StoreWorld& world) {
    world.query(
        "UPDATE sheetbq.run SET next_poll_at = now() - interval '1 s',"
        " lease_expires_at = now() - interval '1 s' WHERE finished_at IS NULL");
}

Execution execution(const std::string& name, const Run& run) {
    return {.name = name, .uid = "uid-1", .run_id = run.run_id, .log_uri = "https://log/1"};
}

}  // namespace

TEST_CASE("An intent is written once the run is ours, and counts as a try") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const auto claimed = claimed_run(world, *store);

    const auto run = store->intend(claimed, R"({"CONFIG_NAME":"Orders"})", "abc", 60s, 180s);

    REQUIRE(run);
    CHECK(run->state == RunState::starting);
    CHECK(run->start_tries == 1);
    CHECK(run->start_requested_at);
    CHECK(run->config_hash == "abc");
    CHECK(run->fence == claimed.fence);
    CHECK(world.value("SELECT launched->>'CONFIG_NAME' FROM sheetbq.run") == "Orders");
    CHECK(world.value("SELECT next_poll_at - start_requested_at BETWEEN '175s' AND '181s' AND"
                      " lease_expires_at - start_requested_at BETWEEN '55s' AND '61s'"
                      " FROM sheetbq.run") == "t");
    CHECK(store->intend(*run, "{}", "abc", 60s, 180s)->start_tries == 2);
}

TEST_CASE("An intent is refused when the run changed hands, ended, or its lease is over") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto claimed = claimed_run(world, *store);

    SECTION("another process took it") {
        expire_leases(world);
        REQUIRE(world.open("other")->lease(10, 60s).size() == 1);
    }
    SECTION("we took it again ourselves: the old copy is stale") {
        expire_leases(world);
        REQUIRE(store->lease(10, 60s).size() == 1);
    }
    SECTION("the lease is over, though nobody took it") { expire_leases(world); }
    SECTION("it ended") { REQUIRE(store->finish(claimed, failure())); }
    SECTION("it runs already") {
        const auto run = store->intend(claimed, "{}", "h", 60s, 180s).value();
        REQUIRE(store->record(run, execution("e", run), 10s, 40min, 60s) == Recorded::recorded);
    }

    CHECK_FALSE(store->intend(claimed, "{}", "h", 60s, 180s));
}

TEST_CASE("A recorded execution is in the run; the lease is kept or given back as asked") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const auto claimed = claimed_run(world, *store);
    const auto run = store->intend(claimed, "{}", "h", 60s, 180s).value();
    const bool keep = GENERATE(false, true);

    const auto recorded = store->record(run, execution("orders-x7k", run), 10s, 40min,
                                        keep ? std::optional{90s} : std::nullopt);

    CHECK(recorded == Recorded::recorded);
    const auto now = store->run(run.run_id).value();
    CHECK(now.state == RunState::running);
    CHECK(now.execution_name == "orders-x7k");
    CHECK(now.log_uri == "https://log/1");
    CHECK(now.started_at);
    CHECK(*now.deadline_at - *now.started_at > 39min);
    CHECK(now.lease_owner.has_value() == keep);
    CHECK(world.value("SELECT execution_uid FROM sheetbq.run") == "uid-1");
    CHECK(world.value(fmt::format("SELECT {} FROM sheetbq.run",
                                  keep ? "lease_expires_at - started_at BETWEEN '85s' AND '91s'"
                                       : "lease_expires_at IS NULL")) == "t");
}

TEST_CASE("An execution is a fact: it is recorded though the lease changed hands") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto other = world.open("other");
    const auto claimed = claimed_run(world, *store);
    const auto run = store->intend(claimed, "{}", "h", 60s, 180s).value();
    expire_leases(world);
    REQUIRE(other->lease(10, 60s).size() == 1);

    CHECK(store->record(run, execution("e", run), 10s, 40min, 60s) == Recorded::recorded);

    const auto now = store->run(run.run_id).value();
    CHECK(now.execution_name == "e");
    CHECK_FALSE(now.lease_owner);
}

TEST_CASE("One run has one execution, and one execution one run") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const auto first = running_run(world, *store);
    const auto name = first.execution_name.value();

    SECTION("the same one again is as good as recorded") {
        CHECK(store->record(first, execution(name, first), 10s, 40min, {}) == Recorded::recorded);
        CHECK(store->adopt(first, execution(name, first), 10s, 40min) == Recorded::recorded);
    }
    SECTION("another one for the same run finds the slot taken") {
        CHECK(store->record(first, execution("late", first), 10s, 40min, {}) ==
              Recorded::slot_taken);
        CHECK(store->run(first.run_id)->execution_name == name);
    }
    SECTION("the same one for another run is refused") {
        const auto second = store->intend(claimed_run(world, *store), "{}", "h", 60s, 180s).value();
        CHECK(store->record(second, execution(name, second), 10s, 40min, {}) ==
              Recorded::slot_taken);
        CHECK(store->run(second.run_id)->state == RunState::starting);
    }
    SECTION("a run that ended takes none") {
        REQUIRE(store->finish(first, success()));
        CHECK(store->record(first, execution("late", first), 10s, 40min, {}) ==
              Recorded::slot_taken);
    }
}

TEST_CASE("Adopting needs the fence") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto run = store->intend(claimed_run(world, *store), "{}", "h", 60s, 180s).value();
    expire_leases(world);
    const auto ours = world.open("other")->lease(10, 60s).at(0);

    CHECK(store->adopt(run, execution("e", run), 10s, 40min) == Recorded::slot_taken);
    CHECK(store->adopt(ours, execution("e", run), 10s, 40min) == Recorded::recorded);
    CHECK(store->run(run.run_id)->state == RunState::running);
}

TEST_CASE("A lease takes live runs whose time has come, oldest first, and moves the fence") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const auto a = running_run(world, *store);
    const auto b = running_run(world, *store);
    const auto ended = running_run(world, *store);
    REQUIRE(store->finish(ended, success()));
    CHECK(store->lease(10, 60s).empty());
    expire_leases(world);
    world.query(
        fmt::format("UPDATE sheetbq.run SET next_poll_at = now() - interval '1 h'"
                    " WHERE run_id = '{}'",
                    b.run_id));

    CHECK(store->lease(10, 60s, {b.config_id + 1'000}).empty());
    const auto first = store->lease(1, 60s, {b.config_id});
    const auto second = store->lease(10, 60s);

    REQUIRE(first.size() == 1);
    CHECK(first[0].run_id == b.run_id);
    CHECK(first[0].fence == b.fence + 1);
    CHECK(first[0].lease_owner == "me");
    REQUIRE(second.size() == 1);
    CHECK(second[0].run_id == a.run_id);
    CHECK(store->lease(10, 60s).empty());
}

TEST_CASE("Leases are renewed while they are ours") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto mine = running_run(world, *store);
    const auto taken = running_run(world, *store);
    const auto ended = running_run(world, *store);
    REQUIRE(store->finish(ended, success()));
    world.query(fmt::format("UPDATE sheetbq.run SET lease_owner = 'other' WHERE run_id = '{}'",
                            taken.run_id));

    const auto kept = store->renew(std::vector{mine.run_id, taken.run_id, ended.run_id,
                                               std::string{"019a2f3e-0000-7000-8000-000000000000"}},
                                   300s);

    REQUIRE(kept.size() == 1);
    CHECK(kept[0].run_id == mine.run_id);
    CHECK(world.value(fmt::format("SELECT lease_expires_at > now() + interval '290 s'"
                                  " FROM sheetbq.run WHERE run_id = '{}'",
                                  mine.run_id)) == "t");
    CHECK(store->renew({}, 60s).empty());
}

TEST_CASE("A postponed run is anybody's after the wait") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const auto run = store->intend(claimed_run(world, *store), "{}", "h", 60s, 180s).value();

    SECTION("as it stands") {
        store->postpone(run, 0ms);
        const auto now = store->lease(1, 60s).at(0);
        CHECK(now.state == RunState::starting);
        CHECK(now.start_tries == 1);
    }
    SECTION("back to claimed, and the start that did not happen is no try") {
        store->postpone(run, 0ms, true);
        const auto now = store->lease(1, 60s).at(0);
        CHECK(now.state == RunState::claimed);
        CHECK(now.start_tries == 0);
        CHECK_FALSE(now.start_requested_at);
    }
    SECTION("not before the wait is over") {
        store->postpone(run, 10s);
        CHECK(store->lease(1, 60s).empty());
        CHECK_FALSE(store->run(run.run_id)->lease_owner);
    }
    SECTION("never by a stale copy") {
        auto stale = run;
        stale.fence -= 1;
        store->postpone(stale, 0ms, true);
        CHECK(store->run(run.run_id)->lease_owner == "me");
        CHECK(store->run(run.run_id)->state == RunState::starting);
    }
}

TEST_CASE("A missing execution is missing since it was first not found") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto run = running_run(world, *store);

    store->note_missing(run, true, 0ms);
    const auto first = store->lease(1, 60s).at(0);
    REQUIRE(first.missing_since);
    store->note_missing(first, true, 0ms);
    const auto second = store->lease(1, 60s).at(0);
    CHECK(second.missing_since == first.missing_since);
    store->note_missing(second, false, 0ms);
    CHECK_FALSE(store->lease(1, 60s).at(0).missing_since);

    store->note_missing(run, true, 0ms);  // a stale copy
    CHECK_FALSE(store->run(run.run_id)->missing_since);
}

TEST_CASE("Cancelling is wanted, then asked for") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("me");
    const auto run = running_run(world, *store);
    store->postpone(run, 1h);

    CHECK(store->request_cancel(run.run_id));
    auto leased = store->lease(1, 60s);
    REQUIRE(leased.size() == 1);
    CHECK(leased[0].cancel_requested);
    CHECK(leased[0].state == RunState::running);

    store->note_cancelling(leased[0], 0ms);
    leased = store->lease(1, 60s);
    CHECK(leased.at(0).state == RunState::cancelling);

    REQUIRE(store->finish(leased[0], success()));
    CHECK_FALSE(store->request_cancel(run.run_id));
    CHECK_FALSE(store->request_cancel("019a2f3e-0000-7000-8000-000000000000"));
    CHECK_FALSE(store->request_cancel("no uuid'; DROP TABLE run"));
}

TEST_CASE("A cancel does not cut short the time in which a start may still show") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto run = store->intend(claimed_run(world, *store), "{}", "h", 60s, 180s).value();
    store->postpone(run, 180s);

    CHECK(store->request_cancel(run.run_id));

    CHECK(store->run(run.run_id)->cancel_requested);
    CHECK(store->lease(1, 60s).empty());
}

TEST_CASE("A process that leaves gives back all its leases and nobody else's") {
    StoreWorld world;
    const auto store = world.open("me");
    const auto other = world.open("other");
    const auto mine = running_run(world, *store);
    const auto starting = store->intend(claimed_run(world, *store), "{}", "h", 60s, 180s).value();
    const auto theirs = running_run(world, *other);

    store->release_all();

    const auto leased = other->lease(10, 60s);
    REQUIRE(leased.size() == 1);
    CHECK(leased[0].run_id == mine.run_id);
    CHECK_FALSE(store->run(starting.run_id)->lease_owner);
    CHECK(store->run(theirs.run_id)->lease_owner == "other");
}

TEST_CASE("Of many that lease at once, each run goes to one") {
    StoreWorld world;
    const auto store = world.open("me");
    constexpr int count = 40;
    for (int i = 0; i < count; ++i) running_run(world, *store);
    expire_leases(world);

    std::vector<std::size_t> taken(16);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : taken)
            threads.emplace_back([&] {
                for (int i = 0; i < 4; ++i) mine += store->lease(3, 60s).size();
            });
    }

    std::size_t sum = 0;
    for (const auto mine : taken) sum += mine;
    CHECK(sum == count);
    CHECK(world.value("SELECT max(fence) FROM sheetbq.run") == "2");
}
