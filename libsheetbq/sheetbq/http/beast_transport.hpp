#pragma once

#include "sheetbq/http/transport.hpp"

#include <memory>
#include <string>

namespace sheetbq::http {

/// The environment's say in how connections are made. Empty members mean "not set".
struct ConnectionSettings {
    /// HTTPS_PROXY: `http://[user:password@]host:port`, used with CONNECT.
    std::string https_proxy{};
    /// NO_PROXY: comma-separated hosts, `.suffix`, `*`, with optional :port.
    std::string no_proxy{};
    /// SSL_CERT_FILE: a PEM bundle, instead of the system's directory.
    std::string ssl_cert_file{};
    /// SSL_CERT_DIR: a hashed directory; default /etc/ssl/certs.
    std::string ssl_cert_dir{};
};

/// HTTP/1.1 over TCP and TLS 1.2 or newer, with keep-alive and one connection pool.
///
/// Certificates are verified against the system's hashed CA directory (the whole bundle is never
/// parsed: that costs 20 ms a start). Never falls back to plain text. Plain http goes only to
/// loopback hosts and to the metadata server (metadata.google.internal, 169.254.169.254), never
/// through a proxy. A kept connection that turns out to be closed before any byte of the answer
/// arrived is replaced once, silently, for GET, PUT and DELETE.
/// Safe to call from several threads; each call uses a connection of its own.
class BeastTransport final : public Transport {
public:
    explicit BeastTransport(ConnectionSettings settings);
    ~BeastTransport() override;

    Response send(const Request& request, const BodySink* sink, std::stop_token stop) override;

private:
    class Pool;
    std::unique_ptr<Pool> pool_;
};

}  // namespace sheetbq::http
