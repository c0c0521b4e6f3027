#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace sheetbq {

/// How patient we are. Delays double from `first_delay` to `max_delay`; the whole ends at `budget`.
struct RetryPolicy {
    int attempts = 10;                              ///< the first one included
    std::chrono::milliseconds first_delay{1'000};   ///< cap of the first jittered wait
    std::chrono::milliseconds max_delay{32'000};    ///< cap of any jittered wait
    std::chrono::milliseconds quota_delay{60'000};  ///< cap of a wait for quota without Retry-After
    std::chrono::milliseconds budget{10 * 60'000};  ///< waits that would pass this are not begun
};

/// Picks a wait between nothing and `cap`.
using Jitter = std::function<std::chrono::milliseconds(std::chrono::milliseconds cap)>;

/// Full jitter from a thread-safe random source.
Jitter full_jitter();

/// Told of each failure that will be repeated, before the wait.
using OnRetry =
    std::function<void(const Error& error, int attempt, std::chrono::milliseconds wait)>;

/// What a retry loop remembers between two attempts.
class Backoff {
public:
    Backoff(const RetryPolicy& policy, Clock& clock, const Jitter& jitter);

    /// How long to wait after this failure; nothing when there is no use in another attempt.
    std::optional<std::chrono::milliseconds> wait_after(const Error& error);
    /// Waits before the next attempt. @returns false when there is no use in one.
    /// @throws Error cancelled when `stop` is requested.
    bool pause(const Error& error, const OnRetry& on_retry, std::stop_token stop);

private:
    const RetryPolicy& policy_;
    Clock& clock_;
    const Jitter& jitter_;
    std::chrono::nanoseconds give_up_at_;
    std::chrono::milliseconds cap_;
    int attempts_ = 0;
    int refusals_ = 0;
};

/// Calls `operation` until it returns, fails for good, or the policy is used up. The only retry
/// loop.
///
/// A quota refusal without Retry-After waits up to `quota_delay` from its second time on, since
/// Google's per-minute quotas refill each minute.
/// @throws the last Error as it was; cancelled when `stop` is requested while waiting, or before
///     a failure that could be repeated.
template <class Operation>
auto retry(const RetryPolicy& policy, Clock& clock, const Jitter& jitter, const OnRetry& on_retry,
           std::stop_token stop, Operation&& operation) {
    Backoff backoff{policy, clock, jitter};
    for (;;) {
        try {
            return operation();
        } catch (const Error& error) {
            if (!backoff.pause(error, on_retry, stop)) throw;
        }
    }
}

}  // namespace sheetbq
