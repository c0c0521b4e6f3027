#pragma once

#include "support/certificate.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::testing {

/// One accepted connection, as a script of the server sees it. Every call ends early, and quietly,
/// when the server is destroyed or the client has gone.
class Peer {
public:
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer() = default;

    /// How many connections came before this one.
    virtual std::size_t number() const = 0;
    /// Reads one request with its body (by Content-Length). @returns all of it as it came; "" at
    /// the end.
    virtual std::string read_request() = 0;
    /// Reads up to and with the empty line that ends a request's head.
    virtual std::string read_head() = 0;
    virtual void send(std::string_view bytes) = 0;
    virtual void pause(std::chrono::milliseconds time) = 0;
    /// From here on the connection is encrypted, with the server's certificate.
    virtual void start_tls() = 0;
    /// Waits until the client closes, throwing away what it sends.
    virtual void wait_closed() = 0;
    /// Closes properly: with TLS, says so first.
    virtual void close() = 0;
    /// Ends TCP's sending direction without TLS's farewell.
    virtual void truncate() = 0;
    /// Aborts the connection (RST).
    virtual void reset() = 0;

protected:
    Peer() = default;
};

struct LoopbackOptions {
    const Certificate* certificate = nullptr;  ///< for start_tls
    int newest_tls = 0;                        ///< e.g. TLS1_1_VERSION; 0: the newest
};

/// A TCP server on 127.0.0.1 that does what a script says, on a thread of its own for each
/// connection. Whatever the script does not close is closed when it returns. A test's assertions
/// belong on the test's thread: scripts only act.
class LoopbackServer {
public:
    using Script = std::function<void(Peer&)>;

    explicit LoopbackServer(Script script, LoopbackOptions options = {});
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    unsigned short port() const;
    /// `http://127.0.0.1:PORT` and the path.
    std::string url(std::string_view path = "/") const;
    /// How many connections were accepted so far.
    std::size_t connections() const;
    /// Everything that read_request and read_head returned so far, in order of arrival.
    std::vector<std::string> requests() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// `HTTP/1.1 STATUS x`, Content-Length, and the body; `fields` end in \r\n each.
std::string answer(int status, std::string_view body, std::string_view fields = {});

}  // namespace sheetbq::testing
