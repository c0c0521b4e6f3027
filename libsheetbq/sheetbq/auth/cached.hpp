#pragma once

#include "sheetbq/auth/token_source.hpp"
#include "sheetbq/core/error.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace sheetbq::auth {

/// Keeps the token of another source until 225 s before its end, and fetches the next one once
/// however many threads ask. While a refresh fails, a token that has not expired is still given
/// out, and the next refresh is tried 10 s later at the earliest.
class CachedTokens final : public TokenSource {
public:
    /// @param clock  must outlive this object.
    CachedTokens(std::shared_ptr<TokenSource> source, Clock& clock);

    AccessToken token(std::stop_token stop) override;
    void forget(const AccessToken& refused) override;
    std::string account(std::stop_token stop) override;
    std::string quota_project() const override;

private:
    bool fresh(Clock::TimePoint now) const;
    bool live(Clock::TimePoint now) const;
    /// Fetches a token for everybody who waits. Called with the lock held, which it gives up
    /// meanwhile.
    AccessToken fetch(std::unique_lock<std::mutex>& lock, std::stop_token stop);
    void land(std::optional<Error> failure);

    std::shared_ptr<TokenSource> source_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any landed_;
    std::optional<AccessToken> kept_;
    Clock::TimePoint not_before_{};  ///< no refresh of a live token until then
    bool fetching_ = false;
    std::uint64_t flights_ = 0;          ///< fetches that ended
    std::optional<Error> last_failure_;  ///< of the fetch that ended last, to share with waiters
};

}  // namespace sheetbq::auth
