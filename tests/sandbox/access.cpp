#include "access.hpp"

#include "sandbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view scope_prefix = "https://www.googleapis.com/auth/";

/// Everything a refusal says, in both families of bodies.
struct Refusal {
    int code;
    std::string_view status;
    std::string message;
    std::string_view reason;  ///< of errors[0]
    std::string_view domain = "global";
    std::string_view short_message = {};  ///< of errors[0], where it differs
    bool about_header = false;
    json::array details = {};
};

Answer answer(const Call& call, Refusal refusal) {
    json::object error{{"code", refusal.code}, {"message", refusal.message}};
    if (has_old_errors(call.host)) {
        const std::string_view text =
            refusal.short_message.empty() ? refusal.message : refusal.short_message;
        json::object item{
            {"message", text}, {"domain", refusal.domain}, {"reason", refusal.reason}};
        if (refusal.about_header) {
            item["location"] = "Authorization";
            item["locationType"] = "header";
        }
        error["errors"] = json::array{item};
    }
    error["status"] = refusal.status;
    if (!refusal.details.empty()) error["details"] = std::move(refusal.details);
    return json_answer(json::object{{"error", std::move(error)}}, refusal.code);
}

std::string_view service_of(std::string_view host) {
    return host == "www.googleapis.com" ? "drive.googleapis.com" : host;
}

std::string_view title_of(std::string_view service) {
    if (service == "sheets.googleapis.com") return "Google Sheets API";
    if (service == "drive.googleapis.com") return "Google Drive API";
    if (service == "bigquery.googleapis.com") return "BigQuery API";
    if (service == "run.googleapis.com") return "Cloud Run Admin API";
    if (service == "logging.googleapis.com") return "Cloud Logging API";
    if (service == "secretmanager.googleapis.com") return "Secret Manager API";
    if (service == "cloudscheduler.googleapis.com") return "Cloud Scheduler API";
    if (service == "cloudresourcemanager.googleapis.com") return "Cloud Resource Manager API";
    return "IAM Service Account Credentials API";
}

json::object error_info(std::string_view reason, json::object metadata) {
    return {{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
            {"reason", reason},
            {"domain", "googleapis.com"},
            {"metadata", std::move(metadata)}};
}

Answer unregistered(const Call& call) {
    if (call.host == "bigquery.googleapis.com")
        return answer(call, {.code = 401,
                             .status = "UNAUTHENTICATED",
                             .message = "Request is missing required authentication credential. "
                                        "Expected OAuth 2 access token, login cookie or other "
                                        "valid authentication credential. See "
                                        "https://developers.google.com/identity/sign-in/web/"
                                        "devconsole-project.",
                             .reason = "required",
                             .short_message = "Login Required.",
                             .about_header = true});
    return answer(call, {.code = 403,
                         .status = "PERMISSION_DENIED",
                         .message = "Method doesn't allow unregistered callers (callers without "
                                    "established identity). Please use API Key or other form of "
                                    "API consumer identity to call this API.",
                         .reason = "forbidden"});
}

Answer bad_token(const Call& call) {
    return answer(call, {.code = 401,
                         .status = "UNAUTHENTICATED",
                         .message = "Request had invalid authentication credentials. Expected "
                                    "OAuth 2 access token, login cookie or other valid "
                                    "authentication credential. See "
                                    "https://developers.google.com/identity/sign-in/web/"
                                    "devconsole-project.",
                         .reason = "authError",
                         .short_message = "Invalid Credentials",
                         .about_header = true});
}

Answer too_few_scopes(const Call& call, const Route& route) {
    const std::string service{service_of(call.host)};
    auto refused =
        answer(call, {.code = 403,
                      .status = "PERMISSION_DENIED",
                      .message = "Request had insufficient authentication scopes.",
                      .reason = "insufficientPermissions",
                      .short_message = "Insufficient Permission",
                      .details = {error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                                             {{"service", service}, {"method", route.pattern}})}});
    std::string scopes;
    for (const auto scope : route.any_scope)
        scopes += (scopes.empty() ? "" : " ") + full_scope(scope);
    refused.headers.set("www-authenticate",
                        fmt::format(R"(Bearer realm="https://accounts.google.com/", )"
                                    R"(error="insufficient_scope", scope="{}")",
                                    scopes));
    return refused;
}

