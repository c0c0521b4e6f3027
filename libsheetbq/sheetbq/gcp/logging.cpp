#include "sheetbq/gcp/logging.hpp"

#include "sheetbq/gcp/json_members.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr std::size_t largest_page = 1000;

/// A text in a filter. Names of jobs and the like need no more than quotes escaped.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

Error explain(const Refusal& refusal, const std::string& project) {
    const bool lacks_permission =
        refusal.reason.empty() || refusal.reason == "IAM_PERMISSION_DENIED";
    if (refusal.status != 403 || !lacks_permission) return to_error(refusal);
    return Error{Code::permission_denied,
                 fmt::format("{} may not read the logs of project {}", refusal.account, project)}
        .because(in_google_words(refusal))
        .fix(fmt::format("Run: gcloud projects add-iam-policy-binding {} --member={} "
                         "--role=roles/logging.viewer",
                         project, iam_member(refusal.account)));
}

}  // namespace

std::vector<json::object> Logging::entries(const std::string& project, const std::string& filter,
                                           std::string_view order, std::size_t limit,
                                           std::stop_token stop) {
    json::object body{{"resourceNames", json::array{json::string{"projects/" + project}}},
                      {"filter", filter},
                      {"orderBy", order},
                      {"pageSize", std::min(limit, largest_page)}};
    std::vector<json::object> entries;
    // A page without entries may have a next one: the search took longer than a call may.
    while (entries.size() < limit) {
        auto page = api_.json(
            {.method = http::Method::post,
             .url = "https://logging.googleapis.com/v2/entries:list?prettyPrint=false",
             .body = json::serialize(body),
             .explain = [&](const Refusal& refusal) { return explain(refusal, project); }},
            stop);
        for (const auto& entry : array_at(page.as_object(), "entries"))
            if (entry.is_object() && entries.size() < limit) entries.push_back(entry.get_object());
        const auto token = text_at(page.as_object(), "nextPageToken");
        if (token.empty()) break;
        body["pageToken"] = token;
    }
    return entries;
}

std::string execution_filter(std::string_view region, std::string_view job,
                             std::string_view execution, Clock::TimePoint since) {
    return fmt::format(
        "resource.type=\"cloud_run_job\" AND resource.labels.job_name={} AND "
        "resource.labels.location={} AND labels.\"run.googleapis.com/execution_name\"={} AND "
        "timestamp>=\"{}\"",
        in_quotes(job), in_quotes(region), in_quotes(execution), to_rfc3339(since));
}

}  // namespace sheetbq::gcp
