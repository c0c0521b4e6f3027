#include "run_world.hpp"

#include "target.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {
namespace {

using State = CloudRunTask::State;

/// Attempts are told apart by execution, task and number of the retry.
constexpr std::uint64_t most_tasks = 10'000;
constexpr std::uint64_t most_attempts = 16;

std::uint64_t attempt_id(const CloudRunExecution& execution, std::size_t task) {
    const auto retried = static_cast<std::uint64_t>(execution.tasks[task].retried);
    return (execution.sequence * most_tasks + task) * most_attempts + retried;
}

/// Five characters that no other of the first 60 million executions has.
std::string suffix(std::uint64_t number) {
    constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::uint64_t all = 36ULL * 36 * 36 * 36 * 36;
    std::uint64_t rest = number * 25'214'903 % all;
    std::string out;
    for (int i = 0; i < 5; ++i) {
        out += digits[rest % digits.size()];
        rest /= digits.size();
    }
    return out;
}

std::string uuid_of(std::uint64_t kind, std::uint64_t number) {
    const auto mixed = number * 0x9E3779B97F4A7C15ULL;
    return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", mixed >> 32U, mixed & 0xFFFFU, kind,
                       (mixed >> 16U) & 0xFFFU, number);
}

std::string place_of(const std::string& job) { return job.substr(0, job.find("/jobs/")); }

void start_attempt(RunWorld& world, const CloudRunExecution& execution, std::size_t task,
                   Clock::TimePoint at) {
    Attempt attempt{.id = attempt_id(execution, task),
                    .env = {execution.env.begin(), execution.env.end()},
                    .args = execution.args,
                    .timeout = execution.timeout};
    attempt.env["CLOUD_RUN_JOB"] = execution.job.substr(execution.job.rfind('/') + 1);
    attempt.env["CLOUD_RUN_EXECUTION"] = execution.short_name();
    attempt.env["CLOUD_RUN_TASK_INDEX"] = std::to_string(task);
    attempt.env["CLOUD_RUN_TASK_ATTEMPT"] = std::to_string(execution.tasks[task].retried);
    attempt.env["CLOUD_RUN_TASK_COUNT"] = std::to_string(execution.tasks.size());
    world.runner->start(attempt, at);
}

void forget_old(RunWorld& world, const std::string& job) {
    std::vector<CloudRunExecution*> ended;
    for (auto& execution : world.executions)
        if (execution.job == job && execution.ended_at && !execution.forgotten)
            ended.push_back(&execution);
    if (ended.size() <= world.retention) return;
    std::ranges::sort(ended, {}, [](const auto* execution) { return *execution->ended_at; });
    ended.resize(ended.size() - world.retention);
    for (auto* execution : ended) execution->forgotten = true;
}

void end_execution(RunWorld& world, CloudRunExecution& execution, Clock::TimePoint at) {
    if (execution.count(State::running) > 0) return;
    execution.ended_at = at;
    forget_old(world, execution.job);
    if (world.on_end) world.on_end(execution);
}

void end_attempt(RunWorld& world, CloudRunExecution& execution, std::size_t index,
                 const AttemptNews& news) {
    auto& task = execution.tasks[index];
    task.last = news.end;
    const bool failed = news.end.exit_code != 0 || news.end.signal != 0 || news.end.timed_out;
    if (execution.cancelled_by.empty() && failed && task.retried < execution.max_retries) {
        ++task.retried;
        start_attempt(world, execution, index, news.at);
        return;
    }
    task.state = !execution.cancelled_by.empty() ? State::cancelled
                 : failed                        ? State::failed
                                                 : State::succeeded;
    task.ended_at = news.at;
    end_execution(world, execution, news.at);
}

void log_line(LoggingWorld& logging, const CloudRunExecution& execution, std::size_t task,
              const AttemptNews& news) {
    const auto parts = split(execution.name, '/');
    write_line(logging,
               {.project = parts.at(1),
                .region = parts.at(3),
                .job = parts.at(5),
                .execution = parts.at(7),
                .task = static_cast<int>(task),
                .attempt = execution.tasks[task].retried,
                .is_stderr = news.kind == AttemptNews::Kind::err},
               news.line, news.at);
}

}  // namespace

std::string CloudRunExecution::variable(std::string_view name_of_it) const {
    const auto found =
        std::ranges::find(env, name_of_it, &std::pair<std::string, std::string>::first);
    return found == env.end() ? std::string{} : found->second;
}

int CloudRunExecution::count(CloudRunTask::State state) const {
    return static_cast<int>(std::ranges::count(tasks, state, &CloudRunTask::state));
}

RunWorld::RunWorld()
    : runner{make_scripted_runner(
          [this](const ContainerEnv& env) { return script ? script(env) : ScriptedRun{}; })} {}

CloudRunExecution& create_execution(RunWorld& world, const RunOrder& order, Clock::TimePoint now) {
    const auto sequence = world.executions.size() + 1;
    // Names differ from those of a sandbox that ran before this one.
    const auto since_epoch =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto number = sequence + static_cast<std::uint64_t>(since_epoch);
    const auto short_job = order.job.substr(order.job.rfind('/') + 1);
    const auto max_retries = world.jobs.at(order.job).max_retries;
    auto& execution = world.executions.emplace_back(CloudRunExecution{
        .sequence = sequence,
        .job = order.job,
        .name = fmt::format("{}/executions/{}-{}", order.job, short_job, suffix(number)),
        .uid = uuid_of(1, number),
        .operation = fmt::format("{}/operations/{}", place_of(order.job), uuid_of(2, number)),
        .env = order.env,
        .args = order.args,
        .max_retries = max_retries,
        .timeout = order.timeout,
        .creator = order.creator,
        .created_at = now});
    execution.tasks.resize(static_cast<std::size_t>(order.task_count));
    for (std::size_t task = 0; task < execution.tasks.size(); ++task)
        start_attempt(world, execution, task, now);
    return execution;
}

void cancel_execution(RunWorld& world, CloudRunExecution& execution, const std::string& account,
                      Clock::TimePoint now) {
    if (execution.ended_at || !execution.cancelled_by.empty()) return;
    execution.cancelled_by = account;
    for (std::size_t task = 0; task < execution.tasks.size(); ++task)
        if (execution.tasks[task].state == State::running)
            world.runner->stop(attempt_id(execution, task), now);
}

void advance(RunWorld& world, LoggingWorld& logging, Clock::TimePoint now) {
    for (auto batch = world.runner->news(now); !batch.empty(); batch = world.runner->news(now))
        for (const auto& news : batch) {
            const auto task_id = news.id / most_attempts;
            auto& execution = world.executions.at(task_id / most_tasks - 1);
            const auto task = static_cast<std::size_t>(task_id % most_tasks);
            if (news.kind == AttemptNews::Kind::end)
                end_attempt(world, execution, task, news);
            else
                log_line(logging, execution, task, news);
        }
}

bool is_visible(const RunWorld& world, const CloudRunExecution& execution, Clock::TimePoint now) {
    return !execution.forgotten && execution.created_at + world.list_lag <= now;
}

Clock::TimePoint shown_create_time(const RunWorld& world, const CloudRunExecution& execution) {
    const auto span = world.create_time_disorder.count();
    if (span == 0) return execution.created_at;
    const auto spread = static_cast<std::uint64_t>(2 * span + 1);
    const auto off = execution.sequence * 0x9E3779B97F4A7C15ULL % spread;
    return execution.created_at + std::chrono::milliseconds{static_cast<std::int64_t>(off) - span};
}

}  // namespace sheetbq::sandbox
