#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using namespace sheetbq::testing;

TEST_CASE("A bucket gives what it holds, and says how long the rest takes") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    store->define_bucket("b", 3, 0.5);

    CHECK(store->take_tokens("b", 2) == 0ms);
    CHECK(store->take_tokens("b", 1) == 0ms);
    const auto wait = store->take_tokens("b", 2);
    CHECK(wait > 3'500ms);
    CHECK(wait <= 4'000ms);

    world.query("UPDATE sheetbq.bucket SET updated_at = updated_at - interval '4 s'");
    CHECK(store->take_tokens("b", 2) == 0ms);
    world.query("UPDATE sheetbq.bucket SET updated_at = updated_at - interval '1 day'");
    CHECK(store->take_tokens("b", 3) == 0ms);
    CHECK(store->take_tokens("b", 1) > 0ms);
}

TEST_CASE("Who wants more than a bucket can hold gets all it can hold") {
    StoreWorld world;
    const auto store = world.open();
    store->define_bucket("b", 3, 1);

    CHECK(store->take_tokens("b", 100) == 0ms);
    CHECK(store->take_tokens("b", 100) > 2s);
    CHECK(store->take_tokens("b", 100) <= 3s);
}

TEST_CASE("A bucket that never fills makes one wait an hour at a time") {
    StoreWorld world;
    const auto store = world.open();
    store->define_bucket("b", 1, 0);

    CHECK(store->take_tokens("b", 1) == 0ms);
    CHECK(store->take_tokens("b", 1) == 1h);
}

TEST_CASE("A bucket that nobody defined is a mistake of ours") {
    StoreWorld world;
    const auto store = world.open();

    CHECK_THROWS_WITH(store->take_tokens("nowhere", 1), ContainsSubstring("no token bucket"));
}

TEST_CASE("Defining a bucket again changes its size, not what is in it") {
    StoreWorld world;
    const auto store = world.open();
    store->define_bucket("b", 10, 0.001);
    REQUIRE(store->take_tokens("b", 8) == 0ms);
    store->define_bucket("b", 10, 0.001);
    CHECK(store->take_tokens("b", 5) > 0ms);

    store->define_bucket("b", 1, 0.001);
    CHECK(store->take_tokens("b", 1) == 0ms);
    CHECK(store->take_tokens("b", 1) > 0ms);
}

TEST_CASE("A drained bucket is empty for as long as told, then fills at half speed for a while") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    store->define_bucket("b", 60, 1);

    store->drain_bucket("b", 10s);

    auto wait = store->take_tokens("b", 1);
    CHECK(wait > 11'500ms);
    CHECK(wait <= 12s);
    // As if 30 s had passed: 10 s of silence, then 20 s at half speed.
    world.query(
        "UPDATE sheetbq.bucket SET updated_at = updated_at - interval '30 s',"
        " throttled_until = throttled_until - interval '30 s'");
    CHECK(store->take_tokens("b", 10) == 0ms);
    CHECK(store->take_tokens("b", 1) > 0ms);
    // As if five minutes were over since: half speed until their end, then full speed.
    world.query(
        "UPDATE sheetbq.bucket SET tokens = 0, updated_at = clock_timestamp() - interval"
        " '40 s', throttled_until = clock_timestamp() - interval '20 s'");
    CHECK(store->take_tokens("b", 30) == 0ms);
    CHECK(store->take_tokens("b", 1) > 0ms);
    CHECK(store->take_tokens("b", 1) <= 1s);
}

TEST_CASE("A second refusal never shortens the wait that the first one asked for") {
    StoreWorld world;
    const auto store = world.open();
    store->define_bucket("b", 60, 1);

    store->drain_bucket("b", 60s);
    store->drain_bucket("b", 0ms);

    CHECK(store->take_tokens("b", 1) > 55s);
}

TEST_CASE("Sixteen that take at once get no more than the bucket gives") {
    StoreWorld world;
    const auto store = world.open();
    store->define_bucket("b", 10, 5);
    std::atomic<int> granted = 0;
    const auto begin = std::chrono::steady_clock::now();

    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 16; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 40; ++n)
                    if (store->take_tokens("b", 1) == 0ms) ++granted;
            });
    }

    const auto seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    CHECK(granted >= 10);
    CHECK(granted <= 10 + 5 * seconds + 1);
}

TEST_CASE("The breaker opens for longer each time a probe fails, with one message") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    CHECK(store->breaker_wait() == 0ms);
    CHECK_FALSE(store->hello().breaker_tripped);

    store->trip_breaker("Cloud Run refuses", "Look at its status page.");
    CHECK(store->breaker_wait() > 28s);
    CHECK(store->breaker_wait() <= 30s);
    CHECK(store->hello().breaker_tripped);
    store->trip_breaker("again", "");  // while it is open, this changes nothing
    CHECK(store->breaker_wait() <= 30s);

    std::vector<std::chrono::milliseconds> waits;
    for (int i = 0; i < 5; ++i) {
        world.query("UPDATE sheetbq.pool SET breaker_until = now() - interval '1 s'");
        CHECK(store->breaker_wait() == 0ms);
        store->trip_breaker("still", "");
        waits.push_back(std::chrono::ceil<std::chrono::seconds>(store->breaker_wait()));
    }
    CHECK(waits == std::vector<std::chrono::milliseconds>{60s, 120s, 240s, 300s, 300s});
    CHECK(world.query("SELECT kind, payload->>'message', payload->>'hint' FROM sheetbq.outbox") ==
          Table{{"pool", "Cloud Run refuses", "Look at its status page."}});

    store->reset_breaker();
    CHECK(store->breaker_wait() == 0ms);
    CHECK_FALSE(store->hello().breaker_tripped);
    store->trip_breaker("a new one", "");
    CHECK(store->breaker_wait() <= 30s);
    CHECK(world.value("SELECT count(*) FROM sheetbq.outbox") == "2");
}
