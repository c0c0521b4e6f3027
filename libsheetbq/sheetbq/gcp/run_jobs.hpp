#pragma once

#include "sheetbq/gcp/api_client.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sheetbq::gcp {

/// Names a Cloud Run Job.
struct JobName {
    std::string project;
    std::string region;
    std::string job;

    /// `projects/P/locations/R/jobs/J`.
    std::string path() const;
};

/// An execution as the service tells of it; times as it writes them (RFC 3339), empty: not set.
struct RunExecution {
    std::string name;  ///< `projects/P/locations/R/jobs/J/executions/E`
    std::string uid;
    std::string create_time;
    std::string completion_time;
    int task_count = 1;
    int succeeded = 0;
    int failed = 0;
    int cancelled = 0;
    std::string completed_state;  ///< of the condition `Completed`, e.g. CONDITION_FAILED
    std::string reason;           ///< its executionReason or reason
    std::string message;
    std::string log_uri;
    std::vector<std::pair<std::string, std::string>> env;  ///< of the first container
};

/// How the last attempt of a task ended.
struct TaskEnd {
    std::optional<int> exit_code;
    int signal = 0;
    std::string message;
    bool timed_out = false;  ///< Cloud Run stopped it, because the time of a task was over
};

/// Cloud Run Admin API v2, the part about jobs.
class RunJobs {
public:
    explicit RunJobs(ApiClient& api) : api_{api} {}

    /// Sends `jobs.run` once; no retries, whatever happens, for it has no idempotency key. Any
    /// status is an answer.
    /// @throws Error as Transport::send.
    http::Response run(const JobName& job,
                       const std::vector<std::pair<std::string, std::string>>& env,
                       std::chrono::milliseconds patience, std::stop_token stop);
    /// The execution that a 2xx answer of `run` names. Nothing: it names none.
    static std::optional<RunExecution> started(const http::Response& answer);
    /// What any other answer of `run` means: the job that is not there, the role to grant.
    Error refusal(const JobName& job, const http::Response& answer, std::stop_token stop);

    /// @param name  `projects/P/locations/R/jobs/J/executions/E`, here and below.
    std::optional<RunExecution> find_execution(const std::string& name, std::stop_token stop);
    /// Those created since then, newest first; all pages until one whose executions are all older.
    std::vector<RunExecution> executions(const JobName& job, Clock::TimePoint since,
                                         std::stop_token stop);
    /// An execution that ended or is gone is no error.
    void cancel_execution(const std::string& name, std::stop_token stop);
    /// Nothing of an execution that is gone.
    std::vector<TaskEnd> tasks(const std::string& execution, std::stop_token stop);

    ApiClient& api() { return api_; }

private:
    ApiClient& api_;
};

}  // namespace sheetbq::gcp
