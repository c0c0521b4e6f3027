#include "sheetbq/gcp/bigquery_rights.hpp"

#include "sheetbq/gcp/bigquery_refusals.hpp"
#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr std::string_view root = "https://bigquery.googleapis.com/bigquery/v2";

}  // namespace

void check_may_run_jobs(BigQuery& bigquery, const std::string& project, const std::string& location,
                        std::stop_token stop) {
    const json::object body{
        {"jobReference", {{"projectId", project}, {"location", location}}},
        {"configuration",
         {{"dryRun", true}, {"query", {{"query", "SELECT 1"}, {"useLegacySql", false}}}}}};
    bigquery.api().json(
        {.method = http::Method::post,
         .url = fmt::format("{}/projects/{}/jobs?prettyPrint=false", root, http::escape(project)),
         .body = json::serialize(body),
         .explain = [&](const Refusal& refusal) { return explain_job(refusal, project); }},
        stop);
}

std::set<std::string> table_permissions(BigQuery& bigquery, const TableId& id,
                                        const std::vector<std::string>& asked,
                                        std::stop_token stop) {
    json::array permissions(asked.begin(), asked.end());
    const auto answer = bigquery.api().json(
        {.method = http::Method::post,
         .url = fmt::format("{}/projects/{}/datasets/{}/tables/{}:testIamPermissions", root,
                            http::escape(id.project), http::escape(id.dataset),
                            http::escape(id.table)),
         .body = json::serialize(json::object{{"permissions", std::move(permissions)}}),
         .explain =
             [&](const Refusal& refusal) {
                 return explain_dataset(refusal, id.project, id.dataset);
             }},
        stop);
    std::set<std::string> granted;
    for (const auto& permission : array_at(answer.as_object(), "permissions"))
        if (permission.is_string()) granted.emplace(permission.get_string());
    return granted;
}

}  // namespace sheetbq::gcp
