#pragma once

#include "fault/fleet.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sheetbq::testing {

/// One line of the table in docs/operations.md: what was done, how often, and what came of it. Goes
/// to the file that SHEETBQ_RESULTS names, if it names one.
///
/// Nobody needs to call it: a listener does so for each test whose tag is the number of an
/// experiment, like [F2], with the test's name and how many of its cases came through unharmed.
void record_experiment(const std::string& id, const std::string& what, int cases, int green);

/// Adds something measured to the line of the test that runs, e.g. "longest recovery 2.1 s".
void record_measure(const std::string& text);

/// Cases of one test, counted. Without it a test has one case each time that it runs.
void record_cases(int cases, int green);

/// With how many seeds random experiments run: 3, or what SHEETBQ_SEEDS says.
int seeds();

/// One case of many: a fleet of its own, and what is done to it. Runs beside other cases, so it
/// asserts nothing: it says what is wrong.
struct Trial {
    std::string name;
    FleetOptions options{};
    std::function<std::vector<std::string>(Fleet& fleet)> run;
};

/// Runs the trials, several at a time. @returns what is wrong with each.
std::vector<std::vector<std::string>> outcomes(const std::vector<Trial>& trials);

/// Runs the trials, several at a time, and checks that nothing was wrong with any.
void run_trials(const std::vector<Trial>& trials);

/// Clean ticks until all is at rest, then everything that is wrong; other extra executions than
/// these are.
std::vector<std::string> wrongs(Fleet& fleet, int extra_allowed = 0);

/// What failed is tried again soon, or at once: here it is not, so that runs can be counted.
void hold_back_failures(Fleet& fleet);

/// What `wrongs` says when there are live runs still.
inline constexpr auto never_at_rest = "it never came to rest";

/// `complaint` as a list when the condition does not hold.
void expect(std::vector<std::string>& wrong, bool holds, const std::string& complaint);

}  // namespace sheetbq::testing
