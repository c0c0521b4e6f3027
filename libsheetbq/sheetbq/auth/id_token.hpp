#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/http/transport.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace sheetbq::auth {

/// Who sent a request, as far as a token tells.
struct Identity {
    std::string email{};
    std::string subject{};
};

/// What an identity token must say.
struct IdTokenRules {
    std::set<std::string> audiences{};
    std::set<std::string> emails{};
};

/// Verifies Google's identity tokens: RS256 by a key of Google's, issuer, audience, e-mail, times.
/// Keys are cached as long as their answer allows; an unknown key is looked up once, at most every
/// minute, and old keys serve on while that fails. Safe to call from several threads.
class IdTokenVerifier {
public:
    IdTokenVerifier(IdTokenRules rules, http::Transport& transport, Clock& clock);
    ~IdTokenVerifier();

    /// @throws Error unauthenticated (no token, or one that proves nothing), permission_denied (a
    ///     good token of somebody who is not allowed), unavailable (Google's keys cannot be had).
    ///     The text is fit for a log, not for the caller. An empty set of rules allows nobody.
    Identity verify(std::string_view token, std::stop_token stop);

private:
    struct Keys;
    IdTokenRules rules_;
    Clock& clock_;
    std::unique_ptr<Keys> keys_;
};

/// Reads the claims of a token that Cloud Run has verified and whose signature it replaced by
/// `SIGNATURE_REMOVED_BY_GOOGLE`; issuer, times, audience and e-mail are checked all the same (an
/// empty set of rules allows any).
/// @throws Error as IdTokenVerifier::verify.
Identity read_platform_token(std::string_view token, const IdTokenRules& rules,
                             Clock::TimePoint now);

}  // namespace sheetbq::auth
