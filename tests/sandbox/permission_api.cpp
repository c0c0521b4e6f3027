// testIamPermissions of projects (Cloud Resource Manager v3), tables and secrets.
// https://cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions

#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"
#include "routes.hpp"
#include "sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;
using http::Method;

bool contains(const std::set<std::string>& accounts, const std::string& account) {
    return accounts.contains("*") || accounts.contains(account);
}

/// `service.resource.verb`, and no wildcard.
bool is_permission(std::string_view text) {
    return std::ranges::count(text, '.') >= 2 && text.find('*') == std::string_view::npos &&
           !text.starts_with('.') && !text.ends_with('.');
}

/// The permissions that a request asks about. @throws Error bad_data in Google's words.
std::vector<std::string> asked_in(const Call& call) {
    const auto request = parse_object(call.body);
    constexpr auto known = std::to_array<std::string_view>({"permissions"});
    check_members(request, known, "request");
    const auto* const list = request.if_contains("permissions");
    if (list == nullptr || !list->is_array() || list->get_array().empty())
        throw Error{Code::bad_data, "Permissions must not be empty."};
    std::vector<std::string> asked;
    for (const auto& item : list->get_array()) {
        if (!item.is_string() || !is_permission(item.get_string()))
            throw Error{Code::bad_data,
                        fmt::format("Permission {} is not valid.", json::serialize(item))};
        asked.emplace_back(item.get_string());
    }
    return asked;
}

/// Those granted; no member at all when there are none, as in all JSON of protocol buffers.
template <class Grants>
Answer granted(const Call& call, const Grants& grants) {
    json::array list;
    for (const auto& permission : asked_in(call))
        if (grants(permission)) list.emplace_back(permission);
    json::object answer;
    if (!list.empty()) answer["permissions"] = std::move(list);
    return json_answer(answer);
}

/// The last segment of the path without the verb behind it.
std::string last_name(const Call& call) {
    return call.path.back().substr(0, call.path.back().rfind(':'));
}

bool every_dataset_is_open(const Sandbox& sandbox, const std::string& project) {
    const auto found = sandbox.bigquery.projects.find(project);
    return found == sandbox.bigquery.projects.end() ||
           std::ranges::all_of(
               found->second, [](const auto& entry) { return entry.second.writers.contains("*"); });
}

Answer on_project(Sandbox& sandbox, const Call& call) {
    const auto project = last_name(call);
    const auto known = sandbox.iam.project_permissions.find(call.account);
    return granted(call, [&](const std::string& permission) {
        if (known != sandbox.iam.project_permissions.end() && !known->second.contains(permission))
            return false;
        if (permission == "bigquery.jobs.create")
            return contains(sandbox.bigquery.job_users, call.account);
        if (permission.starts_with("bigquery.tables."))
            return every_dataset_is_open(sandbox, project);
        if (permission == "logging.logEntries.list")
            return contains(sandbox.logging.readers, call.account);
        return true;
    });
}

Answer on_table(Sandbox& sandbox, const Call& call) {
    const auto& project = call.path.at(3);
    const auto& dataset = call.path.at(5);
    if (sandbox.bigquery.find_table(project, dataset, last_name(call)) == nullptr)
        return bigquery_error(
            absent(fmt::format("Not found: Table {}:{}.{}", project, dataset, last_name(call))));
    const auto& found = sandbox.bigquery.projects.at(project).at(dataset);
    return granted(call, [&](const std::string& permission) {
        const bool reads =
            permission.starts_with("bigquery.tables.get") || permission == "bigquery.tables.list";
        return contains(reads ? found.readers : found.writers, call.account);
    });
}

Answer on_secret(Sandbox& sandbox, const Call& call) {
    const auto& identities = sandbox.identities;
    auto project = call.path.at(2);
    if (project == identities.project_number) project = identities.project_id;
    const auto name = fmt::format("projects/{}/secrets/{}", project, last_name(call));
    const auto secret = sandbox.secrets.secrets.find(name);
    return granted(call, [&](const std::string& permission) {
        return secret != sandbox.secrets.secrets.end() &&
               (permission != "secretmanager.versions.access" ||
                contains(secret->second.accessors, call.account));
    });
}

template <Answer (*handler)(Sandbox&, const Call&)>
Answer answer(Sandbox& sandbox, const Call& call) {
    try {
        return handler(sandbox, call);
    } catch (const Error& error) {
        return new_style_error(400, "INVALID_ARGUMENT", error.text());
    }
}

}  // namespace

std::span<const Route> permission_routes() {
    static const std::vector<std::string_view> scope{"cloud-platform"};
    static const std::vector<Route> routes{
        {Method::post, "cloudresourcemanager.googleapis.com", "/v3/projects/*:testIamPermissions",
         answer<on_project>, scope},
        {Method::post,
         "bigquery.googleapis.com",
         "/bigquery/v2/projects/*/datasets/*/tables/*:testIamPermissions",
         answer<on_table>,
         {"bigquery", "cloud-platform"}},
        {Method::post, "secretmanager.googleapis.com",
         "/v1/projects/*/secrets/*:testIamPermissions", answer<on_secret>, scope},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
