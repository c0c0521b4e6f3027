#include "sheetbq/auth/cached.hpp"

#include "fixture.hpp"

#include <atomic>
#include <latch>
#include <thread>

using namespace sheetbq;
using namespace sheetbq::testing;
using namespace std::chrono_literals;
using auth::AccessToken;
using auth::CachedTokens;

namespace {

/// A source that does what the test says and counts.
class Source final : public auth::TokenSource {
public:
    explicit Source(std::function<AccessToken(int call, std::stop_token stop)> next)
        : next_{std::move(next)} {}

    AccessToken token(std::stop_token stop) override { return next_(++calls, stop); }
    std::string account(std::stop_token /*stop*/) override { return robot; }
    std::string quota_project() const override { return "quota"; }

    std::atomic<int> calls{0};

private:
    std::function<AccessToken(int, std::stop_token)> next_;
};

/// Stands still and counts how often somebody looked, which CachedTokens does before it waits.
class CountingClock final : public Clock {
public:
    TimePoint now() const override {
        ++looks;
        return TimePoint{} + 24h;
    }
    std::chrono::nanoseconds monotonic() const override { return {}; }
    void sleep(std::chrono::milliseconds /*duration*/, std::stop_token /*stop*/) override {}

    mutable std::atomic<int> looks{0};
};

std::string numbered(int call) { return "token-" + std::to_string(call); }

/// Gives tokens of an hour; fails instead while `down`.
struct Hourly {
    FakeClock clock;
    std::atomic<bool> down{false};
    std::shared_ptr<Source> source = std::make_shared<Source>([this](int call, std::stop_token) {
        if (down) throw Error{Code::unavailable, "down"};
        return AccessToken{numbered(call), clock.now() + 1h};
    });
    CachedTokens tokens{source, clock};
};

}  // namespace

TEST_CASE("CachedTokens keeps a token until 225 s before its end, to the second") {
    Hourly world;
    CHECK(world.tokens.token({}).value == "token-1");

    world.clock.advance(1h - 226s);
    CHECK(world.tokens.token({}).value == "token-1");
    world.clock.advance(1s);
    CHECK(world.tokens.token({}).value == "token-2");
    CHECK(world.source->calls == 2);
}

TEST_CASE("CachedTokens fetches anew once a token is forgotten, and only then") {
    Hourly world;
    const auto refused = world.tokens.token({});

    world.tokens.forget({"some other token", refused.expires_at});
    CHECK(world.tokens.token({}).value == "token-1");
    world.tokens.forget(refused);
    CHECK(world.tokens.token({}).value == "token-2");
    world.tokens.forget(refused);  // a slow caller reports the old one again
    CHECK(world.tokens.token({}).value == "token-2");
}

TEST_CASE("CachedTokens gives out a live token while the refresh fails, trying every 10 s") {
    Hourly world;
    world.tokens.token({});
    world.down = true;
    world.clock.advance(1h - 100s);

    CHECK(world.tokens.token({}).value == "token-1");
    CHECK(world.source->calls == 2);
    world.clock.advance(9s);
    CHECK(world.tokens.token({}).value == "token-1");
    CHECK(world.source->calls == 2);
    world.clock.advance(1s);
    CHECK(world.tokens.token({}).value == "token-1");
    CHECK(world.source->calls == 3);

    world.down = false;
    world.clock.advance(10s);
    CHECK(world.tokens.token({}).value == "token-4");
}

TEST_CASE("CachedTokens fails with the source once its token has expired") {
    Hourly world;
    world.tokens.token({});
    world.down = true;

    world.clock.advance(1h - 1ms);
    CHECK(world.tokens.token({}).value == "token-1");
    world.clock.advance(1ms);
    const auto error = error_of([&] { world.tokens.token({}); });
    REQUIRE(error);
    CHECK(error->code() == Code::unavailable);
}

TEST_CASE("CachedTokens does not give a forgotten token out again when the refresh fails") {
    Hourly world;
    const auto refused = world.tokens.token({});
    world.tokens.forget(refused);
    world.down = true;

    CHECK(error_of([&] { world.tokens.token({}); }));
}

TEST_CASE("CachedTokens returns a token that is shorter than its own margin") {
    FakeClock clock;
    const auto source = std::make_shared<Source>([&](int call, std::stop_token) {
        return AccessToken{numbered(call), clock.now() + 60s};
    });
    CachedTokens tokens{source, clock};

    CHECK(tokens.token({}).value == "token-1");
    CHECK(tokens.token({}).value == "token-2");
}

