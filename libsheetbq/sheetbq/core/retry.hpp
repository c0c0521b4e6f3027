#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/error.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
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

/// Calls `operation` until it returns, fails for good, or the policy is used up. The only retry
/// loop.
///
/// A quota refusal without Retry-After waits up to `quota_delay` from its second time on, since
/// Google's per-minute quotas refill each minute.
/// @throws the last Error as it was; cancelled when `stop` is requested while waiting.
template <class Operation>
auto retry(const RetryPolicy& policy, Clock& clock, const Jitter& jitter, const OnRetry& on_retry,
           std::stop_token stop, Operation&& operation) {
    const auto give_up_at = clock.monotonic() + policy.budget;
    auto cap = policy.first_delay;
    int refusals = 0;
    for (int attempt = 1;; ++attempt) {
        try {
            return operation();
        } catch (const Error& error) {
            if (!error.transient() || attempt >= policy.attempts || stop.stop_requested()) throw;
            if (error.code() == Code::quota && ++refusals > 1) cap = policy.quota_delay;
            const auto wait = error.retry_after()
                                  ? *error.retry_after() + jitter(policy.first_delay)
                                  : jitter(cap);
            if (clock.monotonic() + wait > give_up_at) throw;
            if (on_retry) on_retry(error, attempt, wait);
            clock.sleep(wait, stop);
            if (stop.stop_requested())
                throw Error{Code::cancelled, "stopped while waiting to repeat a request"};
            cap = std::min(cap * 2, std::max(cap, policy.max_delay));
        }
    }
}

}  // namespace sheetbq