json::object disabled_info(const std::string& service, const std::string& number) {
    return error_info("SERVICE_DISABLED",
                      {{"consumer", "projects/" + number}, {"service", service}});
}

Answer service_disabled(const Call& call, const std::string& number) {
    const std::string service{service_of(call.host)};
    const auto page = fmt::format(
        "https://console.developers.google.com/apis/api/{}/overview?project={}", service, number);
    json::object help{{"@type", "type.googleapis.com/google.rpc.Help"},
                      {"links", json::array{json::object{
                                    {"description", "Google developers console API activation"},
                                    {"url", page}}}}};
    return answer(call, {.code = 403,
                         .status = "PERMISSION_DENIED",
                         .message = fmt::format(
                             "{} has not been used in project {} before or it is disabled. Enable "
                             "it by visiting {} then retry. If you enabled this API recently, wait "
                             "a few minutes for the action to propagate to our systems and retry.",
                             title_of(service), number, page),
                         .reason = "accessNotConfigured",
                         .domain = "usageLimits",
                         .details = {std::move(help), disabled_info(service, number)}});
}

Answer no_quota_project(const Call& call, const std::string& number) {
    const std::string service{service_of(call.host)};
    return answer(
        call, {.code = 403,
               .status = "PERMISSION_DENIED",
               .message = fmt::format(
                   "Your application is authenticating by using local Application Default "
                   "Credentials. The {} API requires a quota project, which is not set by default. "
                   "To learn how to set your quota project, see "
                   "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .",
                   service),
               .reason = "accessNotConfigured",
               .domain = "usageLimits",
               .details = {disabled_info(service, number)}});
}

bool is_off(const Sandbox& sandbox, std::string_view host) {
    return std::ranges::any_of(sandbox.enabled, [&](const auto& entry) {
        return !entry.second && (entry.first == host || entry.first == service_of(host));
    });
}

bool lacks_quota_project(const Sandbox& sandbox, const Call& call) {
    if (call.headers.find("x-goog-user-project")) return false;
    return std::ranges::any_of(sandbox.identities.refresh_tokens, [&](const auto& entry) {
        return entry.second.needs_quota_project && entry.second.email == call.account;
    });
}

}  // namespace

std::string full_scope(std::string_view scope) {
    if (scope.find("://") != std::string_view::npos || scope == "openid") return std::string{scope};
    return std::string{scope_prefix} + std::string{scope};
}

bool has_old_errors(std::string_view host) {
    return host == "www.googleapis.com" || host == "bigquery.googleapis.com";
}

std::optional<Answer> check_access(const Sandbox& sandbox, const Tokens& tokens, const Route& route,
                                   Call& call) {
    if (route.any_scope.empty()) return std::nullopt;
    const auto header = call.headers.find("authorization");
    if (!header) return unregistered(call);
    constexpr std::string_view bearer = "Bearer ";
    const auto token =
        header->starts_with(bearer) ? tokens.find(header->substr(bearer.size())) : tokens.end();
    if (token == tokens.end() || token->second.expires_at <= sandbox.clock().now())
        return bad_token(call);
    call.account = token->second.account;
    call.scopes = token->second.scopes;
    const auto& number = sandbox.identities.project_number;
    if (is_off(sandbox, call.host)) return service_disabled(call, number);
    if (lacks_quota_project(sandbox, call)) return no_quota_project(call, number);
    const bool enough = std::ranges::any_of(
        route.any_scope, [&](auto scope) { return call.scopes.contains(full_scope(scope)); });
    if (!enough) return too_few_scopes(call, route);
    return std::nullopt;
}

}  // namespace sheetbq::sandbox
