// F1: orchestrators that are killed at every step.

#include "fault/fleet.hpp"

#include <fmt/format.h>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

TEST_CASE("undisturbed, every due configuration runs exactly once", "[fleet]") {
    Fleet fleet;
    fleet.add_configs(5);

    const auto end = fleet.tick();

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'") == "5");
    CHECK(fleet.extra_executions() == 0);
}

TEST_CASE("F1 a kill at any step only delays", "[F1]") {
    const auto* const point = GENERATE(
        "tick_registered", "leased", "claim_before_commit", "claim_after_commit", "before_intent",
        "after_intent", "after_post_before_record", "after_record", "adopted", "finish_mid_tx",
        "after_finish", "outbox_leased", "slack_sent_before_mark", "sweep_mid");
    const int pass = GENERATE(1, 2);
    CAPTURE(point, pass);
    Fleet fleet;
    fleet.add_configs(3);
    fleet.script(1, [](int) { return sheetbq::sandbox::ScriptedRun{.exit_code = 11}; });

    fleet.tick({{"SHEETBQ_CRASH_AT", fmt::format("{}:{}", point, pass)}});

    CHECK(fleet.quiesce());
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'") == "2");
}
