#include "sheetbq/gcp/scheduler.hpp"

#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr int most_pages = 20;

ScheduledCall read_call(const json::object& job) {
    const auto& target = object_at(job, "httpTarget");
    const auto& status = object_at(job, "status");
    return {.name = text_at(job, "name"),
            .state = text_at(job, "state"),
            .schedule = text_at(job, "schedule"),
            .time_zone = text_at(job, "timeZone"),
            .uri = text_at(target, "uri"),
            .account = text_at(object_at(target, "oidcToken"), "serviceAccountEmail"),
            .last_attempt = text_at(job, "lastAttemptTime"),
            .next_attempt = text_at(job, "scheduleTime"),
            .code = int_at(status, "code"),
            .message = text_at(status, "message")};
}

Error explain(const Refusal& refusal, const std::string& project) {
    const bool lacks = refusal.status == 403 &&
                       (refusal.reason.empty() || refusal.reason == "IAM_PERMISSION_DENIED");
    if (!lacks) return to_error(refusal);
    return Error{
        Code::permission_denied,
        fmt::format("{} may not see the Cloud Scheduler jobs of {}", refusal.account, project)}
        .because(in_google_words(refusal))
        .fix(fmt::format("Run: gcloud projects add-iam-policy-binding {} --member={} "
                         "--role=roles/cloudscheduler.viewer",
                         project, iam_member(refusal.account)));
}

}  // namespace

std::vector<ScheduledCall> scheduled_calls(ApiClient& api, const std::string& project,
                                           const std::string& region, std::stop_token stop) {
    const auto url = fmt::format(
        "https://cloudscheduler.googleapis.com/v1/projects/{}/locations/{}/jobs"
        "?prettyPrint=false&pageSize=500",
        http::escape(project), http::escape(region));
    std::vector<ScheduledCall> calls;
    std::string token;
    for (int page = 0; page < most_pages; ++page) {
        const auto answer =
            api.json({.url = token.empty() ? url : url + "&pageToken=" + http::escape(token),
                      .explain = [&](const Refusal& refusal) { return explain(refusal, project); }},
                     stop);
        for (const auto& job : array_at(answer.as_object(), "jobs"))
            if (job.is_object() && job.get_object().contains("httpTarget"))
                calls.push_back(read_call(job.get_object()));
        token = text_at(answer.as_object(), "nextPageToken");
        if (token.empty()) break;
    }
    return calls;
}

}  // namespace sheetbq::gcp