TEST_CASE("CachedTokens passes account and quota project on") {
    Hourly world;
    CHECK(world.tokens.account({}) == robot);
    CHECK(world.tokens.quota_project() == "quota");
}

TEST_CASE("CachedTokens asks once for eight threads at a time") {
    const FakeClock still;
    FakeClock clock;
    std::latch all_here{8};
    const auto source = std::make_shared<Source>([&](int call, std::stop_token) {
        all_here.wait();
        return AccessToken{numbered(call), still.now() + 1h};
    });
    CachedTokens tokens{source, clock};
    std::vector<std::string> got(8);

    {
        std::vector<std::jthread> threads;
        for (auto& value : got)
            threads.emplace_back([&] {
                all_here.count_down();
                value = tokens.token({}).value;
            });
    }

    CHECK(source->calls == 1);
    CHECK(got == std::vector<std::string>(8, "token-1"));
}

TEST_CASE("CachedTokens tells all that wait of one failure, without asking again") {
    CountingClock clock;
    const auto source = std::make_shared<Source>([&](int, std::stop_token) -> AccessToken {
        while (clock.looks < 8) std::this_thread::yield();
        throw Error{Code::unauthenticated, "revoked"}.fix("Log in again.");
    });
    CachedTokens tokens{source, clock};
    std::vector<std::optional<Error>> errors(8);

    {
        std::vector<std::jthread> threads;
        for (auto& error : errors)
            threads.emplace_back([&] { error = error_of([&] { tokens.token({}); }); });
    }

    CHECK(source->calls == 1);
    for (const auto& error : errors) {
        REQUIRE(error);
        CHECK(error->code() == Code::unauthenticated);
        CHECK(error->hint() == "Log in again.");
    }
}

TEST_CASE("CachedTokens lets one of the waiting fetch when the fetching one is stopped") {
    CountingClock clock;
    const auto source = std::make_shared<Source>([&](int call, std::stop_token stop) {
        if (call == 1) {
            while (!stop.stop_requested()) std::this_thread::yield();
            throw Error{Code::cancelled, "stopped"};
        }
        return AccessToken{numbered(call), clock.now() + 1h};
    });
    CachedTokens tokens{source, clock};
    std::stop_source stop;
    std::optional<Error> stopped;
    std::string waited;

    {
        const std::jthread first{
            [&] { stopped = error_of([&] { tokens.token(stop.get_token()); }); }};
        while (source->calls < 1) std::this_thread::yield();
        const std::jthread second{[&] { waited = tokens.token({}).value; }};
        while (clock.looks < 2) std::this_thread::yield();
        stop.request_stop();
    }

    REQUIRE(stopped);
    CHECK(stopped->code() == Code::cancelled);
    CHECK(waited == "token-2");
}

TEST_CASE("CachedTokens stops waiting for another's fetch when asked to") {
    CountingClock clock;
    std::atomic<bool> release{false};
    const auto source = std::make_shared<Source>([&](int call, std::stop_token) {
        while (!release) std::this_thread::yield();
        return AccessToken{numbered(call), clock.now() + 1h};
    });
    CachedTokens tokens{source, clock};
    std::stop_source stop;
    std::optional<Error> stopped;

    {
        const std::jthread first{[&] { tokens.token({}); }};
        while (source->calls < 1) std::this_thread::yield();
        std::jthread second{[&] { stopped = error_of([&] { tokens.token(stop.get_token()); }); }};
        while (clock.looks < 2) std::this_thread::yield();
        stop.request_stop();
        second.join();  // comes back although the fetch has not
        release = true;
    }

    REQUIRE(stopped);
    CHECK(stopped->code() == Code::cancelled);
    CHECK(source->calls == 1);
}

TEST_CASE("CachedTokens survives a failure that is no Error") {
    FakeClock clock;
    const auto source = std::make_shared<Source>([&](int call, std::stop_token) {
        if (call == 1) throw std::bad_alloc{};
        return AccessToken{numbered(call), clock.now() + 1h};
    });
    CachedTokens tokens{source, clock};

    CHECK_THROWS_AS(tokens.token({}), std::bad_alloc);
    CHECK(tokens.token({}).value == "token-2");
}
