#pragma once

#include "sandbox.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace sheetbq::sandbox {

struct ServerOptions {
    std::string host = "127.0.0.1";
    unsigned short port = 0;         ///< 0: chosen by the system
    std::string certificate_file{};  ///< PEM; with key_file: serves TLS
    std::string key_file{};
    std::chrono::milliseconds latency{0};  ///< waited before every answer of values.get
};

/// Serves a Sandbox over HTTP/1.1 on loopback, one thread a connection, keep-alive, chunked gzip
/// answers where asked for, network faults for real. Stops and joins when destroyed.
class Server {
public:
    Server(Sandbox& sandbox, ServerOptions options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`.
    std::string url() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sheetbq::sandbox
