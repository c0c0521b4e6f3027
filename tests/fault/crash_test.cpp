// F1: orchestrators that are killed at every step.

#include "fault/results.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;

/// What the first starts come to.
enum class Start { ok, fails, lost_answer, refused_for_now };

struct Case {
    std::string point;
    int pass;
    Start start;
};

constexpr FleetOptions quick{.settle = 1'500ms, .lease = 1'000ms, .run_takes = 50ms};

std::string_view word(Start start) {
    constexpr std::array words{"ok", "the job fails", "answer lost", "503 and not started"};
    return words.at(static_cast<std::size_t>(start));
}

/// How often an orchestrator passes a point within one tick of three configurations.
int passes(const std::string& point, Start start) {
    if (point == "adopted") return start == Start::lost_answer ? 2 : 0;
    if (point == "after_record") return start == Start::lost_answer ? 0 : 2;
    // A message for each failure, or one that sums up the tick.
    if (point == "outbox_leased" || point == "slack_sent_before_mark")
        return start == Start::fails && point == "slack_sent_before_mark" ? 2 : 1;
    if (point == "tick_registered" || point == "sweep_mid" || point == "migrate_mid") return 1;
    return 2;
}

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const auto* point :
         {"migrate_mid", "tick_registered", "leased", "claim_before_commit", "claim_after_commit",
          "before_intent", "after_intent", "after_post_before_record", "after_record", "adopted",
          "finish_mid_tx", "after_finish", "outbox_leased", "slack_sent_before_mark", "sweep_mid"})
        for (const auto start :
             {Start::ok, Start::fails, Start::lost_answer, Start::refused_for_now})
            for (int pass = 1; pass <= passes(point, start); ++pass)
                cases.push_back({point, pass, start});
    return cases;
}

void arrange(Fleet& fleet, Start start) {
    fleet.add_configs(3);
    const sandbox::Fault harm{
        .path_contains = ":run", .method = sheetbq::http::Method::post, .times = 3};
    auto fault = harm;
    switch (start) {
        case Start::ok:
            return;
        case Start::fails:
            for (const int id : {1, 2, 3})
                fleet.script(id, [](int) { return sandbox::ScriptedRun{.exit_code = 11}; });
            return;
        case Start::lost_answer:
            fault.lose_answer = true;
            break;
        case Start::refused_for_now:
            fault.answer = sandbox::Answer{.status = 503};
            break;
    }
    fleet.world.google.fail(fault);
}

std::vector<std::string> die_and_heal(Fleet& fleet, const Case& what) {
    arrange(fleet, what.start);
    const auto end = fleet.tick({{"SHEETBQ_CRASH_AT", fmt::format("{}:{}", what.point, what.pass)},
                                 {"SHEETBQ_NOTIFY", "all"}});
    std::vector<std::string> wrong;
    expect(wrong, end.signal == SIGKILL, "it was not killed: " + end.out + end.err);
    for (auto& each : wrongs(fleet)) wrong.push_back(std::move(each));
    const auto* const state = what.start == Start::fails ? "failed" : "succeeded";
    expect(wrong,
           fleet.value(fmt::format("SELECT count(DISTINCT config_id) || ' ' || count(*) FROM "
                                   "sheetbq.run WHERE state = '{}'",
                                   state)) == "3 3",
           fmt::format("not each of three ended once as {}", state));
    return wrong;
}

}  // namespace

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

TEST_CASE("F1 a kill -9 at any step, whatever becomes of the starts, only delays", "[F1]") {
    std::vector<Trial> trials;
    for (const auto& each : all_cases())
        trials.push_back({fmt::format("{}:{}, {}", each.point, each.pass, word(each.start)), quick,
                          [each](Fleet& fleet) { return die_and_heal(fleet, each); }});
    run_trials(trials);
}
