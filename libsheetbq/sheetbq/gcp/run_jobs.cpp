#include "sheetbq/gcp/run_jobs.hpp"

#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr std::string_view root = "https://run.googleapis.com/v2/";
constexpr int executions_a_page = 100;
constexpr int deadline_exceeded = 4;  // google.rpc.Code
constexpr std::string_view execution_fields =
    "name,uid,createTime,completionTime,taskCount,succeededCount,failedCount,cancelledCount,"
    "conditions,logUri,template(containers(env))";

/// `projects/P/...` with each part escaped.
std::string url_of(std::string_view name) {
    std::string url{root};
    while (true) {
        const auto end = std::min(name.find('/'), name.size());
        url += http::escape(name.substr(0, end));
        if (end == name.size()) return url;
        url += '/';
        name.remove_prefix(end + 1);
    }
}

/// What stands behind `collection` in `projects/P/locations/R/...`; "" when it is not there.
std::string part_of(std::string_view name, std::string_view collection) {
    while (!name.empty()) {
        const auto take = [&name] {
            const auto part = name.substr(0, name.find('/'));
            name.remove_prefix(std::min(part.size() + 1, name.size()));
            return part;
        };
        const auto kind = take();
        const auto value = take();
        if (kind == collection) return std::string{value};
    }
    return {};
}

/// The job of an execution's name.
JobName job_of(std::string_view name) {
    return {.project = part_of(name, "projects"),
            .region = part_of(name, "locations"),
            .job = part_of(name, "jobs")};
}

bool lacks_permission(const Refusal& refusal) {
    return refusal.status == 403 &&
           (refusal.reason.empty() || refusal.reason == "IAM_PERMISSION_DENIED");
}

Error no_permission(const Refusal& refusal, const JobName& job, std::string_view what,
                    std::string_view role) {
    return Error{Code::permission_denied,
                 fmt::format("{} may not {} the Cloud Run job {}", refusal.account, what, job.job)}
        .because(in_google_words(refusal))
        .fix(fmt::format(
            "Run: gcloud run jobs add-iam-policy-binding {} --project={} --region={} --member={} "
            "--role={}",
            job.job, job.project, job.region, iam_member(refusal.account), role));
}

Error explain_start(const Refusal& refusal, const JobName& job) {
    if (refusal.status == 404)
        return Error{Code::not_found, fmt::format("there is no Cloud Run job {} in {} of {}",
                                                  job.job, job.region, job.project)}
            .because(in_google_words(refusal))
            .fix(fmt::format(
                "Correct its name (gcloud run jobs list --project={0} shows those that exist), or "
                "create it: gcloud run jobs create {2} --project={0} --region={1} --image=IMAGE "
                "--max-retries=1",
                job.project, job.region, job.job));
    if (lacks_permission(refusal))
        return no_permission(refusal, job, "start", "roles/run.jobsExecutorWithOverrides");
    return to_error(refusal);
}

/// For calls about executions; a missing job and a missing execution look alike.
Explain explain_reading(const JobName& job) {
    return [job](const Refusal& refusal) {
        if (lacks_permission(refusal))
            return no_permission(refusal, job, "see the executions of", "roles/run.viewer");
        return refusal.status == 404 ? explain_start(refusal, job) : to_error(refusal);
    };
}

const json::object& completed_condition(const json::object& resource) {
    static const json::object nothing;
    for (const auto& condition : array_at(resource, "conditions"))
        if (condition.is_object() && text_at(condition.get_object(), "type") == "Completed")
            return condition.get_object();
    return nothing;
}

RunExecution read_execution(const json::object& resource) {
    const auto& completed = completed_condition(resource);
    RunExecution execution{.name = text_at(resource, "name"),
                           .uid = text_at(resource, "uid"),
                           .create_time = text_at(resource, "createTime"),
                           .completion_time = text_at(resource, "completionTime"),
                           .task_count = int_at(resource, "taskCount", 1),
                           .succeeded = int_at(resource, "succeededCount"),
                           .failed = int_at(resource, "failedCount"),
                           .cancelled = int_at(resource, "cancelledCount"),
                           .completed_state = text_at(completed, "state"),
                           .reason = text_at(completed, "executionReason"),
                           .message = text_at(completed, "message"),
                           .log_uri = text_at(resource, "logUri"),
                           .env = {}};
    if (execution.reason.empty()) execution.reason = text_at(completed, "reason");
    const auto& containers = array_at(object_at(resource, "template"), "containers");
    if (containers.empty() || !containers.front().is_object()) return execution;
    for (const auto& variable : array_at(containers.front().get_object(), "env"))
        if (variable.is_object())
            execution.env.emplace_back(text_at(variable.get_object(), "name"),
                                       text_at(variable.get_object(), "value"));
    return execution;
}

/// A task without a result has not ended; one whose result says nothing ended well, since zeros are
/// left out of the JSON.
TaskEnd read_task(const json::object& task) {
    const auto* result = task.if_contains("lastAttemptResult");
    if (result == nullptr || !result->is_object()) return {};
    const auto& attempt = result->get_object();
    const auto& status = object_at(attempt, "status");
    TaskEnd end{.exit_code = {},
                .signal = int_at(attempt, "termSignal"),
                .message = text_at(status, "message"),
                .timed_out = int_at(status, "code") == deadline_exceeded};
    if (attempt.contains("exitCode") || (end.signal == 0 && int_at(status, "code") == 0))
        end.exit_code = int_at(attempt, "exitCode");
    return end;
}

