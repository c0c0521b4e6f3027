#include "sheetbq/app/interrupter.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <ctime>

namespace sheetbq::app {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds tidying{5};
constexpr int wake_signal = SIGUSR2;

sigset_t watched_signals() {
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, wake_signal);
    return signals;
}

/// The next signal, or 0 when `until` came first.
int wait_for_signal(const sigset_t& signals, SteadyClock::time_point until) {
    if (until == SteadyClock::time_point::max()) {
        int received = 0;
        sigwait(&signals, &received);
        return received;
    }
    const auto left = std::max(until - SteadyClock::now(), SteadyClock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec wait{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    const int received = sigtimedwait(&signals, nullptr, &wait);
    return received < 0 ? 0 : received;
}

}  // namespace

Interrupter::Interrupter() {
    const sigset_t signals = watched_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    watcher_ = std::jthread{[this](std::stop_token end) { watch(end); }};
}

Interrupter::~Interrupter() {
    watcher_.request_stop();
    pthread_kill(watcher_.native_handle(), wake_signal);
}

void Interrupter::limit(std::chrono::seconds run_timeout) {
    stop_at_ = SteadyClock::now() + run_timeout;
    pthread_kill(watcher_.native_handle(), wake_signal);
}

bool Interrupter::takes_signal(int received) {
    if (received != SIGINT && received != SIGTERM) return false;
    if (signal_ != 0 || timed_out_) give_up_.request_stop();
    if (signal_ == 0) signal_ = received;
    return true;
}

bool Interrupter::passes_limit() {
    const auto now = SteadyClock::now();
    if (now >= give_up_at_.load()) {
        give_up_.request_stop();
        give_up_at_ = SteadyClock::time_point::max();
    }
    if (now < stop_at_.load()) return false;
    timed_out_ = signal_ == 0;
    stop_at_ = SteadyClock::time_point::max();
    return true;
}

void Interrupter::watch(std::stop_token end) {
    const sigset_t signals = watched_signals();
    while (!end.stop_requested()) {
        const int received =
            wait_for_signal(signals, std::min(stop_at_.load(), give_up_at_.load()));
        if (!takes_signal(received) && !passes_limit()) continue;
        if (!stop_.stop_requested()) give_up_at_ = SteadyClock::now() + tidying;
        stop_.request_stop();
    }
}

}  // namespace sheetbq::app
