#include "sheetbq/core/uuid.hpp"

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

#include <algorithm>
#include <regex>
#include <set>

using namespace sheetbq;
using namespace std::chrono_literals;

TEST_CASE("a UUID has the form, version and variant of RFC 9562") {
    const testing::FakeClock clock;
    const std::regex form{"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"};
    for (int i = 0; i < 100; ++i) {
        const auto id = make_uuid(clock);
        CAPTURE(id);
        CHECK(std::regex_match(id, form));
        CHECK(id.starts_with("019c1310-e400-7000-"));  // 2026-01-31T08:00:00Z
    }
}

TEST_CASE("UUIDs of one moment differ, in every part that is left to chance") {
    const testing::FakeClock clock;
    std::set<std::string> ids;
    std::set<std::string> tails;
    std::set<char> variants;
    for (int i = 0; i < 1000; ++i) {
        const auto id = make_uuid(clock);
        ids.insert(id);
        tails.insert(id.substr(24));
        variants.insert(id[19]);
    }
    CHECK(ids.size() == 1000);
    CHECK(tails.size() == 1000);
    CHECK(variants == std::set<char>{'8', '9', 'a', 'b'});
}

TEST_CASE("UUIDs sort by the time they were made") {
    testing::FakeClock clock;
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        ids.push_back(make_uuid(clock));
        clock.advance(i % 2 == 0 ? 1ms : 40'000'000ms);
    }
    CHECK(std::is_sorted(ids.begin(), ids.end()));
}

TEST_CASE("UUIDs made one after another by the machine's clock sort within the millisecond") {
    const SystemClock clock;
    const auto before = make_uuid(clock);
    const auto begin = clock.monotonic();
    while (clock.monotonic() - begin < 1us) continue;
    CHECK(before < make_uuid(clock));
}