/// Asks for pages until there are no more, or `take` has enough.
void each_page(ApiClient& api, const std::string& url, const Explain& explain,
               const std::function<bool(const json::object& page)>& take, std::stop_token stop) {
    std::string token;
    while (true) {
        const auto page =
            api.json({.url = token.empty() ? url : url + "&pageToken=" + http::escape(token),
                      .explain = explain},
                     stop);
        const auto next = text_at(page.as_object(), "nextPageToken");
        if (!take(page.as_object()) || next.empty()) return;
        if (next == token)
            throw Error{Code::unavailable, "Cloud Run's list does not end"}
                .because("a page names itself as the next one")
                .fix("Run again.");
        token = next;
    }
}

}  // namespace

std::string JobName::path() const {
    return fmt::format("projects/{}/locations/{}/jobs/{}", project, region, job);
}

http::Response RunJobs::run(const JobName& job,
                            const std::vector<std::pair<std::string, std::string>>& env,
                            std::chrono::milliseconds patience, std::stop_token stop) {
    json::array variables;
    for (const auto& [name, value] : env)
        variables.push_back(json::object{{"name", name}, {"value", value}});
    const auto body = json::serialize(json::object{
        {"overrides", json::object{{"containerOverrides",
                                    json::array{json::object{{"env", std::move(variables)}}}}}}});
    http::Request request{.method = http::Method::post,
                          .url = url_of(job.path()) + ":run?prettyPrint=false",
                          .headers = {{"content-type", "application/json; charset=UTF-8"}},
                          .body = {body}};
    auto& timeouts = request.timeouts;
    timeouts.connect = std::min(timeouts.connect, patience);
    timeouts.idle = timeouts.total = patience;
    return api_.once(request, nullptr, std::move(stop));
}

std::optional<RunExecution> RunJobs::started(const http::Response& answer) {
    boost::system::error_code problem;
    const auto operation = json::parse(answer.body, problem);
    if (problem || !operation.is_object()) return std::nullopt;
    auto execution = read_execution(object_at(operation.get_object(), "metadata"));
    if (part_of(execution.name, "executions").empty()) return std::nullopt;
    return execution;
}

Error RunJobs::refusal(const JobName& job, const http::Response& answer, std::stop_token stop) {
    const auto url = url_of(job.path());
    try {
        return explain_start(api_.refusal_of(answer, url, std::move(stop)), job);
    } catch (const Error&) {  // stopped while asking who we are; the refusal stands all the same
        auto refusal = read_refusal(answer, url, api_.clock().now());
        refusal.account = "this account";
        return explain_start(refusal, job);
    }
}

std::optional<RunExecution> RunJobs::find_execution(const std::string& name, std::stop_token stop) {
    const auto answer = api_.find({.url = fmt::format("{}?prettyPrint=false&fields={}",
                                                      url_of(name), http::escape(execution_fields)),
                                   .explain = explain_reading(job_of(name))},
                                  std::move(stop));
    if (!answer) return std::nullopt;
    return read_execution(answer->as_object());
}

std::vector<RunExecution> RunJobs::executions(const JobName& job, Clock::TimePoint since,
                                              std::stop_token stop) {
    std::vector<RunExecution> found;
    // One that has no time yet is new.
    const auto is_old = [since](const RunExecution& execution) {
        const auto created = from_rfc3339(execution.create_time);
        return created && *created < since;
    };
    const auto take = [&](const json::object& page) {
        const auto& executions = array_at(page, "executions");
        bool any_new = executions.empty();
        for (const auto& resource : executions) {
            if (!resource.is_object()) continue;
            auto execution = read_execution(resource.get_object());
            if (is_old(execution)) continue;
            any_new = true;
            found.push_back(std::move(execution));
        }
        return any_new;
    };
    each_page(
        api_,
        fmt::format("{}/executions?prettyPrint=false&pageSize={}&fields={}", url_of(job.path()),
                    executions_a_page,
                    http::escape(fmt::format("nextPageToken,executions({})", execution_fields))),
        explain_reading(job), take, std::move(stop));
    const auto time = [](const RunExecution& execution) {
        return from_rfc3339(execution.create_time).value_or(Clock::TimePoint::max());
    };
    std::stable_sort(found.begin(), found.end(),
                     [&](const auto& a, const auto& b) { return time(a) > time(b); });
    return found;
}

void RunJobs::cancel_execution(const std::string& name, std::stop_token stop) {
    bool over = false;
    try {
        api_.json({.method = http::Method::post,
                   .url = url_of(name) + ":cancel?prettyPrint=false",
                   .body = "{}",
                   .explain =
                       [&](const Refusal& refusal) {
                           over = refusal.status == 404 || refusal.name == "FAILED_PRECONDITION";
                           const auto job = job_of(name);
                           if (lacks_permission(refusal))
                               return no_permission(refusal, job, "cancel executions of",
                                                    "roles/run.jobsExecutorWithOverrides");
                           return to_error(refusal);
                       }},
                  std::move(stop));
    } catch (const Error&) {
        if (!over) throw;
    }
}

std::vector<TaskEnd> RunJobs::tasks(const std::string& execution, std::stop_token stop) {
    std::vector<TaskEnd> ends;
    bool gone = false;
    const auto explain = [&](const Refusal& refusal) {
        gone = refusal.status == 404;
        return explain_reading(job_of(execution))(refusal);
    };
    const auto take = [&](const json::object& page) {
        for (const auto& task : array_at(page, "tasks"))
            if (task.is_object()) ends.push_back(read_task(task.get_object()));
        return true;
    };
    try {
        each_page(
            api_,
            fmt::format("{}/tasks?prettyPrint=false&pageSize=100&fields={}", url_of(execution),
                        http::escape("nextPageToken,tasks(index,lastAttemptResult)")),
            explain, take, std::move(stop));
    } catch (const Error&) {
        if (!gone) throw;
    }
    return ends;
}

}  // namespace sheetbq::gcp
