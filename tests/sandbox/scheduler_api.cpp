// Cloud Scheduler v1: jobs are listed and got.
// https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs

#include "routes.hpp"
#include "sandbox.hpp"
#include "signing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;
using http::Method;

/// The first `segments` of the path behind the version, with the project's id.
std::string name_in(const Sandbox& sandbox, const Call& call, std::size_t segments) {
    std::string name;
    for (std::size_t i = 1; i <= segments; ++i) {
        auto part = call.path.at(i);
        if (i == 2 && part == sandbox.identities.project_number)
            part = sandbox.identities.project_id;
        name += (name.empty() ? "" : "/") + part;
    }
    return name;
}

json::object job_json(const std::string& name, const SchedulerJob& job) {
    json::object target{{"uri", job.uri}, {"httpMethod", "POST"}};
    if (!job.oidc_account.empty())
        target["oidcToken"] =
            json::object{{"serviceAccountEmail", job.oidc_account}, {"audience", job.uri}};
    json::object out{{"name", name},
                     {"httpTarget", std::move(target)},
                     {"userUpdateTime", "2026-01-01T00:00:00Z"},
                     {"state", job.state},
                     {"schedule", job.schedule},
                     {"timeZone", job.time_zone},
                     {"attemptDeadline", "180s"}};
    json::object status;
    if (job.code != 0) status["code"] = job.code;
    if (!job.message.empty()) status["message"] = job.message;
    if (job.last_attempt) {
        out["lastAttemptTime"] = to_rfc3339(*job.last_attempt);
        out["status"] = std::move(status);
    }
    return out;
}

Answer denied_answer(const std::string& permission, const std::string& place) {
    return new_style_error(
        403, "PERMISSION_DENIED",
        fmt::format("The principal (user or service account) lacks IAM permission \"{}\" for the "
                    "resource \"{}\" (or the resource may not exist).",
                    permission, place));
}

bool may_read(const Sandbox& sandbox, const Call& call) {
    const auto& readers = sandbox.scheduler.readers;
    return readers.contains("*") || readers.contains(call.account);
}

Answer get_job(Sandbox& sandbox, const Call& call) {
    const auto name = name_in(sandbox, call, 6);
    if (!may_read(sandbox, call)) return denied_answer("cloudscheduler.jobs.get", name);
    const auto found = sandbox.scheduler.jobs.find(name);
    if (found == sandbox.scheduler.jobs.end())
        return new_style_error(404, "NOT_FOUND", "Job not found.");
    return json_answer(job_json(name, found->second));
}

Answer list_jobs(Sandbox& sandbox, const Call& call) {
    const auto place = name_in(sandbox, call, 4);
    if (!may_read(sandbox, call)) return denied_answer("cloudscheduler.jobs.list", place);
    const auto asked = call.parameter("pageSize");
    auto size = sandbox.scheduler.page_size;
    if (!asked.empty()) size = std::min(size, std::max(1, std::atoi(asked.c_str())));
    const auto token = call.parameter("pageToken");
    const auto after = token.empty() ? std::string{} : from_base64url(token).value_or("?");
    if (after == "?") return new_style_error(400, "INVALID_ARGUMENT", "Invalid page token.");
    json::array jobs;
    json::object out;
    std::string last;
    for (const auto& [name, job] : sandbox.scheduler.jobs) {
        if (!name.starts_with(place + "/jobs/") || name <= after) continue;
        if (static_cast<int>(jobs.size()) == size) {
            out["nextPageToken"] = base64url(last);
            break;
        }
        last = name;
        jobs.push_back(job_json(name, job));
    }
    if (!jobs.empty()) out["jobs"] = std::move(jobs);
    return json_answer(out);
}

}  // namespace

std::span<const Route> scheduler_routes() {
    static constexpr std::string_view host = "cloudscheduler.googleapis.com";
    static const std::vector<Route> routes{
        {Method::get, host, "/v1/projects/*/locations/*/jobs", list_jobs, {"cloud-platform"}},
        {Method::get, host, "/v1/projects/*/locations/*/jobs/*", get_job, {"cloud-platform"}},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
