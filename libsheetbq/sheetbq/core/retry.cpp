#include "sheetbq/core/retry.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <random>

namespace sheetbq {

Jitter full_jitter() {
    struct Source {
        std::mutex mutex;
        std::mt19937_64 random{std::random_device{}()};
    };
    return [source = std::make_shared<Source>()](std::chrono::milliseconds cap) {
        const std::lock_guard lock{source->mutex};
        std::uniform_int_distribution<std::chrono::milliseconds::rep> pick{0, cap.count()};
        return std::chrono::milliseconds{pick(source->random)};
    };
}

Backoff::Backoff(const RetryPolicy& policy, Clock& clock, const Jitter& jitter)
    : policy_{policy},
      clock_{clock},
      jitter_{jitter},
      give_up_at_{clock.monotonic() + policy.budget},
      cap_{policy.first_delay} {}

std::optional<std::chrono::milliseconds> Backoff::wait_after(const Error& error) {
    ++attempts_;
    if (!error.transient() || attempts_ >= policy_.attempts) return std::nullopt;
    if (error.code() == Code::quota && ++refusals_ > 1) cap_ = policy_.quota_delay;
    const auto wait =
        error.retry_after() ? *error.retry_after() + jitter_(policy_.first_delay) : jitter_(cap_);
    if (clock_.monotonic() + wait > give_up_at_) return std::nullopt;
    cap_ = std::min(cap_ * 2, std::max(cap_, policy_.max_delay));
    return wait;
}

bool Backoff::pause(const Error& error, const OnRetry& on_retry, std::stop_token stop) {
    if (error.transient() && stop.stop_requested())
        throw Error{Code::cancelled, "stopped before a request could be repeated"}.because(
            error.what());
    const auto wait = wait_after(error);
    if (!wait) return false;
    if (on_retry) on_retry(error, attempts_, *wait);
    clock_.sleep(*wait, stop);
    if (stop.stop_requested())
        throw Error{Code::cancelled, "stopped while waiting to repeat a request"};
    return true;
}

}  // namespace sheetbq
