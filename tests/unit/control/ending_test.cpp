#include "sheetbq/control/follow.hpp"
#include "support/catch.hpp"

using namespace sheetbq;
using namespace sheetbq::control;

namespace {

Execution ended(int succeeded, int failed, int cancelled, std::string reason = {}) {
    Execution execution;
    execution.name = "projects/p/locations/r/jobs/j/executions/j-abcde";
    execution.completed_at = Clock::TimePoint{} + std::chrono::hours{1};
    execution.succeeded = succeeded;
    execution.failed = failed;
    execution.cancelled = cancelled;
    execution.reason = std::move(reason);
    execution.log_uri = "https://console.cloud.google.com/logs/viewer?x=1";
    return execution;
}

}  // namespace

TEST_CASE("an execution whose task succeeded ends well and teaches what it cost") {
    const auto ending =
        ending_of({}, ended(1, 0, 0), {0, 0, R"({"event":"run_finished","cells":900000})"}, false);

    CHECK(ending.state == RunState::succeeded);
    CHECK(ending.exit_code == 0);
    CHECK(ending.sheets_requests == 7);
}

TEST_CASE("a failure speaks in the job's own words") {
    const auto ending = ending_of(
        {}, ended(0, 1, 0, "NON_ZERO_EXIT_CODE"),
        {11, 0,
         R"({"error":{"code":"permission_denied","text":"cannot read","reason":"403","hint":"Share it."}})"},
        false);

    CHECK(ending.state == RunState::failed);
    CHECK(ending.code == Code::permission_denied);
    CHECK(ending.message == "cannot read: 403");
    CHECK(ending.hint == "Share it.");
    CHECK_FALSE(ending.blameless);
}

TEST_CASE("a failure without a report names exit code and log") {
    const auto ending = ending_of({}, ended(0, 1, 0), {15, 0, ""}, false);

    CHECK(ending.code == Code::bad_data);
    CHECK_THAT(ending.message, ContainsSubstring("exit code 15"));
    CHECK_THAT(ending.hint, ContainsSubstring("https://console.cloud.google.com/logs"));
}

TEST_CASE("a job that memory killed says so") {
    const auto ending = ending_of({}, ended(0, 1, 0), {std::nullopt, 9, ""}, false);

    CHECK(ending.code == Code::unavailable);
    CHECK_THAT(ending.message, ContainsSubstring("memory"));
    CHECK_THAT(ending.hint, ContainsSubstring("memory"));
}

TEST_CASE("a job that Cloud Run stopped at its time took too long, and was not cancelled") {
    const auto ending =
        ending_of({}, ended(0, 1, 0), {.exit_code = 143, .report = "", .timed_out = true}, false);

    CHECK(ending.state == RunState::failed);
    CHECK(ending.code == Code::deadline);
    CHECK_FALSE(ending.blameless);
    CHECK_THAT(ending.hint, ContainsSubstring("task timeout"));
}

TEST_CASE("a cancelled execution is never a success, and nobody's fault") {
    const auto ending = ending_of({}, ended(0, 0, 1, "CANCELLED"), {}, false);

    CHECK(ending.state == RunState::cancelled);
    CHECK(ending.blameless);
}

TEST_CASE("a run that was cancelled for its deadline failed by it") {
    const auto ending = ending_of({}, ended(0, 0, 1, "CANCELLED"), {143, 0, ""}, true);

    CHECK(ending.state == RunState::failed);
    CHECK(ending.code == Code::deadline);
    CHECK_FALSE(ending.blameless);
    CHECK_THAT(ending.hint, ContainsSubstring("--timeout"));
}

TEST_CASE("a job that refused to start late is nobody's fault") {
    CHECK(ending_of({}, ended(0, 1, 0), {75, 0, ""}, false).blameless);
}

TEST_CASE("a report that is no JSON is no reason to fail") {
    const auto ending = ending_of({}, ended(1, 0, 0), {0, 0, "}{"}, false);

    CHECK(ending.state == RunState::succeeded);
    CHECK(ending.sheets_requests == 0);
}
