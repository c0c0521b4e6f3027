#include "socket.hpp"

#include "sheetbq/core/error.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace sheetbq::sandbox {

namespace {

Error cannot_listen(const std::string& host, unsigned short port) {
    return Error{Code::bad_config, fmt::format("cannot listen on {}:{}", host, port)}
        .because(std::strerror(errno))
        .fix("Choose another port, or --port 0 for a free one.");
}

}  // namespace

TlsContext make_tls_context(const std::string& certificate_file, const std::string& key_file) {
    TlsContext context{nullptr, SSL_CTX_free};
    if (certificate_file.empty() && key_file.empty()) return context;
    context.reset(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw Error{Code::bad_config, "cannot serve TLS with " + certificate_file}
            .because("certificate and key do not form a usable pair of PEM files")
            .fix(
                "Give --tls-cert and --tls-key files made by: openssl req -x509 -newkey rsa:2048 "
                "-nodes -keyout key.pem -out cert.pem -subj /CN=localhost");
    return context;
}

Listener::Listener(const std::string& host, unsigned short port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    errno = EINVAL;
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw cannot_listen(host, port);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (fd_ < 0 || ::bind(fd_, generic, size) != 0 || ::listen(fd_, SOMAXCONN) != 0 ||
        ::getsockname(fd_, generic, &size) != 0) {
        const int problem = errno;
        if (fd_ >= 0) ::close(fd_);
        errno = problem;
        throw cannot_listen(host, port);
    }
    port_ = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(fd_); }

int Listener::accept() const {
    for (;;) {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0 || (errno != EINTR && errno != ECONNABORTED)) return fd;
    }
}

void Listener::close() const { ::shutdown(fd_, SHUT_RDWR); }

Socket::Socket(int fd, SSL_CTX* tls)
    : fd_{fd}, tls_{tls == nullptr ? nullptr : SSL_new(tls), SSL_free} {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls_) SSL_set_fd(tls_.get(), fd_);
}

Socket::~Socket() { finish(); }

void Socket::finish() {
    if (fd_ < 0) return;
    if (broken_) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else if (tls_) {
        // A peer that reads nothing must not hold up the goodbye.
        ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
        SSL_shutdown(tls_.get());
    }
    ::close(fd_);
    fd_ = -1;
}

bool Socket::open() { return !tls_ || SSL_accept(tls_.get()) == 1; }

bool Socket::read(std::string& into) {
    std::array<char, 1U << 16U> buffer{};
    for (;;) {
        const auto size = tls_ ? SSL_read(tls_.get(), buffer.data(), buffer.size())
                               : ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (size > 0) {
            into.append(buffer.data(), static_cast<std::size_t>(size));
            return true;
        }
        if (tls_ || size == 0 || errno != EINTR) return false;
    }
}

bool Socket::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto most = std::min<std::size_t>(bytes.size(), INT_MAX);
        const auto size = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(most))
                               : ::send(fd_, bytes.data(), most, MSG_NOSIGNAL);
        if (size <= 0) {
            if (!tls_ && size < 0 && errno == EINTR) continue;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

void Socket::break_off() { broken_ = true; }

void Socket::interrupt() const {
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

}  // namespace sheetbq::sandbox
