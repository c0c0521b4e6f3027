#include "sheetbq/auth/service_account.hpp"

#include "sheetbq/auth/delegation.hpp"
#include "sheetbq/auth/hints.hpp"
#include "sheetbq/auth/token_endpoint.hpp"

#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

std::string hint(const Refusal& refusal, const ServiceAccountKey& key, Clock::TimePoint now) {
    const auto says = [&](std::string_view words) {
        return refusal.description.find(words) != std::string::npos;
    };
    if (says("reasonable timeframe"))
        return fmt::format(
            "Set this machine's clock, which says {}: sudo timedatectl set-ntp true.",
            to_rfc3339(now));
    if (says("account not found"))
        return fmt::format(
            "The account was deleted or its project is off. Look with: gcloud iam service-accounts "
            "describe {}  and use a key of an account that exists.",
            key.email);
    if (says("Invalid JWT Signature"))
        return fmt::format(
            "The key was deleted or belongs to another account. Make a new one: {}  and point "
            "GOOGLE_APPLICATION_CREDENTIALS at it.",
            new_key_command(key.email));
    return fmt::format(
        "Look whether the account and its key are enabled: gcloud iam service-accounts keys list "
        "--iam-account={}.",
        key.email);
}

Error explain(const Refusal& refusal, const ServiceAccountKey& key, Clock::TimePoint now) {
    return Error{Code::unauthenticated,
                 fmt::format("Google refused the key of {} ({})", key.email, key.file)}
        .because(refusal.sentence())
        .fix(hint(refusal, key, now));
}

}  // namespace

ServiceAccountKey service_account_key(const CredentialFile& file) {
    auto email = file.text("client_email");
    auto key = RsaKey::from_pem(file.text("private_key"));
    if (!key)
        throw Error{Code::unauthenticated,
                    fmt::format("the credentials file {} is not usable", file.path())}
            .because("its field \"private_key\" is not an RSA key in PEM form")
            .fix(fmt::format("Make a new key: {}  (line breaks in it must stay \\n).",
                             new_key_command(email)));
    auto uri = file.text_or("token_uri", std::string{google_token_uri});
    // Keys made years ago name an address that Google serves in the same way.
    uri = uri == "https://accounts.google.com/o/oauth2/token"
              ? std::string{google_token_uri}
              : file.google_url("token_uri", google_token_uri);
    return {.email = std::move(email),
            .key_id = file.text_or("private_key_id", ""),
            .client_id = file.text_or("client_id", ""),
            .token_uri = std::move(uri),
            .file = file.path(),
            .key = *std::move(key)};
}

ServiceAccount::ServiceAccount(Outside outside, ServiceAccountKey key,
                               std::vector<std::string> scopes, std::string person)
    : outside_{std::move(outside)},
      key_{std::move(key)},
      scopes_{std::move(scopes)},
      person_{std::move(person)} {}

AccessToken ServiceAccount::token(std::stop_token stop) {
    const auto now = outside_.clock.now();
    const auto claims = grant_claims(key_.email, scopes_, now, person_);
    auto answer = request_token(outside_, key_.token_uri,
                                jwt_bearer(signed_jwt(key_.key, key_.key_id, claims)), "", stop);
    if (auto* token = std::get_if<AccessToken>(&answer)) return std::move(*token);

    const auto& refusal = std::get<Refusal>(answer);
    const bool about_key = refusal.description.find("JWT") != std::string::npos ||
                           refusal.description.find("account not found") != std::string::npos;
    if (person_.empty() || about_key) throw explain(refusal, key_, now);
    throw explain_delegation(refusal, {key_.email, key_.client_id, person_, scopes_});
}

std::string ServiceAccount::account(std::stop_token /*stop*/) {
    return person_.empty() ? key_.email : person_;
}

}  // namespace sheetbq::auth
