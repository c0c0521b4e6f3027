// F24: the test of the tests. Bugs are put into the orchestrator, and the invariants must see them.

#include "fault/results.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;

constexpr int attempts = 3;

/// A bug, and what brings it to light.
struct Mutation {
    std::string name;
    std::string bugs;  ///< SHEETBQ_INJECT_BUG
    FleetOptions options;
    FleetOptions sane;  ///< options of the run that must be green
    void (*experiment)(Fleet& fleet, const Variables& bugs);
};

void lose_answers(Fleet& fleet, int times) {
    fleet.world.google.fail({.path_contains = ":run",
                             .method = sheetbq::http::Method::post,
                             .times = times,
                             .lose_answer = true});
}

Variables with(Variables variables, const std::string& name, const std::string& value) {
    variables[name] = value;
    return variables;
}

/// Two claims at the same moment: one has read and not committed while the other reads.
void claim_twice(Fleet& fleet, const Variables& bugs, const std::vector<std::string>& flags) {
    const auto first = fleet.start(with(bugs, "SHEETBQ_PAUSE_AT", "claim_before_commit"));
    first->wait_stopped();
    const auto second = fleet.start(bugs, flags);
    // With the lock it waits for the first, and sees none of its own.
    for (int i = 0; i < 30 && fleet.live() == 0; ++i) std::this_thread::sleep_for(50ms);
    first->send_signal(SIGCONT);
    first->wait(60s);
    second->wait(60s);
}

void claim_the_same(Fleet& fleet, const Variables& bugs) {
    fleet.add_configs(3, 0);
    claim_twice(fleet, bugs, {});
}

void claim_others(Fleet& fleet, const Variables& bugs) {
    fleet.add_configs(6);
    claim_twice(fleet, bugs, {"--exclude-config=1,2,3"});
}

void lose_three_answers(Fleet& fleet, const Variables& bugs) {
    fleet.add_configs(3);
    lose_answers(fleet, 3);
    fleet.tick(bugs);
}

void lose_answers_behind_a_lag(Fleet& fleet, const Variables& bugs) {
    fleet.world.google.edit([&] { fleet.world.google.run.list_lag = 2'500ms; });
    lose_three_answers(fleet, bugs);
}

void die_while_finishing(Fleet& fleet, const Variables& bugs) {
    fleet.add_configs(3);
    fleet.tick(with(bugs, "SHEETBQ_CRASH_AT", "finish_mid_tx"));
}

void fail_a_job(Fleet& fleet, const Variables& bugs) {
    fleet.add_configs(3);
    fleet.script(2, [](int) { return sandbox::ScriptedRun{.exit_code = 15}; });
    fleet.tick(bugs);
}

/// One stands still before its intent until its lease is over; another takes the run, and does not
/// know yet whether it started when the first goes on.
void take_over(Fleet& fleet, const Variables& bugs) {
    fleet.add_configs(1);
    lose_answers(fleet, 1);
    const auto first = fleet.start(with(bugs, "SHEETBQ_PAUSE_AT", "before_intent"));
    first->wait_stopped();
    std::this_thread::sleep_for(400ms);
    fleet.start(bugs, {"--no-wait"})->wait(60s);
    first->send_signal(SIGCONT);
    first->wait(60s);
}

std::vector<Mutation> mutations() {
    const FleetOptions usual{.settle = 1'500ms, .lease = 1'000ms, .run_takes = 1'000ms};
    FleetOptions long_runs = usual;  // they must overlap even where all else is quick
    long_runs.run_takes = 2'000ms;
    FleetOptions hasty = usual;
    hasty.settle = 500ms;
    FleetOptions patient = usual;
    patient.settle = 3'500ms;
    FleetOptions brief_lease = usual;
    brief_lease.settle = 7'500ms;
    brief_lease.lease = 300ms;
    return {
        {"no unique index, no pool lock", "no_unique_index,no_pool_lock", usual, usual,
         claim_the_same},
        {"no pool lock", "no_pool_lock", long_runs, long_runs, claim_others},
        {"blind retry", "blind_retry", usual, usual, lose_three_answers},
        {"finish in two transactions", "two_transactions", usual, usual, die_while_finishing},
        {"settle shorter than the list's lag", "", hasty, patient, lose_answers_behind_a_lag},
        {"success of the operation is success", "operation_success", usual, usual, fail_a_job},
        {"no fence", "no_fence", brief_lease, brief_lease, take_over},
    };
}

std::vector<std::string> findings(Fleet& fleet, const Mutation& mutation, const std::string& bugs) {
    mutation.experiment(fleet, {{"SHEETBQ_INJECT_BUG", bugs}});
    return wrongs(fleet);
}

}  // namespace

TEST_CASE("F24 the same experiments are green without the bugs", "[F24]") {
    std::vector<Trial> trials;
    for (const auto& each : mutations())
        trials.push_back(
            {each.name, each.sane, [each](Fleet& fleet) { return findings(fleet, each, ""); }});
    run_trials(trials);
}

TEST_CASE("F24 bugs that are put in on purpose are seen by the invariants", "[F24]") {
    auto unseen = mutations();
    const auto all = unseen.size();
    for (int attempt = 0; attempt < attempts && !unseen.empty(); ++attempt) {
        std::vector<Trial> trials;
        for (const auto& each : unseen)
            trials.push_back({each.name, each.options,
                              [each](Fleet& fleet) { return findings(fleet, each, each.bugs); }});
        auto found = outcomes(trials);
        // That it takes long is no finding.
        for (auto& each : found) std::erase(each, never_at_rest);
        std::vector<Mutation> still;
        for (std::size_t i = 0; i < unseen.size(); ++i) {
            for (const auto& what : found[i]) UNSCOPED_INFO(unseen[i].name << ": " << what);
            if (found[i].empty()) still.push_back(unseen[i]);
        }
        unseen = still;
    }
    for (const auto& each : unseen) FAIL_CHECK(each.name << " was not seen");
    record_cases(static_cast<int>(all), static_cast<int>(all - unseen.size()));
}
