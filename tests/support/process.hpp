#pragma once

#include "support/certificate.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace sheetbq::testing {

/// How a program ended.
struct ProcessEnd {
    int exit_code = -1;      ///< -1 when a signal ended it
    int signal = 0;          ///< the signal that ended it, ours included
    bool timed_out = false;  ///< it was killed, for it took too long
    std::string out;         ///< all of stdout
    std::string err;
    std::chrono::milliseconds after_signal{0};  ///< from `send_signal` to the end
};

/// A program that runs beside the test. Killed when destroyed.
class Process {
public:
    /// @param environment  all of it: nothing is inherited.
    /// @throws std::runtime_error when it cannot be started.
    Process(const std::vector<std::string>& command,
            const std::map<std::string, std::string>& environment);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void send_signal(int number);
    int pid() const { return pid_; }
    /// Waits until it stands still after SIGSTOP. @returns false when it ended, or after ten
    /// seconds.
    bool wait_stopped() const;
    /// Waits for its end; kills it after `limit`.
    ProcessEnd wait(std::chrono::milliseconds limit = std::chrono::seconds{30});

private:
    void reap();

    TemporaryDirectory folder_;
    std::chrono::steady_clock::time_point signalled_ = std::chrono::steady_clock::now();
    int pid_ = -1;
    int pidfd_ = -1;
    int status_ = 0;
};

}  // namespace sheetbq::testing
