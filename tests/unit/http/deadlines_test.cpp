#include "sheetbq/http/deadlines.hpp"

#include "support/catch.hpp"

using namespace sheetbq::http;
using namespace std::chrono_literals;

namespace {

const SteadyTime start{1000h};
const Timeouts timeouts{.connect = 10s, .idle = 8s, .total = 100s, .least_rate = 64};

std::string verdict(Deadlines& deadlines, SteadyTime now) {
    return deadlines.expired(now).value_or("");
}

}  // namespace

TEST_CASE("Deadlines give a connection its own time") {
    Deadlines deadlines{timeouts, start};
    CHECK(deadlines.next() == start + 10s);
    CHECK(verdict(deadlines, start + 9999ms).empty());
    CHECK(verdict(deadlines, start + 10s) == "there was no connection within 10 s");
}

TEST_CASE("Deadlines end a silence, and every byte ends the silence") {
    Deadlines deadlines{timeouts, start};
    deadlines.connected(start + 1s);
    CHECK(deadlines.next() == start + 9s);
    deadlines.moved(1, start + 5s);
    CHECK(deadlines.next() == start + 13s);
    CHECK(verdict(deadlines, start + 12s).empty());
    CHECK(verdict(deadlines, start + 13s) == "nothing moved for 8 s");
}

TEST_CASE("Deadlines end the whole exchange, however lively it is") {
    Deadlines deadlines{timeouts, start};
    deadlines.connected(start);
    deadlines.moved(1000, start + 99s);
    CHECK(deadlines.next() == start + 100s);
    CHECK(verdict(deadlines, start + 100s) == "the exchange took longer than 100 s altogether");
}

TEST_CASE("Deadlines give up a body that drips, once a whole span was too slow") {
    const auto [bytes_a_second, given_up] =
        GENERATE(table<std::size_t, bool>({{1, true}, {63, true}, {64, false}, {1000, false}}));
    CAPTURE(bytes_a_second);
    Deadlines deadlines{timeouts, start};
    deadlines.connected(start);
    deadlines.body_begins(start);
    std::string why;
    auto now = start;
    while (why.empty() && now < start + 60s) {
        deadlines.moved(bytes_a_second, now);
        now += 1s;
        why = verdict(deadlines, now);
    }
    CHECK((why == "the body moved slower than 64 bytes a second for 8 s") == given_up);
    if (given_up) CHECK(now == start + 8s);
}

TEST_CASE("Deadlines notice a body that begins fast and then drips") {
    Deadlines deadlines{timeouts, start};
    deadlines.connected(start);
    deadlines.body_begins(start);
    deadlines.moved(1'000'000, start);
    auto now = start;
    while (verdict(deadlines, now).empty() && now < start + 60s) {
        now += 500ms;
        deadlines.moved(1, now);
    }
    CHECK(now > start + 8s);
    CHECK(now <= start + 10s);
}

TEST_CASE("Deadlines do not count the time a caller takes for what it was given") {
    Deadlines deadlines{timeouts, start};
    deadlines.connected(start);
    deadlines.body_begins(start);
    deadlines.moved(10, start + 1s);
    deadlines.paused(50s, start + 51s);
    CHECK(verdict(deadlines, start + 52s).empty());
    CHECK(verdict(deadlines, start + 59s) == "nothing moved for 8 s");
}

TEST_CASE("Deadlines have no least rate when it is switched off or no body flows") {
    auto without = timeouts;
    without.least_rate = 0;
    Deadlines off{without, start};
    off.connected(start);
    off.body_begins(start);
    Deadlines ended{timeouts, start};
    ended.connected(start);
    ended.body_begins(start);
    ended.body_ends();
    for (auto now = start; now < start + 60s; now += 1s) {
        off.moved(1, now);
        ended.moved(1, now);
        CHECK(verdict(off, now).empty());
        CHECK(verdict(ended, now).empty());
    }
}

TEST_CASE("Deadlines take the longest time there is for very long, not for over") {
    constexpr auto forever = std::chrono::milliseconds::max();
    Deadlines deadlines{{.connect = forever, .idle = forever, .total = forever}, start};
    deadlines.connected(start);
    deadlines.body_begins(start);
    CHECK(deadlines.next() > start + 24h);
    CHECK(verdict(deadlines, start + 24h).empty());
}
