// F19: Slack that is away, slow, or wants to be left alone; and a crash when it has been told.

#include "fault/serving.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::sandbox::Answer;
using sheetbq::sandbox::Fault;
using sheetbq::sandbox::ScriptedRun;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto slack = "/services/";

std::vector<std::string> told(Fleet& fleet) {
    std::vector<std::string> all;
    fleet.world.google.edit([&] {
        for (const auto& each : fleet.world.google.slack.messages)
            all.push_back(boost::json::serialize(each.payload));
    });
    return all;
}

/// As if the time had passed that messages wait for.
void let_messages_wait_no_longer(Fleet& fleet) {
    fleet.query("UPDATE sheetbq.outbox SET not_before = now(), lease_expires_at = now()");
}

/// One configuration whose first run fails.
void arrange(Fleet& fleet) {
    fleet.add_configs(2);
    fleet.script(1, [](int call) { return ScriptedRun{.exit_code = call == 1 ? 11 : 0}; });
}

}  // namespace

TEST_CASE("F19 whatever Slack does, a tick is the same, and the message comes once it is back",
          "[F19]") {
    struct Case {
        std::string what;
        Fault fault;
        std::chrono::seconds longer;  ///< than a tick that Slack takes at once
    };
    const Answer busy{.status = 429, .headers = {{"Retry-After", "120"}}, .body = "rate_limited"};
    const Answer broken{.status = 503, .headers = {}, .body = "<html>"};
    const Answer long_answer{.status = 200, .headers = {}, .body = std::string(100, ' ')};
    const auto each = GENERATE_COPY(
        values<Case>({{"is down", {.path_contains = slack, .answer = broken}, 0s},
                      {"breaks the connection", {.path_contains = slack, .reset = true}, 0s},
                      {"says nothing", {.path_contains = slack, .stall = 60s}, 5s},
                      {"answers a byte a second",
                       {.path_contains = slack, .answer = long_answer, .drip = 1},
                       5s},
                      {"wants to be left alone", {.path_contains = slack, .answer = busy}, 0s}}));
    CAPTURE(each.what);
    Fleet fleet;
    arrange(fleet);
    make_schema(fleet);
    fleet.world.google.fail(each.fault);

    const auto began = SteadyClock::now();
    const auto end = fleet.tick();
    const auto took = SteadyClock::now() - began;

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 1);
    CHECK(took < 6s + each.longer);
    CHECK(events(end, "slack_failed") == 1);
    CHECK(events(end, "tick_ended") == 1);
    const auto wait = std::stod(fleet.value(
        "SELECT extract(epoch FROM max(not_before) - now()) FROM sheetbq.outbox WHERE sent_at IS "
        "NULL AND NOT dead"));
    CHECK(wait > (each.fault.answer && each.fault.answer->status == 429 ? 100 : 15));
    CHECK(wait < 121);
    // Until then nobody asks again.
    const auto asked = fleet.world.google.count(slack);
    CHECK(fleet.tick().exit_code == 0);
    CHECK(fleet.world.google.count(slack) == asked);
    let_messages_wait_no_longer(fleet);
    CHECK(fleet.tick().exit_code == 0);
    CHECK(fleet.tick().exit_code == 0);
    // It had taken what it did not answer.
    CHECK(told(fleet).size() == (each.fault.stall > 0s ? 2 : 1));
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F19 a crash after Slack was told repeats an opening once at most, and the same one",
          "[F19]") {
    Fleet fleet;
    arrange(fleet);

    const auto killed = fleet.tick({{"SHEETBQ_CRASH_AT", "slack_sent_before_mark"}});
    CHECK(killed.signal == SIGKILL);
    CHECK(told(fleet).size() == 1);
    let_messages_wait_no_longer(fleet);
    CHECK(fleet.tick().exit_code == 0);
    CHECK(fleet.tick().exit_code == 0);

    const auto all = told(fleet);
    REQUIRE(all.size() == 2);
    CHECK(all[0] == all[1]);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.outbox") == "1");
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F19 a digest is lost rather than sent twice", "[F19]") {
    Fleet fleet;
    fleet.add_configs(8);
    for (int id = 1; id <= 8; ++id)
        fleet.script(id, [](int) { return ScriptedRun{.exit_code = 11}; });

    const auto killed = fleet.tick({{"SHEETBQ_CRASH_AT", "slack_sent_before_mark"}});
    CHECK(killed.signal == SIGKILL);
    let_messages_wait_no_longer(fleet);
    CHECK(fleet.tick().exit_code == 0);

    CHECK(told(fleet).size() == 1);
    CHECK(fleet.violations() == std::vector<std::string>{});
}
