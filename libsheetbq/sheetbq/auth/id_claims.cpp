#include "sheetbq/auth/id_claims.hpp"

#include "sheetbq/auth/jwt.hpp"
#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/core/log.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sheetbq::auth {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::size_t longest_token = 8_KiB;
constexpr std::size_t longest_quote = 200;
constexpr seconds skew{60};
constexpr seconds longest_lifetime{86'400};
/// The year 9999: beyond it, sums could overflow.
constexpr std::int64_t latest_time = 253'402'300'799;

std::optional<json::object> object_of(std::string_view part) {
    const auto text = decode_base64url(part);
    if (!text) return std::nullopt;
    boost::system::error_code problem;
    auto value = json::parse(*text, problem);
    if (problem || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string{text->data(), text->size()} : std::string{};
}

std::optional<seconds> time_of(const json::object& claims, std::string_view name) {
    const auto* value = claims.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code problem;
    const auto count = value->to_number<std::int64_t>(problem);
    if (problem || count < 0 || count > latest_time) return std::nullopt;
    return seconds{count};
}

std::string in_quotes(std::string_view text) {
    return fmt::format("\"{}\"", clip_utf8(text, longest_quote));
}

void judge_times(const json::object& claims, seconds now) {
    const auto issued = time_of(claims, "iat");
    const auto expires = time_of(claims, "exp");
    if (!issued || !expires) throw not_proven("it does not say when it begins and ends");
    if (*expires <= *issued || *expires - *issued > longest_lifetime)
        throw not_proven("it is meant to live for a time that Google does not give");
    if (now - skew >= *expires) throw not_proven("it has expired");
    if (*issued > now + skew) throw not_proven("it is from the future; one of the clocks is wrong");
    if (!claims.contains("nbf")) return;
    const auto begins = time_of(claims, "nbf");
    if (!begins || *begins > now + skew) throw not_proven("it is not valid yet");
}

bool allows(const std::set<std::string>& allowed, const std::string& value, EmptyRules empty) {
    if (allowed.empty()) return empty == EmptyRules::allow_any;
    return !value.empty() && allowed.contains(value);
}

void judge_audience(const json::object& claims, const IdTokenRules& rules, EmptyRules empty) {
    const auto audience = text_of(claims, "aud");
    if (allows(rules.audiences, audience, empty)) return;
    throw Error{Code::unauthenticated, "the caller's identity token is for somebody else"}
        .because(fmt::format("its audience is {}", in_quotes(audience)))
        .fix(
            fmt::format("Start with --audience={}, or have the caller ask for a token for {}.",
                        audience.empty() ? "URL" : audience,
                        rules.audiences.empty() ? "this service's URL" : *rules.audiences.begin()));
}

Identity judge_person(const json::object& claims, const IdTokenRules& rules, EmptyRules empty) {
    Identity identity{.email = text_of(claims, "email"), .subject = text_of(claims, "sub")};
    const auto* verified = claims.if_contains("email_verified");
    if (identity.email.empty() || verified == nullptr || *verified != true)
        throw not_proven("Google does not vouch for its e-mail address");
    if (allows(rules.emails, identity.email, empty)) return identity;
    const auto email = std::string{clip_utf8(identity.email, longest_quote)};
    throw Error{Code::permission_denied, fmt::format("{} may not call this service", email)}
        .because("its e-mail address is not among the allowed ones")
        .fix(fmt::format("Start with --allowed-emails={} if it should.", email));
}

}  // namespace

Error not_proven(std::string reason) {
    return Error{Code::unauthenticated, "the caller's identity token proves nothing"}
        .because(std::move(reason))
        .fix(
            "Call with the header Authorization: Bearer TOKEN, where TOKEN is what this prints: "
            "gcloud auth print-identity-token --audiences=URL_OF_THIS_SERVICE.");
}

IdToken read_id_token(std::string_view token) {
    if (token.empty()) throw not_proven("there is none");
    if (token.size() > longest_token) throw not_proven("it is longer than 8 KiB");
    if (std::count(token.begin(), token.end(), '.') != 2)
        throw not_proven("it does not consist of three parts");
    const auto first = token.find('.');
    const auto second = token.rfind('.');
    const auto header = object_of(token.substr(0, first));
    auto claims = object_of(token.substr(first + 1, second - first - 1));
    if (!header || !claims) throw not_proven("it is no JWT");
    if (text_of(*header, "alg") != "RS256") throw not_proven("it is not signed with RS256");
    if (header->contains("crit")) throw not_proven("it has extensions that must be understood");
    return {.key_id = text_of(*header, "kid"),
            .claims = std::move(*claims),
            .signed_part = token.substr(0, second),
            .signature = token.substr(second + 1)};
}

Identity judge_claims(const json::object& claims, const IdTokenRules& rules, EmptyRules empty,
                      Clock::TimePoint now) {
    const auto issuer = text_of(claims, "iss");
    if (issuer != "https://accounts.google.com" && issuer != "accounts.google.com")
        throw not_proven("it is not issued by Google");
    judge_times(claims, std::chrono::floor<seconds>(now).time_since_epoch());
    judge_audience(claims, rules, empty);
    return judge_person(claims, rules, empty);
}

}  // namespace sheetbq::auth
