#include "support/loopback_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>

namespace sheetbq::testing {
namespace {

/// Records and ends what the server's connections share.
struct Shared {
    mutable std::mutex mutex;
    std::condition_variable_any changed;
    std::vector<std::string> requests;
    std::vector<int> open;

    void record(const std::string& request) {
        const std::lock_guard lock{mutex};
        requests.push_back(request);
    }
};

class SocketPeer final : public Peer {
public:
    SocketPeer(int socket, std::size_t number, Shared& shared, SSL_CTX* context,
               std::stop_token stop)
        : socket_{socket},
          number_{number},
          shared_{shared},
          context_{context},
          stop_{std::move(stop)} {}
    ~SocketPeer() override {
        SSL_free(tls_);
        finish();
    }
    SocketPeer(const SocketPeer&) = delete;
    SocketPeer& operator=(const SocketPeer&) = delete;

    std::size_t number() const override { return number_; }

    std::string read_request() override {
        const auto head = take_head();
        std::string request = head + take_body(head);
        if (!request.empty()) shared_.record(request);
        return request;
    }
    std::string read_head() override {
        auto head = take_head();
        if (!head.empty()) shared_.record(head);
        return head;
    }
    void send(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto count = write(bytes);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    void pause(std::chrono::milliseconds time) override {
        std::unique_lock lock{shared_.mutex};
        shared_.changed.wait_for(lock, stop_, time, [] { return false; });
    }
    void start_tls() override {
        tls_ = SSL_new(context_);
        SSL_set_fd(tls_, socket_);
        if (SSL_accept(tls_) != 1) dead_ = true;
    }
    void wait_closed() override {
        buffered_.clear();
        while (more()) buffered_.clear();
    }
    void close() override {
        if (tls_ != nullptr && !dead_) SSL_shutdown(tls_);
        finish();
    }
    void truncate() override { ::shutdown(socket_, SHUT_WR); }
    void reset() override {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        finish();
    }

private:
    std::string take_head() {
        auto end = buffered_.find("\r\n\r\n");
        while (end == std::string::npos) {
            if (!more()) return {};
            end = buffered_.find("\r\n\r\n");
        }
        return take(end + 4);
    }
    std::string take_body(const std::string& head) {
        constexpr std::string_view field = "\r\nContent-Length: ";
        const auto found = head.find(field);
        std::size_t size = 0;
        if (found != std::string::npos)
            std::from_chars(head.data() + found + field.size(), head.data() + head.size(), size);
        while (buffered_.size() < size && more()) continue;
        return take(std::min(size, buffered_.size()));
    }
    std::string take(std::size_t size) {
        auto text = buffered_.substr(0, size);
        buffered_.erase(0, size);
        return text;
    }
    bool more() {
        if (dead_ || socket_ < 0) return false;
        std::array<char, 16384> piece{};
        const auto count = tls_ != nullptr ? SSL_read(tls_, piece.data(), piece.size())
                                           : ::recv(socket_, piece.data(), piece.size(), 0);
        if (count <= 0) return false;
        buffered_.append(piece.data(), static_cast<std::size_t>(count));
        return true;
    }
    ssize_t write(std::string_view bytes) {
        if (dead_ || socket_ < 0) return -1;
        if (tls_ != nullptr) return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void finish() {
        if (socket_ < 0) return;
        const std::lock_guard lock{shared_.mutex};
        std::erase(shared_.open, socket_);
        ::close(socket_);
        socket_ = -1;
    }

    int socket_;
    std::size_t number_;
    Shared& shared_;
    SSL_CTX* context_;
    SSL* tls_ = nullptr;
    bool dead_ = false;
    std::string buffered_;
    std::stop_token stop_;
};

int listen_on_loopback() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 64) != 0)
        throw std::runtime_error{"cannot listen on 127.0.0.1"};
    return listener;
}

BIO* memory(const std::string& text) {
    return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
}

SSL_CTX* server_context(const LoopbackOptions& options) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    BIO* certificate_text = memory(options.certificate->certificate_pem);
    BIO* key_text = memory(options.certificate->key_pem);
    X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_text);
    BIO_free(key_text);
    if (options.newest_tls != 0) {
        SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, options.newest_tls, nullptr);
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, options.newest_tls, nullptr);
    }
    return context;
}

}  // namespace

struct LoopbackServer::State {
    Script script;
    int listener = listen_on_loopback();
    SSL_CTX* context = nullptr;
    Shared shared;
    std::atomic<std::size_t> accepted = 0;
    std::stop_source stop;
    std::vector<std::jthread> connections;
    std::jthread accepting;

    void accept_all() {
        while (true) {
            const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) return;
            const int on = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            {
                const std::lock_guard lock{shared.mutex};
                if (stop.stop_requested()) {
                    ::close(socket);
                    return;
                }
                shared.open.push_back(socket);
            }
            connections.emplace_back([this, socket, number = accepted++] {
                SocketPeer peer{socket, number, shared, context, stop.get_token()};
                script(peer);
            });
        }
    }

    void end() {
        stop.request_stop();
        {
            const std::lock_guard lock{shared.mutex};
            for (const int socket : shared.open) ::shutdown(socket, SHUT_RDWR);
        }
        ::shutdown(listener, SHUT_RDWR);
        accepting.join();
        connections.clear();
        ::close(listener);
        SSL_CTX_free(context);
    }
};

LoopbackServer::LoopbackServer(Script script, LoopbackOptions options)
    : state_{std::make_unique<State>()} {
    // OpenSSL writes to its sockets without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    state_->script = std::move(script);
    if (options.certificate != nullptr) state_->context = server_context(options);
    state_->accepting = std::jthread{[this] { state_->accept_all(); }};
}

LoopbackServer::~LoopbackServer() { state_->end(); }

unsigned short LoopbackServer::port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(state_->listener, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

std::string LoopbackServer::url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port(), path);
}

std::size_t LoopbackServer::connections() const { return state_->accepted; }

std::vector<std::string> LoopbackServer::requests() const {
    const std::lock_guard lock{state_->shared.mutex};
    return state_->shared.requests;
}

std::string answer(int status, std::string_view body, std::string_view fields) {
    return fmt::format("HTTP/1.1 {} x\r\n{}Content-Length: {}\r\n\r\n{}", status, fields,
                       body.size(), body);
}

}  // namespace sheetbq::testing
