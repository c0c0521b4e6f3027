// F16: executions that end in other ways than by themselves.

#include "fault/results.hpp"

#include <fmt/format.h>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;

constexpr auto job = "projects/demo-project/locations/europe-west1/jobs/sheettobigquery-job";
constexpr FleetOptions short_runs{.settle = 1'500ms, .lease = 1'500ms, .run_takes = 50ms};

struct Outcome {
    std::string name;
    std::function<sandbox::ScriptedRun(int call)> script;
    std::string state;     ///< and class, as the run's row has them
    std::string failures;  ///< of the configuration afterwards
    int retries = 0;
    std::vector<std::string> flags{};
    bool cancel = false;  ///< somebody cancels it from outside
};

std::function<sandbox::ScriptedRun(int)> always(const sandbox::ScriptedRun& run) {
    return [run](int) { return run; };
}

/// The first attempts end like this, the next one is well.
std::function<sandbox::ScriptedRun(int)> at_first(const sandbox::ScriptedRun& run, int times) {
    return [run, times](int call) {
        return call <= times ? run : sandbox::ScriptedRun{.duration = 50ms};
    };
}

std::vector<Outcome> outcomes() {
    const sandbox::ScriptedRun killed{.signal = 9, .duration = 50ms};
    const sandbox::ScriptedRun unavailable{.exit_code = 13, .duration = 50ms};
    const sandbox::ScriptedRun slow{.duration = 60s};
    const sandbox::ScriptedRun deaf{.duration = 60s, .stops_after = 60s};
    const sandbox::ScriptedRun crashed{.signal = 11, .duration = 50ms};
    const sandbox::ScriptedRun denied{.exit_code = 11, .duration = 50ms};
    const sandbox::ScriptedRun unknown{.exit_code = 99, .duration = 50ms};
    const sandbox::ScriptedRun liar{
        .exit_code = 13,
        .lines = {R"({"event":"run_finished","message":"loaded","rows":2,"cells":4})"},
        .duration = 50ms};
    return {
        {"memory ran out", always(killed), "failed unavailable", "1"},
        {"crashed", always(crashed), "failed unavailable", "1"},
        {"exit code 11", always(denied), "failed permission_denied", "1"},
        {"exit code that nobody knows", always(unknown), "failed internal", "1"},
        {"says loaded and fails", always(liar), "failed unavailable", "1"},
        {"task timeout", always(slow), "failed deadline", "1"},
        {"our timeout", always(slow), "failed deadline", "1", 0, {"--timeout=500ms"}},
        {"our timeout, retries left", always(slow), "failed deadline", "1", 3, {"--timeout=500ms"}},
        {"cancelled from outside", always(slow), "cancelled infrastructure", "0", 0, {}, true},
        {"cancelled, retries left", always(slow), "cancelled infrastructure", "0", 3, {}, true},
        {"retried until it went well", at_first(unavailable, 2), "succeeded ", "0", 3},
        {"memory ran out once", at_first(killed, 1), "succeeded ", "0", 3},
        {"retried in vain", at_first(unavailable, 9), "failed unavailable", "1", 3},
        {"memory ran out every time", at_first(killed, 9), "failed unavailable", "1", 3},
    };
}

/// Cancels the execution as somebody in the console would.
void cancel_from_outside(Fleet& fleet) {
    for (int i = 0; i < 500; ++i) {
        bool done = false;
        auto& google = fleet.world.google;
        google.edit([&] {
            for (auto& execution : google.run.executions) {
                cancel_execution(google.run, execution, "ada@example.com", google.clock().now());
                done = true;
            }
        });
        if (done) return;
        std::this_thread::sleep_for(20ms);
    }
}

std::vector<std::string> judge(Fleet& fleet, const Outcome& outcome) {
    fleet.add_configs(1);
    fleet.script(1, outcome.script);
    fleet.world.google.edit([&] {
        fleet.world.google.run.jobs[job].max_retries = outcome.retries;
        if (outcome.name == "task timeout") fleet.world.google.run.jobs[job].timeout = 1s;
    });
    const auto process = fleet.start({}, outcome.flags);
    if (outcome.cancel) cancel_from_outside(fleet);
    const auto end = process->wait(60s);
    std::vector<std::string> wrong;
    const auto became = fleet.value(
        "SELECT state || ' ' || coalesce(error_class, '') FROM sheetbq.run ORDER BY run_id LIMIT "
        "1");
    expect(wrong, became == outcome.state, "became " + became + ": " + end.out + end.err);
    const auto failures =
        fleet.value("SELECT coalesce(max(failures), 0) FROM sheetbq.config_state");
    expect(wrong, failures == outcome.failures, failures + " failures are counted");
    const bool good = outcome.state == "succeeded ";
    const auto stamped = fleet.value("SELECT count(last_run) FROM sheet_to_bigquery_configs");
    expect(wrong, stamped == (good ? "1" : "0"), "last_run is wrong");
    expect(wrong, end.exit_code == (good ? 0 : 1), fmt::format("exit code {}", end.exit_code));
    hold_back_failures(fleet);
    for (auto& each : wrongs(fleet)) wrong.push_back(std::move(each));
    return wrong;
}

}  // namespace

TEST_CASE(
    "F16 executions that are killed, cancelled, timed out or retried are told as what they were",
    "[F16]") {
    std::vector<Trial> trials;
    for (const auto& each : outcomes())
        trials.push_back(
            {each.name, short_runs, [each](Fleet& fleet) { return judge(fleet, each); }});
    run_trials(trials);
}
