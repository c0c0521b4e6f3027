// Cloud Run Admin API v2, jobs: run, get, testIamPermissions; executions, tasks and operations.

#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"
#include "routes.hpp"
#include "run_json.hpp"
#include "run_request.hpp"
#include "sandbox.hpp"
#include "signing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;
using http::Method;

/// What refuses a call: thrown by handlers, answered in one place.
struct Refused {
    Answer answer;
};

[[noreturn]] void refuse(int code, std::string_view status, std::string_view message,
                         json::array details = {}) {
    throw Refused{new_style_error(code, status, message, std::move(details))};
}

/// `projects/P/locations/R/jobs/J` of a path `/v2/projects/P/...`, with the project's id.
std::string name_in(const Sandbox& sandbox, const Call& call, std::size_t segments) {
    const auto& identities = sandbox.identities;
    std::string name;
    for (std::size_t i = 1; i <= segments; ++i) {
        auto part = call.path.at(i);
        part = part.substr(0, i == segments ? part.find(':') : part.size());
        if (i == 2 && part == identities.project_number) part = identities.project_id;
        name += (name.empty() ? "" : "/") + part;
    }
    return name;
}

[[noreturn]] void deny(const std::string& permission, const std::string& resource) {
    refuse(403, "PERMISSION_DENIED",
           fmt::format("Permission '{}' denied on resource '{}' (or resource may not exist).",
                       permission, resource),
           {json::object{
               {"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
               {"reason", "IAM_PERMISSION_DENIED"},
               {"domain", "iam.googleapis.com"},
               {"metadata", json::object{{"permission", permission}, {"resource", resource}}}}});
}

bool may(const CloudRunJob& job, const std::string& account, const std::string& permission) {
    const auto known = job.permissions.find(account);
    return known == job.permissions.end() || known->second.contains(permission);
}

constexpr std::size_t job_segments = 6;
constexpr std::size_t execution_segments = 8;

CloudRunJob& find_job(Sandbox& sandbox, const Call& call, const std::string& permission) {
    const auto name = name_in(sandbox, call, job_segments);
    const auto found = sandbox.run.jobs.find(name);
    if (found == sandbox.run.jobs.end())
        refuse(404, "NOT_FOUND",
               fmt::format("Resource '{}' of kind 'JOB' in region '{}' in project '{}' does not "
                           "exist.",
                           name.substr(name.rfind('/') + 1), call.path.at(4), call.path.at(2)));
    if (!permission.empty() && !may(found->second, call.account, permission))
        deny(permission, name);
    return found->second;
}

CloudRunExecution& find_execution(Sandbox& sandbox, const Call& call,
                                  const std::string& permission) {
    find_job(sandbox, call, permission);
    const auto name = name_in(sandbox, call, execution_segments);
    auto& executions = sandbox.run.executions;
    const auto found = std::ranges::find(executions, name, &CloudRunExecution::name);
    if (found == executions.end() || !is_visible(sandbox.run, *found, sandbox.clock().now()))
        refuse(404, "NOT_FOUND",
               fmt::format("Resource '{}' of kind 'EXECUTION' in region '{}' in project '{}' does "
                           "not exist.",
                           name.substr(name.rfind('/') + 1), call.path.at(4), call.path.at(2)));
    return *found;
}

RunView view_of(Sandbox& sandbox) {
    return {.world = sandbox.run,
            .now = sandbox.clock().now(),
            .project_number = sandbox.identities.project_number};
}

/// The quota of starts a minute, and the cap of what runs at once.
void check_quota(Sandbox& sandbox, const std::string& place) {
    auto& world = sandbox.run;
    const auto now = sandbox.clock().now();
    auto& starts = world.starts[place];
    while (!starts.empty() && starts.front() + std::chrono::minutes{1} <= now) starts.pop_front();
    const auto running = std::ranges::count_if(world.executions, [&](const auto& execution) {
        return !execution.ended_at && execution.job.starts_with(place + "/");
    });
    if (world.runs_a_minute > 0 && std::cmp_greater_equal(starts.size(), world.runs_a_minute))
        refuse(429, "RESOURCE_EXHAUSTED",
               "Quota exceeded for quota metric 'Job run requests' and limit 'Job run requests "
               "per minute per region' of service 'run.googleapis.com' for consumer "
               "'project_number:" +
                   sandbox.identities.project_number + "'.");
    if (std::cmp_greater_equal(running, world.most_running))
        refuse(429, "RESOURCE_EXHAUSTED", "Too many executions are already running.");
    starts.push_back(now);
}

Answer run_job(Sandbox& sandbox, const Call& call) {
    const auto& job = find_job(sandbox, call, "run.jobs.run");
    const auto name = name_in(sandbox, call, job_segments);
    const auto request = call.body.empty() ? json::object{} : parse_object(call.body);
    if (has_overrides(request) && !may(job, call.account, "run.jobs.runWithOverrides"))
        deny("run.jobs.runWithOverrides", name);
    auto order = read_order(request, name, job);
    order.creator = call.account;
    if (flag_member(request, "validateOnly")) return json_answer(json::object{{"done", true}});
    check_quota(sandbox, name.substr(0, name.find("/jobs/")));
    const auto& execution = create_execution(sandbox.run, order, sandbox.clock().now());
    return json_answer(operation_json(view_of(sandbox), execution));
}

Answer get_job(Sandbox& sandbox, const Call& call) {
    const auto& job = find_job(sandbox, call, "run.jobs.get");
    return json_answer(job_json(view_of(sandbox), name_in(sandbox, call, job_segments), job));
}

Answer test_permissions(Sandbox& sandbox, const Call& call) {
    const auto& job = find_job(sandbox, call, {});
    const auto request = parse_object(call.body);
    constexpr auto known = std::to_array<std::string_view>({"permissions"});
    check_members(request, known, "request");
    const auto* asked = request.if_contains("permissions");
    json::array granted;
    if (asked != nullptr && asked->is_array())
        for (const auto& permission : asked->get_array())
            if (permission.is_string() &&
                may(job, call.account, std::string{permission.get_string()}))
                granted.push_back(permission);
    return json_answer(json::object{{"permissions", std::move(granted)}});
}

Answer get_execution(Sandbox& sandbox, const Call& call) {
    const auto& execution = find_execution(sandbox, call, "run.executions.get");
    return json_answer(execution_json(view_of(sandbox), execution));
}

Answer cancel(Sandbox& sandbox, const Call& call) {
    auto& execution = find_execution(sandbox, call, "run.executions.cancel");
    constexpr auto known = std::to_array<std::string_view>({"etag", "validateOnly"});
    check_members(call.body.empty() ? json::object{} : parse_object(call.body), known, "request");
    if (execution.ended_at)
        refuse(400, "FAILED_PRECONDITION",
               fmt::format("Execution '{}' has already completed.", execution.short_name()));
    const auto now = sandbox.clock().now();
    cancel_execution(sandbox.run, execution, call.account, now);
    advance(sandbox.run, sandbox.logging, now);
    return json_answer(operation_json(view_of(sandbox), execution));
}

/// How many a page may have: what is asked for, within what the service gives.
std::size_t page_size(const Call& call, int most) {
    const auto asked = call.parameter("pageSize");
    const auto size = asked.empty() ? 0L : std::strtol(asked.c_str(), nullptr, 10);
    if (size < 0) refuse(400, "INVALID_ARGUMENT", "page_size must not be negative.");
    const auto limit = static_cast<std::size_t>(std::max(most, 1));
    return size == 0 ? limit : std::min(static_cast<std::size_t>(size), limit);
}

/// Pages go on below the execution that the token names, whatever was created meanwhile.
std::uint64_t read_token(const Call& call) {
    const auto token = call.parameter("pageToken");
    if (token.empty()) return std::numeric_limits<std::uint64_t>::max();
    const auto text = from_base64url(token);
    const auto before = text ? std::strtoull(text->c_str(), nullptr, 10) : 0ULL;
    if (before == 0) refuse(400, "INVALID_ARGUMENT", "The page token is invalid.");
    return before;
}

bool is_of(const CloudRunExecution& execution, const std::string& job) {
    if (!job.ends_with("/-")) return execution.job == job;
    return execution.job.starts_with(job.substr(0, job.size() - 1));
}

Answer list_executions(Sandbox& sandbox, const Call& call) {
    const auto job = name_in(sandbox, call, job_segments);
    if (!job.ends_with("/-")) find_job(sandbox, call, "run.executions.list");
    const auto size = page_size(call, sandbox.run.page_size);
    const auto before = read_token(call);
    const auto view = view_of(sandbox);
    json::array page;
    std::uint64_t last = 0;
    json::object answer;
    for (const auto& execution : std::views::reverse(sandbox.run.executions)) {
        if (execution.sequence >= before || !is_of(execution, job) ||
            !is_visible(sandbox.run, execution, view.now))
            continue;
        if (page.size() == size) {
            answer["nextPageToken"] = base64url(std::to_string(last));
            break;
        }
        last = execution.sequence;
        page.push_back(execution_json(view, execution));
    }
    if (!page.empty()) answer["executions"] = std::move(page);
    return json_answer(answer);
}

Answer list_tasks(Sandbox& sandbox, const Call& call) {
    const auto& execution = find_execution(sandbox, call, "run.tasks.list");
    page_size(call, sandbox.run.page_size);
    return json_answer(json::object{{"tasks", tasks_json(view_of(sandbox), execution)}});
}

Answer get_operation(Sandbox& sandbox, const Call& call) {
    const auto name = name_in(sandbox, call, job_segments);
    auto& executions = sandbox.run.executions;
    const auto found = std::ranges::find(executions, name, &CloudRunExecution::operation);
    if (found == executions.end()) refuse(404, "NOT_FOUND", "Operation not found.");
    if (!may(sandbox.run.jobs.at(found->job), call.account, "run.operations.get"))
        deny("run.operations.get", name);
    return json_answer(operation_json(view_of(sandbox), *found));
}

/// Brings the world up to now, then answers.
template <Answer (*handler)(Sandbox&, const Call&)>
Answer answer(Sandbox& sandbox, const Call& call) {
    advance(sandbox.run, sandbox.logging, sandbox.clock().now());
    try {
        return handler(sandbox, call);
    } catch (const Refused& refused) {
        return refused.answer;
    } catch (const Error& error) {
        return new_style_error(400, "INVALID_ARGUMENT", error.text());
    }
}

}  // namespace

std::span<const Route> run_routes() {
    static constexpr std::string_view host = "run.googleapis.com";
    static const std::vector<std::string_view> scope{"cloud-platform"};
    static const std::vector<Route> routes{
        {Method::get, host, "/v2/projects/*/locations/*/jobs/*", answer<get_job>, scope},
        {Method::post, host, "/v2/projects/*/locations/*/jobs/*:run", answer<run_job>, scope},
        {Method::post, host, "/v2/projects/*/locations/*/jobs/*:testIamPermissions",
         answer<test_permissions>, scope},
        {Method::get, host, "/v2/projects/*/locations/*/jobs/*/executions", answer<list_executions>,
         scope},
        {Method::get, host, "/v2/projects/*/locations/*/jobs/*/executions/*", answer<get_execution>,
         scope},
        {Method::post, host, "/v2/projects/*/locations/*/jobs/*/executions/*:cancel",
         answer<cancel>, scope},
        {Method::get, host, "/v2/projects/*/locations/*/jobs/*/executions/*/tasks",
         answer<list_tasks>, scope},
        {Method::get, host, "/v2/projects/*/locations/*/operations/*", answer<get_operation>,
         scope},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
