#pragma once

#include "support/certificate.hpp"

#include <atomic>
#include <string>
#include <thread>

namespace sheetbq::testing {

/// Stands between a client and PostgreSQL's socket. On demand it passes a COMMIT on and cuts the
/// client off before the answer.
class CommitCutter {
public:
    /// @param server  path of the server's socket.
    explicit CommitCutter(std::string server);
    ~CommitCutter();
    CommitCutter(const CommitCutter&) = delete;
    CommitCutter& operator=(const CommitCutter&) = delete;

    /// The folder of our socket, which is libpq's `host`.
    std::string folder() const { return folder_.path().string(); }
    void cut_next_commit() { cut_ = true; }

private:
    void serve();
    void pass(int client);

    std::string server_;
    TemporaryDirectory folder_;
    int listener_ = -1;
    std::atomic<bool> cut_ = false;
    std::jthread thread_;
};

}  // namespace sheetbq::testing
