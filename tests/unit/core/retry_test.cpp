#include "sheetbq/core/retry.hpp"

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;

namespace {

std::chrono::milliseconds longest(std::chrono::milliseconds cap) { return cap; }

template <class Operation>
auto run(Clock& clock, Operation operation, RetryPolicy policy = {}, std::stop_token stop = {}) {
    return retry(policy, clock, longest, {}, stop, operation);
}

Error unavailable() { return {Code::unavailable, "503"}; }

}  // namespace

TEST_CASE("retry doubles its waits up to the largest and then gives the last error") {
    testing::FakeClock clock;
    int calls = 0;
    CHECK_THROWS_AS(run(clock,
                        [&]() -> int {
                            ++calls;
                            throw unavailable();
                        },
                        {.attempts = 5, .first_delay = 1s, .max_delay = 4s}),
                    Error);
    CHECK(calls == 5);
    CHECK(clock.slept() == std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 4s});
}

TEST_CASE("retry does not repeat what cannot succeed") {
    testing::FakeClock clock;
    int calls = 0;
    CHECK_THROWS_AS(run(clock,
                        [&]() -> int {
                            ++calls;
                            throw Error{Code::bad_data, "no"};
                        }),
                    Error);
    CHECK(calls == 1);
}

TEST_CASE("retry waits at least as long as the service asks") {
    testing::FakeClock clock;
    int calls = 0;
    run(clock, [&] {
        if (++calls == 1) throw Error{Code::quota, "429"}.retry_after(7s);
        return 1;
    });
    REQUIRE(clock.slept().size() == 1);
    CHECK(clock.slept()[0] >= 7s);
}

TEST_CASE("retry waits up to a minute for a quota that says nothing, from the second refusal on") {
    testing::FakeClock clock;
    int calls = 0;
    run(clock, [&] {
        if (++calls < 4) throw Error{Code::quota, "429"};
        return 1;
    });
    CHECK(clock.slept() == std::vector<std::chrono::milliseconds>{1s, 60s, 60s});
}

TEST_CASE("retry ends when its budget is spent") {
    testing::FakeClock clock;
    const auto begin = clock.now();
    CHECK_THROWS_AS(run(clock, []() -> int { throw unavailable(); },
                        {.attempts = 1000, .max_delay = 32s, .budget = 100s}),
                    Error);
    CHECK(clock.now() - begin <= 100s);
}

TEST_CASE("retry ends with cancelled when a stop is requested while it waits") {
    testing::FakeClock clock;
    std::stop_source stop;
    int calls = 0;
    try {
        retry(
            {}, clock, longest, [&](auto&&...) { stop.request_stop(); }, stop.get_token(),
            [&]() -> int {
                ++calls;
                throw unavailable();
            });
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::cancelled);
    }
    CHECK(calls == 1);
}
