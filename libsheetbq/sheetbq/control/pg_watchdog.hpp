#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace sheetbq::control {

/// Ends conversations with a server that has fallen silent. Over a dead network none of the
/// server's own limits comes to pass, and a local socket (Cloud SQL's proxy) knows no keepalives.
class PgWatchdog {
public:
    /// A conversation that is watched while this lives.
    class Watch {
    public:
        Watch(PgWatchdog& owner, int socket) : owner_{owner}, socket_{socket} {}
        ~Watch() { owner_.forget(socket_); }
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        PgWatchdog& owner_;
        int socket_;
    };

    PgWatchdog();
    ~PgWatchdog() = default;
    PgWatchdog(const PgWatchdog&) = delete;
    PgWatchdog& operator=(const PgWatchdog&) = delete;

    /// Shuts the socket down after `patience`, so that whoever waits for it learns that it is dead.
    [[nodiscard]] Watch watch(int socket, std::chrono::milliseconds patience);

private:
    using Time = std::chrono::steady_clock::time_point;

    void forget(int socket);
    void work(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<int, Time> watched_;
    Time looks_at_ = Time::max();  ///< when the thread wakes up by itself
    std::jthread thread_;
};

}  // namespace sheetbq::control
