#include "sheetbq/control/follow.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <csignal>

namespace sheetbq::control {
namespace {

namespace json = boost::json;

constexpr std::uint64_t cells_a_request = 300'000;  // a window of the job's reader
constexpr int requests_besides = 3;                 // shape, formats, shape again

std::string text_at(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

json::object parse_report(const std::string& text) {
    boost::system::error_code broken;
    const auto parsed = json::parse(text, broken);
    return !broken && parsed.is_object() ? parsed.get_object() : json::object{};
}

int sheets_requests(const json::object& report) {
    const auto* const cells = report.if_contains("cells");
    if (cells == nullptr || !cells->is_number()) return 0;
    const auto count = cells->to_number<std::uint64_t>();
    return requests_besides + static_cast<int>(count / cells_a_request) + 1;
}

/// The failure in the job's own words.
bool take_words(const json::object& report, Ending& ending) {
    const auto* const error = report.if_contains("error");
    if (error == nullptr || !error->is_object()) return false;
    const auto& words = error->get_object();
    ending.message = text_at(words, "text");
    const auto reason = text_at(words, "reason");
    if (!reason.empty()) ending.message += ": " + reason;
    ending.hint = text_at(words, "hint");
    return !ending.message.empty();
}

/// The failure as far as it shows from outside.
void describe_from_outside(const Execution& execution, const Aftermath& aftermath, Ending& ending) {
    if (aftermath.signal == SIGKILL)
        ending.message = "the job was killed, most likely because its memory ran out";
    else if (aftermath.signal != 0)
        ending.message = fmt::format("the job was ended by signal {}", aftermath.signal);
    else if (ending.exit_code)
        ending.message =
            fmt::format("the job ended with exit code {} and left no report", *ending.exit_code);
    else
        ending.message = "the execution failed before the job could say why";
    if (!execution.message.empty()) ending.message += ": " + execution.message;
    ending.hint =
        aftermath.signal == SIGKILL
            ? "Give the job more memory (docs/operations.md has a table), then wait for "
              "the next run."
            : "Read the execution's log" +
                  (execution.log_uri.empty() ? std::string{"."} : ": " + execution.log_uri);
}

Code code_of(const Aftermath& aftermath) {
    if (aftermath.signal != 0) return Code::unavailable;
    return aftermath.exit_code ? code_of_exit(*aftermath.exit_code) : Code::unavailable;
}

void explain_deadline(Ending& ending) {
    ending.state = RunState::failed;
    ending.code = Code::deadline;
    ending.blameless = false;
    ending.message = "the run took longer than it may and was cancelled";
    ending.hint =
        "Raise the timeout of runs (--timeout, and the task timeout of the Cloud Run "
        "job), or load a smaller part of the tab with SHEET_RANGE.";
}

void explain_failure(const Run& run, const Execution& execution, const Aftermath& aftermath,
                     const json::object& report, bool past_deadline, Ending& ending) {
    ending.code = code_of(aftermath);
    const bool told = take_words(report, ending);
    if (!told) describe_from_outside(execution, aftermath, ending);
    // A job that is stopped at its time exits like one that is cancelled.
    if ((past_deadline || aftermath.timed_out) && !run.cancel_requested)
        return explain_deadline(ending);
    const bool stopped = judge(execution) == Verdict::cancelled || run.cancel_requested ||
                         ending.code == Code::cancelled;
    if (stopped) {
        ending.state = RunState::cancelled;
        ending.code = Code::cancelled;
        ending.blameless = true;
        if (!told) {
            ending.message = run.cancel_requested ? "the run was cancelled on request"
                                                  : "the execution was cancelled from outside";
            ending.hint.clear();
        }
    }
    if (ending.code == Code::too_late) ending.blameless = true;
}

}  // namespace

Ending ending_of(const Run& run, const Execution& execution, const Aftermath& aftermath,
                 bool past_deadline) {
    Ending ending;
    ending.exit_code = aftermath.exit_code;
    ending.log_uri = execution.log_uri;
    ending.report = aftermath.report;
    const auto report = parse_report(aftermath.report);
    if (judge(execution) == Verdict::succeeded) {
        ending.state = RunState::succeeded;
        ending.exit_code = aftermath.exit_code.value_or(0);
        ending.sheets_requests = sheets_requests(report);
        return ending;
    }
    ending.state = RunState::failed;
    explain_failure(run, execution, aftermath, report, past_deadline, ending);
    return ending;
}

}  // namespace sheetbq::control
