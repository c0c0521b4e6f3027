#include "run_json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;
using State = CloudRunTask::State;

constexpr int sigkill = 9;

std::string seconds_text(std::chrono::milliseconds time) {
    return fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

void add_count(json::object& object, std::string_view name, int count) {
    if (count != 0) object[name] = count;
}

json::array env_json(const std::vector<std::pair<std::string, std::string>>& env) {
    json::array out;
    for (const auto& [name, value] : env) {
        json::object variable{{"name", name}};
        if (!value.empty()) variable["value"] = value;
        out.push_back(std::move(variable));
    }
    return out;
}

std::string log_uri(const CloudRunExecution& execution) {
    const auto project = execution.job.substr(9, execution.job.find('/', 9) - 9);
    return fmt::format(
        "https://console.cloud.google.com/logs/viewer?project={}&advancedFilter="
        "resource.type%3D%22cloud_run_job%22%0Alabels.%22run.googleapis.com/execution_name%22%3D"
        "%22{}%22",
        project, execution.short_name());
}

std::string failure_text(const CloudRunExecution& execution, std::size_t index) {
    const auto& end = execution.tasks[index].last.value_or(AttemptEnd{});
    if (end.timed_out)
        return fmt::format(
            "Terminating task because it has reached the maximum timeout of {} "
            "seconds. To change this limit, see "
            "https://cloud.google.com/run/docs/configuring/task-timeout",
            execution.timeout.count() / 1000);
    if (end.signal == sigkill)
        return "The container was terminated because it exceeded its memory limit.";
    if (end.signal != 0) return fmt::format("Container terminated on signal {}.", end.signal);
    return fmt::format("The container exited with an error: exit({}).", end.exit_code);
}

/// Condition `Completed` but for its time.
json::object completed(const RunView& view, const CloudRunExecution& execution) {
    json::object condition{{"type", "Completed"}};
    const bool cancelled = !execution.cancelled_by.empty();
    if (!execution.ended_at) {
        condition["state"] = "CONDITION_RECONCILING";
        if (view.world.polling_errors > 0) {
            --view.world.polling_errors;
            condition["executionReason"] = "JOB_STATUS_SERVICE_POLLING_ERROR";
            condition["message"] = "System will retry after 0:00 from lack of resources.";
        } else if (cancelled) {
            condition["executionReason"] = "CANCELLING";
        }
        return condition;
    }
    if (execution.count(State::succeeded) == static_cast<int>(execution.tasks.size())) {
        condition["state"] = "CONDITION_SUCCEEDED";
        condition["message"] = "Execution completed successfully.";
        return condition;
    }
    condition["state"] = "CONDITION_FAILED";
    condition["executionReason"] = cancelled ? "CANCELLED" : "NON_ZERO_EXIT_CODE";
    const auto failed = static_cast<std::size_t>(
        std::ranges::find(execution.tasks, State::failed, &CloudRunTask::state) -
        execution.tasks.begin());
    condition["message"] =
        cancelled || failed == execution.tasks.size()
            ? std::string{"Execution was cancelled."}
            : fmt::format("Task {}-task{} failed with message: {}", execution.short_name(), failed,
                          failure_text(execution, failed));
    return condition;
}

json::object template_json(const CloudRunJob& job, const CloudRunExecution& execution) {
    json::object container{{"name", job.container}, {"image", job.image}};
    if (!execution.args.empty())
        container["args"] = json::array(execution.args.begin(), execution.args.end());
    container["env"] = env_json(execution.env);
    json::object out{{"containers", json::array{std::move(container)}},
                     {"timeout", seconds_text(execution.timeout)},
                     {"serviceAccount", job.service_account},
                     {"executionEnvironment", "EXECUTION_ENVIRONMENT_GEN2"}};
    add_count(out, "maxRetries", execution.max_retries);
    return out;
}

json::object task_result(const CloudRunExecution& execution, std::size_t index) {
    const auto& end = *execution.tasks[index].last;
    json::object result{{"status", json::object{}}};
    if (end.exit_code == 0 && end.signal == 0 && !end.timed_out) return result;
    result["status"] =
        json::object{{"code", end.timed_out ? 4 : 2}, {"message", failure_text(execution, index)}};
    if (end.signal != 0) result["termSignal"] = end.signal;
    if (end.exit_code != 0) result["exitCode"] = end.exit_code;
    return result;
}

std::string_view completion_status(const CloudRunExecution& execution) {
    if (!execution.ended_at) return "EXECUTION_RUNNING";
    if (!execution.cancelled_by.empty()) return "EXECUTION_CANCELLED";
    return execution.count(State::failed) == 0 ? "EXECUTION_SUCCEEDED" : "EXECUTION_FAILED";
}

}  // namespace

std::string RunView::shown(const std::string& name) const {
    if (!world.names_with_number) return name;
    return fmt::format("projects/{}{}", project_number, name.substr(name.find('/', 9)));
}

