#pragma once

#include "sheetbq/core/clock.hpp"

#include <mutex>
#include <vector>

namespace sheetbq::testing {

/// A clock that stands still until somebody sleeps; sleeping takes no time and moves it.
class FakeClock final : public Clock {
public:
    TimePoint now() const override {
        const std::lock_guard lock{mutex_};
        return now_;
    }
    std::chrono::nanoseconds monotonic() const override {
        const std::lock_guard lock{mutex_};
        return now_.time_since_epoch();
    }
    void sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
        const std::lock_guard lock{mutex_};
        if (stop.stop_requested()) return;
        now_ += duration;
        slept_.push_back(duration);
    }
    void advance(std::chrono::milliseconds duration) {
        const std::lock_guard lock{mutex_};
        now_ += duration;
    }
    std::vector<std::chrono::milliseconds> slept() const {
        const std::lock_guard lock{mutex_};
        return slept_;
    }

private:
    mutable std::mutex mutex_;
    TimePoint now_ =
        std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + std::chrono::hours{8};
    std::vector<std::chrono::milliseconds> slept_;
};

}  // namespace sheetbq::testing
