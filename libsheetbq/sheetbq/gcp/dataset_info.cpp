#include "sheetbq/gcp/dataset_info.hpp"

#include "sheetbq/gcp/bigquery_refusals.hpp"
#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

bool may_write(std::string_view role) {
    static constexpr std::array<std::string_view, 5> writers{
        "WRITER", "OWNER", "roles/bigquery.dataEditor", "roles/bigquery.dataOwner",
        "roles/bigquery.admin"};
    return std::find(writers.begin(), writers.end(), role) != writers.end();
}

WriteAccess access_of(const json::object& entry, const std::string& account) {
    const auto role = text_at(entry, "role");
    // A role that somebody made may hold anything.
    const bool unknown = role.starts_with("projects/") || role.starts_with("organizations/");
    if (!may_write(role) && !unknown) return WriteAccess::none;
    const auto member = text_at(entry, "iamMember");
    const bool is_ours = text_at(entry, "userByEmail") == account ||
                         (!account.empty() && member.ends_with(":" + account));
    if (is_ours) return unknown ? WriteAccess::possible : WriteAccess::granted;
    // The owners, writers and readers of the project: IAM tells of these.
    const auto special = text_at(entry, "specialGroup");
    const bool open = !special.empty() && !special.starts_with("project");
    const bool many = open || !text_at(entry, "groupByEmail").empty() ||
                      !text_at(entry, "domain").empty() || member.starts_with("group:") ||
                      member.starts_with("domain:");
    return many ? WriteAccess::possible : WriteAccess::none;
}

}  // namespace

DatasetInfo dataset_info(ApiClient& api, const std::string& project, const std::string& dataset,
                         const std::string& account, std::stop_token stop) {
    const auto answer = api.json(
        {.url = fmt::format("https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets/{}"
                            "?prettyPrint=false&fields=location,access",
                            http::escape(project), http::escape(dataset)),
         .explain =
             [&](const Refusal& refusal) { return explain_dataset(refusal, project, dataset); }},
        std::move(stop));
    DatasetInfo info{.location = text_at(answer.as_object(), "location")};
    for (const auto& entry : array_at(answer.as_object(), "access")) {
        if (!entry.is_object()) continue;
        const auto found = access_of(entry.get_object(), account);
        if (found == WriteAccess::granted || info.access == WriteAccess::none) info.access = found;
    }
    return info;
}

}  // namespace sheetbq::gcp
