#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// Null when no certificate is given. @throws Error bad_config when the files are unusable.
TlsContext make_tls_context(const std::string& certificate_file, const std::string& key_file);

/// A listening TCP socket. Its file descriptor is closed with it.
class Listener {
public:
    /// @throws Error bad_config when the address is malformed or in use.
    Listener(const std::string& host, unsigned short port);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    unsigned short port() const { return port_; }
    /// The next connection's descriptor; -1 once `close` was called.
    int accept() const;
    /// Wakes `accept`. Safe from another thread.
    void close() const;

private:
    int fd_ = -1;
    unsigned short port_ = 0;
};

/// One accepted connection, plain or TLS, blocking.
class Socket {
public:
    Socket(int fd, SSL_CTX* tls);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    /// TLS handshake, where there is TLS. @returns false when it failed.
    bool open();
    /// Appends what arrived. @returns false at the end of the stream.
    bool read(std::string& into);
    /// @returns false when the peer is gone.
    bool write(std::string_view bytes);
    /// Makes `finish` break the connection with RST instead of closing it.
    void break_off();
    /// Closes the connection; the socket is of no use afterwards.
    void finish();
    /// Ends reads and writes of other threads; nothing once finished.
    void interrupt() const;

private:
    int fd_;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
    bool broken_ = false;
};

}  // namespace sheetbq::sandbox
