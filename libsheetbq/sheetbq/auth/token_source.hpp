#pragma once

#include "sheetbq/core/clock.hpp"

#include <stop_token>
#include <string>

namespace sheetbq::auth {

/// A bearer token. Has no formatter on purpose: it must not reach a log.
struct AccessToken {
    std::string value;
    Clock::TimePoint expires_at;
};

/// Gives access tokens. Seam to the world of credentials; safe to call from several threads.
class TokenSource {
public:
    TokenSource() = default;
    TokenSource(const TokenSource&) = delete;
    TokenSource& operator=(const TokenSource&) = delete;
    virtual ~TokenSource() = default;

    /// A token that is good for some minutes. Blocks; may cost one or more requests.
    /// @throws Error unauthenticated with a hint when the credentials are refused; unavailable when
    ///     the token endpoint cannot be reached; permission_denied when impersonation is refused.
    virtual AccessToken token(std::stop_token stop) = 0;

    /// Forgets `refused`, which an API answered with 401, so that the next token is a new one.
    virtual void forget(const AccessToken& refused) { static_cast<void>(refused); }

    /// The e-mail address to share sheets with and to grant roles to; empty when unknown.
    virtual std::string account(std::stop_token stop) = 0;

    /// Value of the `x-goog-user-project` header; empty for service accounts.
    virtual std::string quota_project() const { return {}; }
};

}  // namespace sheetbq::auth
