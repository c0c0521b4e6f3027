#pragma once

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/http/transport.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace sheetbq::http {

/// A request that came in, within the limits of the server.
struct Incoming {
    std::string method;  ///< `GET` ...
    std::string path;    ///< escaped, without query
    std::string query;   ///< escaped, without `?`
    Headers headers;
    std::string body;
};

/// What a client may take of a server. Every limit ends in a short answer and a closed connection.
struct ServerLimits {
    std::size_t header_bytes = 8_KiB;  ///< 431
    std::size_t body_bytes = 64_KiB;   ///< 413
    std::chrono::milliseconds header_time{
        10'000};                                  ///< 408; before any byte of a request: no answer
    std::chrono::milliseconds body_time{30'000};  ///< 408
    std::size_t connections = 512;                ///< further ones are closed at once
    std::size_t workers = 4;                      ///< requests handled at the same time
    std::size_t waiting = 64;                     ///< requests that wait for a worker; then 503
};

/// Answers one request. Called from several threads; an exception becomes 500 without its text.
/// `stop` is requested when the server must end.
using Handler = std::function<Response(const Incoming& request, std::stop_token stop)>;

/// An HTTP/1.1 server.
class Server {
public:
    virtual ~Server() = default;
    /// The port it listens on.
    virtual std::uint16_t port() const = 0;
    /// Serves until `stop`: then takes nothing new, lets what is being handled end, and returns.
    virtual void run(std::stop_token stop) = 0;
};

/// @param port  0: any free one.
/// @throws Error conflict when the port is taken, bad_config when the address cannot be used.
std::unique_ptr<Server> listen(const std::string& address, std::uint16_t port,
                               const ServerLimits& limits, Handler handler);

}  // namespace sheetbq::http
