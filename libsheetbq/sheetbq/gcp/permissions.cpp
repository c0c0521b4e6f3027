#include "sheetbq/gcp/permissions.hpp"

#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

/// `a/b/c`, each part escaped.
std::string escaped_path(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        out += (out.empty() ? "" : "/") + http::escape(part);
        path.remove_prefix(std::min(part.size() + 1, path.size()));
    }
    return out;
}

}  // namespace

IamResource iam_project(const std::string& project) {
    return {"https://cloudresourcemanager.googleapis.com/v3/projects/" + http::escape(project),
            "project " + project};
}

IamResource iam_run_job(const JobName& job) {
    return {"https://run.googleapis.com/v2/" + escaped_path(job.path()),
            "Cloud Run job " + job.job};
}

IamResource iam_table(const TableId& table) {
    return {fmt::format("https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets/{}/"
                        "tables/{}",
                        http::escape(table.project), http::escape(table.dataset),
                        http::escape(table.table)),
            "table " + table.dotted()};
}

IamResource iam_secret(const std::string& name) {
    const auto secret = name.substr(0, name.find("/versions/"));
    return {"https://secretmanager.googleapis.com/v1/" + escaped_path(secret), "secret " + secret};
}

std::vector<std::string> missing_permissions(ApiClient& api, const IamResource& resource,
                                             const std::vector<std::string>& wanted,
                                             std::stop_token stop) {
    const auto answer = api.json({.method = http::Method::post,
                                  .url = resource.url + ":testIamPermissions?prettyPrint=false",
                                  .body = json::serialize(json::object{
                                      {"permissions", json::array(wanted.begin(), wanted.end())}}),
                                  .explain =
                                      [&](const Refusal& refusal) {
                                          if (refusal.status != 404) return to_error(refusal);
                                          return Error{Code::not_found,
                                                       fmt::format("there is no {}", resource.name)}
                                              .because(in_google_words(refusal))
                                              .fix("Correct its name, or create it.");
                                      }},
                                 std::move(stop));
    auto missing = wanted;
    for (const auto& granted : array_at(answer.as_object(), "permissions"))
        if (granted.is_string()) std::erase(missing, std::string{granted.get_string()});
    return missing;
}

}  // namespace sheetbq::gcp
