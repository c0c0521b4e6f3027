#include "sheetbq/control/pg_watchdog.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace sheetbq::control {

using std::chrono::steady_clock;

PgWatchdog::PgWatchdog() : thread_{[this](const std::stop_token& stop) { work(stop); }} {}

/// The thread is woken only when it would look too late; most answers come long before.
PgWatchdog::Watch PgWatchdog::watch(int socket, std::chrono::milliseconds patience) {
    const auto until = steady_clock::now() + patience;
    bool sooner = false;
    {
        const std::lock_guard lock{mutex_};
        watched_[socket] = until;
        sooner = until < looks_at_;
    }
    if (sooner) changed_.notify_all();
    return {*this, socket};
}

void PgWatchdog::forget(int socket) {
    const std::lock_guard lock{mutex_};
    watched_.erase(socket);
}

void PgWatchdog::work(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    const auto earliest = [this] {
        auto first = Time::max();
        for (const auto& [socket, until] : watched_) first = std::min(first, until);
        return first;
    };
    while (!stop.stop_requested()) {
        const auto now = steady_clock::now();
        // Under the lock: whoever is watched has not closed it yet.
        std::erase_if(watched_, [&](const auto& each) {
            if (each.second > now) return false;
            ::shutdown(each.first, SHUT_RDWR);
            return true;
        });
        looks_at_ = earliest();
        const auto sooner = [&] { return earliest() < looks_at_; };
        if (looks_at_ == Time::max())
            changed_.wait(lock, stop, sooner);
        else
            changed_.wait_until(lock, stop, looks_at_, sooner);
    }
}

}  // namespace sheetbq::control
