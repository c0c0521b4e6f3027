#include "sheetbq/control/execution.hpp"

#include "support/catch.hpp"

using namespace sheetbq;
using control::Execution;
using control::judge;
using control::Verdict;

namespace {

const Clock::TimePoint now{};

}  // namespace

TEST_CASE("an execution is judged by its end and its counts, never by a word alone") {
    const auto [execution, verdict] = GENERATE(Catch::Generators::table<Execution, Verdict>({
        {Execution{}, Verdict::running},
        {{.succeeded = 1}, Verdict::running},
        {{.failed = 1, .reason = "NON_ZERO_EXIT_CODE"}, Verdict::running},
        {{.reason = "JOB_STATUS_SERVICE_POLLING_ERROR"}, Verdict::running},
        {{.reason = "CANCELLING"}, Verdict::running},
        {{.cancelled = 1, .reason = "CANCELLED"}, Verdict::running},
        {{.completed_at = now, .succeeded = 1}, Verdict::succeeded},
        {{.completed_at = now, .tasks = 3, .succeeded = 3}, Verdict::succeeded},
        {{.completed_at = now, .tasks = 3, .succeeded = 2}, Verdict::failed},
        {{.completed_at = now, .tasks = 3, .succeeded = 2, .failed = 1}, Verdict::failed},
        {{.completed_at = now}, Verdict::failed},
        {{.completed_at = now, .tasks = 0}, Verdict::failed},
        {{.completed_at = now, .failed = 1, .reason = "NON_ZERO_EXIT_CODE"}, Verdict::failed},
        {{.completed_at = now, .reason = "JOB_STATUS_SERVICE_POLLING_ERROR"}, Verdict::failed},
        {{.completed_at = now, .cancelled = 1}, Verdict::cancelled},
        {{.completed_at = now, .reason = "CANCELLED"}, Verdict::cancelled},
        {{.completed_at = now, .reason = "CANCELLING"}, Verdict::cancelled},
        {{.completed_at = now, .tasks = 2, .succeeded = 1, .cancelled = 1}, Verdict::cancelled},
        {{.completed_at = now, .succeeded = 1, .reason = "CANCELLED"}, Verdict::cancelled},
    }));
    CAPTURE(execution.tasks, execution.succeeded, execution.cancelled, execution.reason);
    CHECK(judge(execution) == verdict);
}
