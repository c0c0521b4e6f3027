#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sheetbq::testing {

/// Stands between a program and a server that listens on a socket of the file system, and harms
/// what passes. Ends with the test.
class FaultProxy {
public:
    enum class Mode {
        pass,
        black_hole,  ///< takes what is sent and delivers nothing, either way; nothing is closed
        deaf,        ///< delivers what the client sends, and nothing of the answers
        refuse,      ///< closes new connections at once
    };

    /// @param listens  path of the socket that is made. @param server  path of the real one.
    FaultProxy(std::string listens, std::string server);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    void set(Mode mode) { mode_ = mode; }
    /// Waits that long before each piece is passed on.
    void delay(std::chrono::milliseconds latency) { latency_ms_ = latency.count(); }
    /// Closes every connection that there is.
    void cut();
    /// Turns deaf as soon as a client's message holds this text, once. @param after  a text that
    /// has to come before it. Note that every transaction begins with `READ COMMITTED`.
    void deafen_at(std::string text, std::string after = {});
    /// Whether it has turned deaf by that.
    bool deafened() const { return deafened_; }
    std::size_t connections() const { return accepted_; }

private:
    struct Link;
    void accept_all(std::stop_token stop);
    void carry(Link& link, std::stop_token stop);
    bool forward(Link& link, int from, int to, bool from_client);
    bool hears(const std::string& bytes);

    std::string listens_;
    std::string server_;
    int listener_ = -1;
    std::atomic<Mode> mode_{Mode::pass};
    std::atomic<long> latency_ms_{0};
    std::atomic<std::size_t> accepted_{0};
    std::mutex mutex_;
    std::string trigger_;
    std::string before_trigger_;
    std::atomic<bool> deafened_{false};
    std::list<std::unique_ptr<Link>> links_;
    std::jthread acceptor_;
};

}  // namespace sheetbq::testing
