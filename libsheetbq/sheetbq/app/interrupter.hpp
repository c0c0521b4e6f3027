#pragma once

#include "sheetbq/core/interruption.hpp"

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>

namespace sheetbq::app {

/// Turns SIGINT, SIGTERM and a time limit into stop requests.
///
/// Must be made before any other thread: it blocks the signals, and threads inherit that. The first
/// signal asks to stop; five seconds later, or at the second signal, tidying has to end too, so
/// that the process is gone within the 8 seconds that Cloud Run leaves it.
class Interrupter {
public:
    Interrupter();
    ~Interrupter();
    Interrupter(const Interrupter&) = delete;
    Interrupter& operator=(const Interrupter&) = delete;

    /// Starts the clock of the whole run.
    void limit(std::chrono::seconds run_timeout);

    Interruption interruption() const { return {stop_.get_token(), give_up_.get_token()}; }

    /// The signal that asked to stop; 0 when none did.
    int signal() const { return signal_; }
    /// The time limit asked to stop.
    bool timed_out() const { return timed_out_; }

private:
    void watch(std::stop_token end);
    /// @returns whether it asks to stop.
    bool takes_signal(int received);
    bool passes_limit();

    std::stop_source stop_;
    std::stop_source give_up_;
    std::atomic<int> signal_{0};
    std::atomic<bool> timed_out_{false};
    std::atomic<std::chrono::steady_clock::time_point> give_up_at_{
        std::chrono::steady_clock::time_point::max()};
    std::atomic<std::chrono::steady_clock::time_point> stop_at_{
        std::chrono::steady_clock::time_point::max()};
    std::jthread watcher_;
};

}  // namespace sheetbq::app
