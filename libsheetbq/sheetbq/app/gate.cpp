#include "sheetbq/app/gate.hpp"

#include "sheetbq/auth/id_token.hpp"
#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

#include <memory>

namespace sheetbq::app {
namespace {

/// The token of `Authorization: Bearer ...`; empty when there is none.
std::string_view bearer(const http::Headers& headers, std::string_view name) {
    constexpr std::string_view scheme = "bearer ";
    const auto value = headers.find(name);
    if (!value || value->size() <= scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if (((*value)[i] | 0x20) != (scheme[i] | 0x20)) return {};
    return value->substr(scheme.size());
}

/// What a caller is told says nothing about why; the log does.
[[noreturn]] void turn_away(const Log& log, const Error& error) {
    log.warning("caller_refused", error.what());
    if (error.code() == Code::unavailable) throw Error{Code::unavailable, "try again later"};
    if (error.code() == Code::permission_denied)
        throw Error{Code::permission_denied, "this account is not allowed here"}.fix(
            "The operator allows accounts with --allowed-emails.");
    throw Error{Code::unauthenticated, "an identity token is needed"}.fix(
        "Send Authorization: Bearer TOKEN, with a token of Google for this service.");
}

auth::IdTokenRules rules_of(const GateSettings& settings) {
    return {.audiences = {settings.audiences.begin(), settings.audiences.end()},
            .emails = {settings.emails.begin(), settings.emails.end()}};
}

Authenticate oidc_gate(const GateSettings& settings, http::Transport& transport, Clock& clock,
                       const Log& log) {
    if (settings.audiences.empty() || settings.emails.empty())
        throw Error{Code::usage, "--auth=oidc needs --audience and --allowed-emails"}
            .because("without them any account of Google could start runs")
            .fix(
                "Add --audience=https://THE-SERVICE-URL "
                "--allowed-emails=scheduler@PROJECT.iam.gserviceaccount.com, or --auth=iam where "
                "Cloud Run checks callers itself.");
    const auto verifier =
        std::make_shared<auth::IdTokenVerifier>(rules_of(settings), transport, clock);
    return [verifier, log](const http::Headers& headers,
                           std::stop_token stop) -> std::optional<std::string> {
        try {
            return verifier->verify(bearer(headers, "Authorization"), std::move(stop)).email;
        } catch (const Error& error) {
            turn_away(log, error);
        }
    };
}

Authenticate iam_gate(const GateSettings& settings, Clock& clock, const Log& log) {
    if (!settings.on_service)
        throw Error{Code::usage, "--auth=iam is only for Cloud Run"}
            .because("outside of it nobody has verified the token, which is K_SERVICE's absence")
            .fix("Write --auth=oidc with --audience and --allowed-emails.");
    return [rules = rules_of(settings), &clock, log](
               const http::Headers& headers, std::stop_token) -> std::optional<std::string> {
        try {
            auto token = bearer(headers, "X-Serverless-Authorization");
            if (token.empty()) token = bearer(headers, "Authorization");
            return auth::read_platform_token(token, rules, clock.now()).email;
        } catch (const Error& error) {
            turn_away(log, error);
        }
    };
}

}  // namespace

Authenticate make_gate(const GateSettings& settings, http::Transport& transport, Clock& clock,
                       const Log& log) {
    const bool private_address = http::is_loopback(settings.address) && !settings.on_service;
    auto word = settings.word;
    if (word.empty()) word = private_address ? "none" : "oidc";
    if (word == "oidc") return oidc_gate(settings, transport, clock, log);
    if (word == "iam") return iam_gate(settings, clock, log);
    if (word != "none")
        throw Error{Code::usage, fmt::format("--auth is \"{}\"", word)}
            .because("it knows oidc, iam and none")
            .fix("Write --auth=oidc.");
    if (!private_address)
        throw Error{Code::usage, "--auth=none would let everybody in"}
            .because(fmt::format("the server listens on {}", settings.address))
            .fix(
                "Write --listen=127.0.0.1, or --auth=oidc with --audience and "
                "--allowed-emails.");
    return [](const http::Headers&, std::stop_token) { return std::nullopt; };
}

}  // namespace sheetbq::app
