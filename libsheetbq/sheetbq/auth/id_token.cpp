#include "sheetbq/auth/id_token.hpp"

#include "sheetbq/auth/google_keys.hpp"
#include "sheetbq/auth/id_claims.hpp"
#include "sheetbq/auth/jwt.hpp"

#include <utility>

namespace sheetbq::auth {

struct IdTokenVerifier::Keys : GoogleKeys {
    using GoogleKeys::GoogleKeys;
};

IdTokenVerifier::IdTokenVerifier(IdTokenRules rules, http::Transport& transport, Clock& clock)
    : rules_{std::move(rules)}, clock_{clock}, keys_{std::make_unique<Keys>(transport, clock)} {}

IdTokenVerifier::~IdTokenVerifier() = default;

/// The signature comes before the claims: who has no key of Google's learns nothing about our
/// rules, and makes us do the same work whatever the claims are.
Identity IdTokenVerifier::verify(std::string_view token, std::stop_token stop) {
    const auto parts = read_id_token(token);
    if (parts.signature == removed_signature)
        throw Error{Code::unauthenticated, "the caller's identity token has no signature any more"}
            .because("Cloud Run verified it and took its signature away")
            .fix("Start with --auth=iam: every caller has passed Cloud Run's own check already.");
    const auto signature = decode_base64url(parts.signature);
    if (!signature) throw not_proven("its signature is not written as Base64");
    const auto key = keys_->find(parts.key_id, std::move(stop));
    if (!key) throw not_proven("it names a key that Google does not have");
    if (!verifies(key, parts.signed_part, *signature))
        throw not_proven("its signature is not Google's");
    return judge_claims(parts.claims, rules_, EmptyRules::allow_none, clock_.now());
}

Identity read_platform_token(std::string_view token, const IdTokenRules& rules,
                             Clock::TimePoint now) {
    const auto parts = read_id_token(token);
    if (parts.signature != removed_signature)
        throw Error{Code::unauthenticated, "Cloud Run has not verified the caller's identity token"}
            .because("its signature is still there")
            .fix(
                "Start with --auth=oidc, or let Cloud Run check callers: gcloud run services "
                "remove-iam-policy-binding SERVICE --member=allUsers --role=roles/run.invoker.");
    return judge_claims(parts.claims, rules, EmptyRules::allow_any, now);
}

}  // namespace sheetbq::auth