json::object job_json(const RunView& view, const std::string& name, const CloudRunJob& job) {
    json::object out{{"name", view.shown(name)}, {"uid", "job"}, {"generation", "1"}};
    json::object container{{"name", job.container}, {"image", job.image}};
    if (!job.env.empty()) container["env"] = env_json(job.env);
    json::object task{{"containers", json::array{std::move(container)}},
                      {"timeout", seconds_text(job.timeout)},
                      {"serviceAccount", job.service_account}};
    add_count(task, "maxRetries", job.max_retries);
    out["template"] = json::object{{"taskCount", job.task_count}, {"template", std::move(task)}};
    int count = 0;
    const CloudRunExecution* latest = nullptr;
    for (const auto& execution : view.world.executions)
        if (execution.job == name && is_visible(view.world, execution, view.now)) {
            ++count;
            latest = &execution;
        }
    add_count(out, "executionCount", count);
    if (latest != nullptr) {
        json::object reference{{"name", latest->short_name()},
                               {"createTime", to_rfc3339(shown_create_time(view.world, *latest))},
                               {"completionStatus", completion_status(*latest)}};
        if (latest->ended_at) reference["completionTime"] = to_rfc3339(*latest->ended_at);
        out["latestCreatedExecution"] = std::move(reference);
    }
    return out;
}

json::object execution_json(const RunView& view, const CloudRunExecution& execution) {
    const auto created = to_rfc3339(shown_create_time(view.world, execution));
    const auto changed = execution.ended_at ? to_rfc3339(*execution.ended_at) : created;
    json::object out{{"name", view.shown(execution.name)},
                     {"uid", execution.uid},
                     {"generation", "1"},
                     {"createTime", created},
                     {"startTime", to_rfc3339(execution.created_at)},
                     {"updateTime", changed},
                     {"launchStage", "GA"},
                     {"job", execution.job.substr(execution.job.rfind('/') + 1)},
                     {"parallelism", 1},
                     {"taskCount", execution.tasks.size()},
                     {"template", template_json(view.world.jobs.at(execution.job), execution)},
                     {"observedGeneration", "1"},
                     {"logUri", log_uri(execution)},
                     {"creator", execution.creator},
                     {"etag", fmt::format("\"{}-{}\"", execution.sequence, changed)}};
    if (execution.ended_at)
        out["completionTime"] = changed;
    else
        out["reconciling"] = true;
    add_count(out, "runningCount", execution.count(State::running));
    add_count(out, "succeededCount", execution.count(State::succeeded));
    add_count(out, "failedCount", execution.count(State::failed));
    add_count(out, "cancelledCount", execution.count(State::cancelled));
    add_count(out, "retriedCount",
              static_cast<int>(std::ranges::count_if(
                  execution.tasks, [](const auto& task) { return task.retried > 0; })));
    auto condition = completed(view, execution);
    condition["lastTransitionTime"] = changed;
    out["conditions"] =
        json::array{std::move(condition),
                    json::object{{"type", "ResourcesAvailable"}, {"state", "CONDITION_SUCCEEDED"}},
                    json::object{{"type", "Started"}, {"state", "CONDITION_SUCCEEDED"}}};
    return out;
}

json::array tasks_json(const RunView& view, const CloudRunExecution& execution) {
    json::array out;
    for (std::size_t index = 0; index < execution.tasks.size(); ++index) {
        const auto& task = execution.tasks[index];
        json::object entry{{"name", fmt::format("{}/tasks/{}-task{}", view.shown(execution.name),
                                                execution.short_name(), index)},
                           {"job", execution.job.substr(execution.job.rfind('/') + 1)},
                           {"execution", execution.short_name()},
                           {"createTime", to_rfc3339(execution.created_at)},
                           {"startTime", to_rfc3339(execution.created_at)},
                           {"timeout", seconds_text(execution.timeout)},
                           {"logUri", log_uri(execution)}};
        add_count(entry, "index", static_cast<int>(index));
        add_count(entry, "maxRetries", execution.max_retries);
        add_count(entry, "retried", task.retried);
        if (task.last) entry["lastAttemptResult"] = task_result(execution, index);
        if (task.ended_at) entry["completionTime"] = to_rfc3339(*task.ended_at);
        out.push_back(std::move(entry));
    }
    return out;
}

json::object operation_json(const RunView& view, const CloudRunExecution& execution) {
    auto resource = execution_json(view, execution);
    resource["@type"] = "type.googleapis.com/google.cloud.run.v2.Execution";
    json::object out{{"name", view.shown(execution.operation)}, {"metadata", resource}};
    if (!execution.ended_at) return out;
    out["done"] = true;
    if (execution.count(State::failed) > 0)
        out["error"] =
            json::object{{"code", 2}, {"message", resource.at("conditions").at(0).at("message")}};
    else
        out["response"] = std::move(resource);
    return out;
}

}  // namespace sheetbq::sandbox
