// The OAuth token endpoint and the Security Token Service; the routes of all that gives tokens.

#include "auth_api.hpp"

#include "sandbox.hpp"
#include "text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

using Form = std::vector<std::pair<std::string, std::string>>;

Answer refresh(Sandbox& sandbox, const Form& form) {
    const auto found = sandbox.identities.refresh_tokens.find(form_value(form, "refresh_token"));
    if (found == sandbox.identities.refresh_tokens.end())
        return oauth_error(400, "invalid_grant", "Bad Request");
    const auto& known = found->second;
    if (known.client_id != form_value(form, "client_id") ||
        known.client_secret != form_value(form, "client_secret"))
        return oauth_error(401, "invalid_client", "The provided client secret is invalid.");
    if (known.revoked)
        return oauth_error(400, "invalid_grant", "Token has been expired or revoked.");
    auto asked = words(form_value(form, "scope"));
    if (!std::ranges::all_of(asked, [&](const auto& s) { return known.scopes.contains(s); }))
        return oauth_error(400, "invalid_scope", "Some requested scopes were invalid.");
    if (asked.empty()) asked.assign(known.scopes.begin(), known.scopes.end());
    auto answer = token_answer(sandbox, known.email, asked);
    auto body = json::parse(answer.body).as_object();
    body["scope"] = fmt::format("{}", fmt::join(asked, " "));
    answer.body = json::serialize(body);
    return answer;
}

bool is_form(const Call& call) {
    const auto type = call.headers.find("content-type");
    return type && type->starts_with("application/x-www-form-urlencoded");
}

Answer token_endpoint(Sandbox& sandbox, const Call& call) {
    const auto form = is_form(call) ? parse_form(call.body) : std::nullopt;
    if (!form) return oauth_error(400, "invalid_request", "Could not parse the form.");
    const auto grant = form_value(*form, "grant_type");
    if (grant == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        return exchange_assertion(sandbox, form_value(*form, "assertion"));
    if (grant == "refresh_token") return refresh(sandbox, *form);
    return oauth_error(400, "unsupported_grant_type", "Invalid grant_type: " + grant);
}

/// What the Security Token Service finds wrong with the form, or "".
std::string refuse_exchange(const Identities& identities, const Form& form) {
    const auto value = [&](std::string_view name) { return form_value(form, name); };
    constexpr std::string_view urn = "urn:ietf:params:oauth:";
    if (value("grant_type") != fmt::format("{}grant-type:token-exchange", urn))
        return "Invalid grant_type.";
    if (value("requested_token_type") != fmt::format("{}token-type:access_token", urn))
        return "Invalid requested_token_type.";
    if (!value("subject_token_type").starts_with(urn)) return "Invalid subject_token_type.";
    if (words(value("scope")).empty()) return "Missing scope.";
    const auto audience = value("audience");
    if (!audience.starts_with("//iam.googleapis.com/")) return R"(Invalid value for "audience".)";
    if (!identities.federation_audience.empty() && audience != identities.federation_audience)
        return "The audience does not match the workload identity pool provider.";
    return {};
}

Answer security_token_service(Sandbox& sandbox, const Call& call) {
    const auto form = is_form(call) ? parse_form(call.body) : std::nullopt;
    if (!form) return oauth_error(400, "invalid_request", "Could not parse the form.");
    if (const auto wrong = refuse_exchange(sandbox.identities, *form); !wrong.empty())
        return oauth_error(400, "invalid_request", wrong);
    const auto& subjects = sandbox.identities.federated_subjects;
    const auto subject = subjects.find(form_value(*form, "subject_token"));
    if (subject == subjects.end())
        return oauth_error(400, "invalid_grant", "The subject token is invalid or has expired.");
    return json_answer(json::object{
        {"access_token", sandbox.token_for(subject->second, words(form_value(*form, "scope")))},
        {"issued_token_type", "urn:ietf:params:oauth:token-type:access_token"},
        {"token_type", "Bearer"},
        {"expires_in", sandbox.token_lifetime.count()}});
}

std::vector<Route> make_routes() {
    using http::Method;
    constexpr std::string_view iam = "iamcredentials.googleapis.com";
    const std::vector<std::string_view> iam_scopes{"cloud-platform", "iam"};
    std::vector<Route> routes{
        {Method::post, "oauth2.googleapis.com", "/token", token_endpoint, {}},
        {Method::post, "sts.googleapis.com", "/v1/token", security_token_service, {}},
        {Method::post, iam, "/v1/projects/-/serviceAccounts/*:generateAccessToken",
         generate_access_token, iam_scopes},
        {Method::post, iam, "/v1/projects/-/serviceAccounts/*:signJwt", sign_jwt, iam_scopes},
        {Method::get, iam, "/v1/projects/-/serviceAccounts/*/allowedLocations", allowed_locations,
         iam_scopes},
    };
    for (const std::string_view host : {"metadata.google.internal", "169.254.169.254"})
        for (const std::string_view pattern :
             {"/", "/computeMetadata/v1/", "/computeMetadata/v1/*/*",
              "/computeMetadata/v1/instance/service-accounts/*/*",
              "/computeMetadata/v1/instance/service-accounts/*/"})
            routes.push_back({Method::get, host, pattern, metadata, {}});
    return routes;
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
    auto parts = split(text, ' ');
    std::erase(parts, "");
    return parts;
}

Answer oauth_error(int status, std::string_view error, std::string_view description) {
    return json_answer(json::object{{"error", error}, {"error_description", description}}, status);
}

Answer token_answer(Sandbox& sandbox, const std::string& account,
                    const std::vector<std::string>& scopes) {
    const auto lifetime = sandbox.token_lifetime.count();
    return json_answer(json::object{{"access_token", sandbox.token_for(account, scopes)},
                                    {"expires_in", lifetime > 1 ? lifetime - 1 : lifetime},
                                    {"token_type", "Bearer"}});
}

std::span<const Route> auth_routes() {
    static const std::vector<Route> routes = make_routes();
    return routes;
}

}  // namespace sheetbq::sandbox
