#pragma once

#include "job_runner.hpp"
#include "logging_world.hpp"
#include "sheetbq/core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sheetbq::sandbox {

/// A Cloud Run job, as far as executions depend on it.
struct CloudRunJob {
    std::string image = "europe-docker.pkg.dev/demo-project/sheetbq/job:latest";
    std::string container = "job-1";
    std::vector<std::pair<std::string, std::string>> env{};
    int task_count = 1;
    int max_retries = 3;                         ///< Cloud Run's default
    std::chrono::milliseconds timeout{600'000};  ///< of an attempt
    std::string service_account = "job@demo-project.iam.gserviceaccount.com";
    /// What an account may do here, e.g. `run.jobs.run`; accounts that are not named may do all.
    std::map<std::string, std::set<std::string>> permissions{};
};

/// A task of an execution.
struct CloudRunTask {
    enum class State { running, succeeded, failed, cancelled };
    State state = State::running;
    int retried = 0;
    std::optional<AttemptEnd> last{};  ///< how its last ended attempt ended
    std::optional<Clock::TimePoint> ended_at{};
};

/// An execution; together they are the journal, for none is ever deleted from it.
struct CloudRunExecution {
    std::uint64_t sequence = 0;  ///< 1, 2 ... in order of creation
    std::string job{};           ///< `projects/P/locations/R/jobs/J`
    std::string name{};          ///< `projects/P/locations/R/jobs/J/executions/E`
    std::string uid{};
    std::string operation{};  ///< `projects/P/locations/R/operations/UUID`
    std::vector<std::pair<std::string, std::string>> env{};
    std::vector<std::string> args{};
    int max_retries = 0;
    std::chrono::milliseconds timeout{0};
    std::string creator{};  ///< account
    Clock::TimePoint created_at{};
    std::optional<Clock::TimePoint> ended_at{};
    std::string cancelled_by{};  ///< account; "": nobody
    bool forgotten = false;      ///< past the retention: the service knows it no longer
    std::vector<CloudRunTask> tasks{};

    /// Its value of a variable, e.g. SHEETBQ_RUN_ID; "" when it has none.
    std::string variable(std::string_view name) const;
    int count(CloudRunTask::State state) const;
    std::string short_name() const { return name.substr(name.rfind('/') + 1); }
};

/// Cloud Run as the sandbox knows it.
struct RunWorld {
    RunWorld();

    std::map<std::string, CloudRunJob> jobs;  ///< by name, with the project's id
    /// What attempts do when nothing else is said (see `runner`). Empty: each succeeds.
    JobScript script;
    std::unique_ptr<JobRunner> runner;  ///< asks `script`, unless another one is put here

    std::chrono::milliseconds list_lag{0};              ///< an execution cannot be seen for so long
    std::chrono::milliseconds create_time_disorder{0};  ///< createTime is off by up to this
    std::size_t retention = 1'000;     ///< ended executions of a job that are still known
    std::size_t most_running = 1'000;  ///< in a project and region
    int runs_a_minute = 0;             ///< quota of jobs.run in a project and region; 0 = none
    int page_size = 1'000;             ///< executions in one answer at most
    int polling_errors = 0;            ///< so many answers show JOB_STATUS_SERVICE_POLLING_ERROR
    bool names_with_number = false;    ///< answers name the project by its number

    std::deque<CloudRunExecution> executions;  ///< the journal
    /// Called under the lock when an execution has ended.
    std::function<void(const CloudRunExecution&)> on_end;
    std::map<std::string, std::deque<Clock::TimePoint>> starts;  ///< by `projects/P/locations/R`
};

/// What jobs.run asks for, checked.
struct RunOrder {
    std::string job;
    std::vector<std::pair<std::string, std::string>> env;  ///< merged with the job's
    std::vector<std::string> args;
    int task_count = 1;
    std::chrono::milliseconds timeout{0};
    std::string creator;
};

CloudRunExecution& create_execution(RunWorld& world, const RunOrder& order, Clock::TimePoint now);
void cancel_execution(RunWorld& world, CloudRunExecution& execution, const std::string& account,
                      Clock::TimePoint now);
/// Takes in what the runner has to tell: lines go to the log, ended attempts are repeated or end
/// their execution.
void advance(RunWorld& world, LoggingWorld& logging, Clock::TimePoint now);

/// Whether the service tells of it: not too new, not too old.
bool is_visible(const RunWorld& world, const CloudRunExecution& execution, Clock::TimePoint now);
/// createTime as the service tells it.
Clock::TimePoint shown_create_time(const RunWorld& world, const CloudRunExecution& execution);

}  // namespace sheetbq::sandbox
