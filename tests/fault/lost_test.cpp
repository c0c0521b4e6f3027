// F13: executions that Cloud Run shows late, in disorder, or not at all.

#include "fault/results.hpp"

#include <fmt/format.h>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;

constexpr FleetOptions scripted{.settle = 2'000ms, .lease = 1'500ms, .run_takes = 100ms};
constexpr FleetOptions real{
    .real_jobs = true, .settle = 6'000ms, .lease = 1'500ms, .run_takes = 100ms};

struct Loss {
    std::string name;
    FleetOptions options;
    std::function<void(Fleet& fleet)> arrange;
    /// States of the three runs, sorted.
    std::string states;
    bool adopted = false;
    std::string message{};  ///< in the rows of the runs
    int extra = 0;  ///< executions that may be too many, for BigQuery takes one load of a run
};

void lose_answers(Fleet& fleet) {
    fleet.world.google.fail({.path_contains = ":run",
                             .method = sheetbq::http::Method::post,
                             .times = 3,
                             .lose_answer = true});
}

/// Ended executions are known no longer, as after a thousand others or a deletion.
void forget_at_once(Fleet& fleet) {
    fleet.world.google.edit([&] { fleet.world.google.run.retention = 0; });
}

void break_sheets(Fleet& fleet) {
    fleet.as_owner("UPDATE sheet_to_bigquery_configs SET google_sheet_tab_name = 'Nowhere'");
}

std::vector<Loss> losses() {
    const auto edit = [](auto change) {
        return [change](Fleet& fleet) {
            fleet.world.google.edit([&] { change(fleet.world.google.run); });
        };
    };
    const auto both = [](auto first, auto second) {
        return [first, second](Fleet& fleet) {
            first(fleet);
            second(fleet);
        };
    };
    const auto lag = edit([](auto& run) { run.list_lag = 1'500ms; });
    const auto disorder = edit([](auto& run) { run.create_time_disorder = 4min; });
    const auto polling = edit([](auto& run) { run.polling_errors = 20; });
    const auto fails = [](Fleet& fleet) {
        for (const int id : {1, 2, 3})
            fleet.script(id, [](int) { return sandbox::ScriptedRun{.exit_code = 15}; });
    };
    const auto three = [](const std::string& state) { return state + " " + state + " " + state; };
    return {
        {"the list lags", scripted, both(lag, lose_answers), three("succeeded"), true},
        {"the list lags, all well else", scripted, lag, three("succeeded")},
        {"times in disorder", scripted, both(disorder, lose_answers), three("succeeded"), true},
        {"polling errors", scripted, polling, three("succeeded")},
        {"polling errors of what fails", scripted, both(polling, fails), three("failed")},
        {"forgotten, loaded", real, forget_at_once, three("succeeded"), false,
         "BigQuery has its load job"},
        {"forgotten, never loaded", real, both(break_sheets, forget_at_once), three("lost"), false,
         "nobody can say how it ended"},
        {"forgotten, nothing in BigQuery", scripted, forget_at_once, three("lost"), false,
         "nobody can say how it ended"},
        {"forgotten, failed", scripted, both(fails, forget_at_once), three("lost")},
        {"answer lost, loaded and forgotten", real, both(lose_answers, forget_at_once),
         three("succeeded"), false, "BigQuery has its load job", 3},
    };
}

std::vector<std::string> lose(Fleet& fleet, const Loss& loss) {
    fleet.add_configs(3);
    loss.arrange(fleet);
    const auto end = fleet.tick();
    std::vector<std::string> wrong;
    expect(wrong, (end.out.find("\"run_adopted\"") != std::string::npos) == loss.adopted,
           std::string{loss.adopted ? "nothing" : "something"} + " was adopted: " + end.out);
    hold_back_failures(fleet);
    for (auto& each : wrongs(fleet, loss.extra)) wrong.push_back(std::move(each));
    const auto states = fleet.value(
        "SELECT string_agg(state::text, ' ' ORDER BY state) FROM (SELECT DISTINCT ON (config_id)"
        " state FROM sheetbq.run ORDER BY config_id, run_id) AS first");
    expect(wrong, states == loss.states, "the runs are " + states + ": " + end.out + end.err);
    const auto told =
        fleet.value(fmt::format("SELECT count(DISTINCT config_id) FROM sheetbq.run WHERE "
                                "coalesce(error_message, '') LIKE '%{}%'",
                                loss.message));
    expect(wrong, told == "3", told + " runs say " + loss.message);
    const auto blamed = fleet.value("SELECT count(*) FROM sheetbq.config_state WHERE failures > 0");
    expect(wrong, blamed == (loss.states.starts_with("failed") ? "3" : "0"),
           blamed + " configurations are blamed");
    return wrong;
}

}  // namespace

TEST_CASE("F13 an execution that is hard to find is found, or BigQuery is asked, or it is lost",
          "[F13]") {
    std::vector<Trial> trials;
    for (const auto& each : losses())
        trials.push_back(
            {each.name, each.options, [each](Fleet& fleet) { return lose(fleet, each); }});
    run_trials(trials);
}
