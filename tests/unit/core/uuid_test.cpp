#include "sheetbq/core/uuid.hpp"

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

#include <regex>
#include <set>

using namespace std::chrono_literals;

TEST_CASE("A UUID of version 7 sorts by its time and never comes twice") {
    sheetbq::testing::FakeClock clock;
    const std::regex form{"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"};
    std::set<std::string> seen;

    std::string last;
    for (int i = 0; i < 1000; ++i) {
        const auto id = sheetbq::make_uuid(clock);
        CHECK(std::regex_match(id, form));
        CHECK(seen.insert(id).second);
        CHECK((i % 10 != 0 || id > last));
        if (i % 10 == 9) {
            last = *seen.rbegin();
            clock.advance(1ms);
        }
    }
}

TEST_CASE("A UUID begins with the milliseconds since 1970") {
    const sheetbq::testing::FakeClock clock;  // 2026-01-31T08:00:00Z

    const auto id = sheetbq::make_uuid(clock);

    const auto milliseconds = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
    CHECK(milliseconds == clock.now().time_since_epoch() / 1ms);
}
