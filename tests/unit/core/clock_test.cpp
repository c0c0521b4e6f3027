#include "sheetbq/core/clock.hpp"

#include "support/catch.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;

TEST_CASE("RFC 3339 times survive the way there and back") {
    const auto text = GENERATE(as<std::string>{}, "2026-01-31T08:00:00.250Z",
                               "1969-12-31T23:59:59.999Z", "2024-02-29T00:00:00.000Z");
    const auto time = from_rfc3339(text);
    REQUIRE(time);
    CHECK(to_rfc3339(*time) == text);
}

TEST_CASE("from_rfc3339 understands offsets and any number of fractional digits") {
    CHECK(from_rfc3339("2026-01-01T00:00:00+01:30") == from_rfc3339("2025-12-31T22:30:00Z"));
    CHECK(from_rfc3339("2026-01-01T00:00:00.123456789Z") ==
          from_rfc3339("2026-01-01T00:00:00.123Z"));
}

TEST_CASE("from_rfc3339 refuses what is not a time") {
    const auto text =
        GENERATE(as<std::string>{}, "", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                 "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00Zx",
                 "-026-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "1600-01-01T00:00:00Z");
    CHECK_FALSE(from_rfc3339(text));
}

TEST_CASE("SystemClock::sleep ends at once when a stop is requested") {
    SystemClock clock;
    std::stop_source stop;
    stop.request_stop();
    const auto begin = clock.monotonic();
    clock.sleep(10s, stop.get_token());
    CHECK(clock.monotonic() - begin < 5s);
}
