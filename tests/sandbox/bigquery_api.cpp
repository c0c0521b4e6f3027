#include "bigquery_api.hpp"

#include "bigquery_refusal.hpp"
#include "routes.hpp"
#include "sandbox.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <string_view>

namespace sheetbq::sandbox {
namespace {

using http::Method;

struct Entry {
    Method method;
    std::string_view pattern;
    Answer (*handler)(BigQueryWorld&, const Call&);
};

constexpr auto entries = std::to_array<Entry>({
    {Method::get, "/bigquery/v2/projects/*/datasets/*", get_dataset},
    {Method::get, "/bigquery/v2/projects/*/datasets/*/tables", list_tables},
    {Method::post, "/bigquery/v2/projects/*/datasets/*/tables", insert_table},
    {Method::get, "/bigquery/v2/projects/*/datasets/*/tables/*", get_table},
    {Method::patch, "/bigquery/v2/projects/*/datasets/*/tables/*", patch_table},
    {Method::post, "/bigquery/v2/projects/*/datasets/*/tables/*", test_table_permissions},
    {Method::del, "/bigquery/v2/projects/*/datasets/*/tables/*", delete_table},
    {Method::get, "/bigquery/v2/projects/*/datasets/*/tables/*/data", list_rows},
    {Method::get, "/bigquery/v2/projects/*/jobs", list_jobs},
    {Method::post, "/bigquery/v2/projects/*/jobs", insert_job},
    {Method::get, "/bigquery/v2/projects/*/jobs/*", get_job},
    {Method::post, "/bigquery/v2/projects/*/jobs/*/cancel", cancel_job},
    {Method::post, "/bigquery/v2/projects/*/queries", run_query},
    {Method::get, "/bigquery/v2/projects/*/queries/*", get_query_results},
    {Method::post, "/upload/bigquery/v2/projects/*/jobs", begin_upload},
    {Method::put, "/upload/bigquery/v2/projects/*/jobs", continue_upload},
    {Method::post, "/resumable/upload/bigquery/v2/projects/*/jobs", begin_upload},
    {Method::put, "/resumable/upload/bigquery/v2/projects/*/jobs", continue_upload},
});

bool matches(std::string_view pattern, const std::vector<std::string>& path) {
    for (const auto& segment : path) {
        if (pattern.empty()) return false;
        pattern.remove_prefix(1);
        const auto wanted = pattern.substr(0, pattern.find('/'));
        if (wanted != "*" && wanted != segment) return false;
        pattern.remove_prefix(wanted.size());
    }
    return pattern.empty();
}

Answer answer_in_sandbox(Sandbox& sandbox, const Call& call) {
    using std::chrono::milliseconds;
    const auto now = sandbox.clock().now().time_since_epoch();
    sandbox.bigquery.now_ms = std::chrono::duration_cast<milliseconds>(now).count();
    return answer_bigquery(sandbox.bigquery, call);
}

std::vector<Route> make_routes() {
    std::vector<Route> out;
    for (const auto& entry : entries) {
        Route route{entry.method,
                    "bigquery.googleapis.com",
                    entry.pattern,
                    answer_in_sandbox,
                    {"bigquery", "cloud-platform"}};
        if (entry.method == Method::get) {
            route.any_scope.emplace_back("bigquery.readonly");
            route.any_scope.emplace_back("cloud-platform.read-only");
        }
        out.push_back(std::move(route));
    }
    return out;
}

struct Reason {
    std::string_view name;
    int status;
    std::string_view status_name;
};

Reason reason(Code code) {
    switch (code) {
        case Code::usage:
            return {"invalidQuery", 400, "INVALID_ARGUMENT"};
        case Code::not_found:
            return {"notFound", 404, "NOT_FOUND"};
        case Code::conflict:
            return {"duplicate", 409, "ALREADY_EXISTS"};
        case Code::permission_denied:
            return {"accessDenied", 403, "PERMISSION_DENIED"};
        case Code::cancelled:
            return {"stopped", 400, "CANCELLED"};
        default:
            return {"invalid", 400, "INVALID_ARGUMENT"};
    }
}

}  // namespace

Table* BigQueryWorld::find_table(const std::string& project, const std::string& dataset,
                                 const std::string& table) {
    const auto datasets = projects.find(project);
    if (datasets == projects.end()) return nullptr;
    const auto found = datasets->second.find(dataset);
    if (found == datasets->second.end()) return nullptr;
    const auto here = found->second.tables.find(table);
    return here == found->second.tables.end() ? nullptr : &here->second;
}

std::span<const Route> bigquery_routes() {
    static const auto routes = make_routes();
    return routes;
}

std::string_view bigquery_reason(Code code) { return reason(code).name; }

Answer bigquery_error(const Error& refusal) {
    const auto why = reason(refusal.code());
    return old_style_error(why.status, why.name, refusal.text(), "global", why.status_name);
}

Answer answer_bigquery(BigQueryWorld& world, const Call& call) {
    const auto* const entry =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& candidate) {
            return candidate.method == call.method && matches(candidate.pattern, call.path);
        });
    if (entry == entries.end())
        return old_style_error(404, "notFound", "Not Found: no such method of BigQuery here");
    try {
        return entry->handler(world, call);
    } catch (const Error& refusal) {
        return bigquery_error(refusal);
    } catch (const boost::system::system_error& error) {
        return bigquery_error(invalid(fmt::format("Invalid JSON payload: {}", error.what())));
    }
}

Dataset& find_dataset(BigQueryWorld& world, const std::string& project,
                      const std::string& dataset) {
    const auto datasets = world.projects.find(project);
    if (datasets != world.projects.end()) {
        const auto found = datasets->second.find(dataset);
        if (found != datasets->second.end()) return found->second;
    }
    throw absent(fmt::format("Not found: Dataset {}:{}", project, dataset));
}

bool may(const std::set<std::string>& accounts, const std::string& account) {
    return accounts.contains("*") || accounts.contains(account);
}

void require_table_permission(const std::set<std::string>& accounts, const Call& call,
                              const std::string& table, const std::string& permission) {
    if (!may(accounts, call.account))
        throw denied(
            fmt::format("Access Denied: Table {0}: Permission {1} denied on table {0} "
                        "(or it may not exist).",
                        table, permission));
}

bool same_location(const std::string& a, const std::string& b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace sheetbq::sandbox
