#pragma once

#include "sheetbq/core/error.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

namespace sheetbq {

/// Lets threads pass one after the other, by number.
class Turnstile {
public:
    /// Waits until it is `number`'s turn. @throws Error cancelled.
    void wait(std::size_t number, std::stop_token stop) {
        std::unique_lock lock{mutex_};
        if (!moved_.wait(lock, stop, [&] { return next_ == number; }))
            throw Error{Code::cancelled, "stopped while waiting for its turn"};
    }
    void pass() {
        {
            const std::lock_guard lock{mutex_};
            ++next_;
        }
        moved_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable_any moved_;
    std::size_t next_ = 0;
};

}  // namespace sheetbq
