// The jwt-bearer grant: service-account assertions, verified as Google does.

#include "auth_api.hpp"
#include "sandbox.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view audience = "https://oauth2.googleapis.com/token";

/// A JWT taken apart; its signature is not checked yet.
struct Jwt {
    json::object header;
    json::object claims;
    std::string signed_text;
    std::string signature;
};

std::optional<json::object> read_object(std::string_view base64) {
    const auto text = from_base64url(base64);
    if (!text) return std::nullopt;
    boost::system::error_code error;
    auto value = json::parse(*text, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::optional<Jwt> read_jwt(std::string_view text) {
    const auto parts = split(text, '.');
    if (parts.size() != 3) return std::nullopt;
    auto header = read_object(parts[0]);
    auto claims = read_object(parts[1]);
    auto signature = from_base64url(parts[2]);
    if (!header || !claims || !signature) return std::nullopt;
    return Jwt{std::move(*header), std::move(*claims), parts[0] + "." + parts[1],
               std::move(*signature)};
}

std::string text_claim(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

std::int64_t time_claim(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool is_timely(const json::object& claims, Clock::TimePoint now) {
    constexpr std::int64_t skew = 300;
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto issued = time_claim(claims, "iat");
    const auto expires = time_claim(claims, "exp");
    return issued != 0 && issued <= seconds + skew && expires > seconds - skew &&
           expires > issued && expires - issued <= 3600;
}

bool is_signed(const ServiceAccount& account, const Jwt& jwt) {
    if (text_claim(jwt.header, "alg") != "RS256") return false;
    const auto id = text_claim(jwt.header, "kid");
    return std::ranges::any_of(account.keys, [&](const auto& key) {
        return (id.empty() || id == key.first) &&
               verify_rs256(key.second, jwt.signed_text, jwt.signature);
    });
}

}  // namespace

Answer exchange_assertion(Sandbox& sandbox, const std::string& assertion) {
    const auto jwt = read_jwt(assertion);
    if (!jwt) return oauth_error(400, "invalid_grant", "Invalid JWT: Failed to parse.");
    const auto issuer = text_claim(jwt->claims, "iss");
    const auto account = sandbox.identities.service_accounts.find(issuer);
    if (account == sandbox.identities.service_accounts.end())
        return oauth_error(400, "invalid_grant", "Invalid grant: account not found");
    if (!is_signed(account->second, *jwt))
        return oauth_error(400, "invalid_grant", "Invalid JWT Signature.");
    if (text_claim(jwt->claims, "aud") != audience)
        return oauth_error(400, "invalid_grant",
                           "Invalid JWT: Failed audience check. The right audience is "
                           "https://oauth2.googleapis.com/token");
    if (!is_timely(jwt->claims, sandbox.clock().now()))
        return oauth_error(400, "invalid_grant",
                           "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                           "reasonable timeframe. Check your iat and exp values in the JWT claim.");
    const auto scopes = words(text_claim(jwt->claims, "scope"));
    if (scopes.empty())
        return oauth_error(400, "invalid_scope",
                           "Invalid OAuth scope or ID token audience provided.");
    const auto person = text_claim(jwt->claims, "sub");
    if (person.empty() || person == issuer) return token_answer(sandbox, issuer, scopes);
    const auto& delegated = account->second.delegated_scopes;
    if (!std::ranges::all_of(scopes, [&](const auto& s) { return delegated.contains(s); }))
        return oauth_error(401, "unauthorized_client",
                           "Client is unauthorized to retrieve access tokens using this method, or "
                           "client not authorized for any of the scopes requested.");
    return token_answer(sandbox, person, scopes);
}

}  // namespace sheetbq::sandbox
