// IAM Service Account Credentials v1: generateAccessToken, signJwt and getAllowedLocations.

#include "auth_api.hpp"
#include "sandbox.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <charconv>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

/// The account a path names, or why it may not be used.
struct Target {
    std::string email;
    ServiceAccount* account = nullptr;
    json::object body{};
    std::optional<Answer> refusal{};
};

Answer refuse(int code, std::string_view status, std::string_view message) {
    return new_style_error(code, status, message);
}

Target find_target(Sandbox& sandbox, const Call& call, std::string_view permission) {
    const auto& segment = call.path.back();
    Target target{.email = segment.substr(0, segment.rfind(':'))};
    auto& accounts = sandbox.identities.service_accounts;
    const auto found = accounts.find(target.email);
    if (found == accounts.end()) {
        target.refusal =
            refuse(404, "NOT_FOUND", "Not found; Gaia id not found for email " + target.email);
        return target;
    }
    target.account = &found->second;
    const auto& allowed = target.account->impersonators;
    if (!allowed.contains(call.account) && !allowed.contains("*")) {
        target.refusal = new_style_error(
            403, "PERMISSION_DENIED",
            fmt::format("Permission '{}' denied on resource (or it may not exist).", permission),
            {json::object{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                          {"reason", "IAM_PERMISSION_DENIED"},
                          {"domain", "iam.googleapis.com"},
                          {"metadata", json::object{{"permission", permission}}}}});
        return target;
    }
    boost::system::error_code error;
    const auto value = json::parse(call.body, error);
    if (error || !value.is_object())
        target.refusal = refuse(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
    else
        target.body = value.get_object();
    return target;
}

/// `3600s` -> 3600; nothing when malformed.
std::optional<std::int64_t> read_lifetime(const json::object& body) {
    const auto* value = body.if_contains("lifetime");
    if (value == nullptr) return 3600;
    if (!value->is_string() || !value->get_string().ends_with('s')) return std::nullopt;
    const std::string_view text = value->get_string();
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, seconds);
    if (error != std::errc{} || end != text.data() + text.size() - 1) return std::nullopt;
    return seconds;
}

std::vector<std::string> read_scopes(const json::object& body) {
    std::vector<std::string> scopes;
    const auto* list = body.if_contains("scope");
    if (list == nullptr || !list->is_array()) return scopes;
    for (const auto& scope : list->get_array())
        if (scope.is_string()) scopes.emplace_back(scope.get_string());
    return scopes;
}

}  // namespace

Answer generate_access_token(Sandbox& sandbox, const Call& call) {
    const auto target = find_target(sandbox, call, "iam.serviceAccounts.getAccessToken");
    if (target.refusal) return *target.refusal;
    const auto scopes = read_scopes(target.body);
    if (scopes.empty()) return refuse(400, "INVALID_ARGUMENT", "Scope required.");
    const auto lifetime = read_lifetime(target.body);
    if (!lifetime || *lifetime <= 0 || *lifetime > 3600)
        return refuse(400, "INVALID_ARGUMENT",
                      "The access token lifetime cannot exceed 3600 seconds.");
    const auto expires = sandbox.clock().now() + sandbox.token_lifetime;
    return json_answer(json::object{{"accessToken", sandbox.token_for(target.email, scopes)},
                                    {"expireTime", to_rfc3339(expires)}});
}

Answer sign_jwt(Sandbox& sandbox, const Call& call) {
    auto target = find_target(sandbox, call, "iam.serviceAccounts.signJwt");
    if (target.refusal) return *target.refusal;
    const auto* payload = target.body.if_contains("payload");
    boost::system::error_code error;
    if (payload == nullptr || !payload->is_string() ||
        !json::parse(payload->get_string(), error).is_object() || error)
        return refuse(400, "INVALID_ARGUMENT", "The JWT payload must be a JSON object.");
    auto& account = *target.account;
    if (account.system_key.empty()) {
        const auto pair = make_key_pair();
        account.system_key = pair.private_pem;
        account.keys["system-managed"] = pair.public_pem;
    }
    const auto text = base64url(R"({"alg":"RS256","kid":"system-managed","typ":"JWT"})") + "." +
                      base64url(payload->get_string());
    const auto jwt = text + "." + base64url(sign_rs256(account.system_key, text));
    return json_answer(json::object{{"keyId", "system-managed"}, {"signedJwt", jwt}});
}

/// No boundaries: `0x0` is how Google says that an account may be used everywhere.
Answer allowed_locations(Sandbox& sandbox, const Call& call) {
    const auto& email = call.path.at(4);
    const auto& identities = sandbox.identities;
    if (email != identities.metadata_account && !identities.service_accounts.contains(email))
        return refuse(404, "NOT_FOUND", "Not found; Gaia id not found for email " + email);
    return json_answer(json::object{{"encodedLocations", "0x0"}});
}

}  // namespace sheetbq::sandbox
