#include "support/fault_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sheetbq::testing {
namespace {

constexpr int poll_ms = 20;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::runtime_error{"the path of a socket is too long: " + path};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

int open_socket() {
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) throw std::runtime_error{"no socket can be made"};
    return made;
}

template <class Call>
bool with_address(const std::string& path, Call call) {
    const auto address = address_of(path);
    // The sockets interface is written in casts.
    return call(reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool readable(int socket) {
    pollfd watched{socket, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
}

bool write_all(int to, const char* bytes, std::size_t size) {
    while (size > 0) {
        const auto sent = ::send(to, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

struct FaultProxy::Link {
    int client = -1;
    int server = -1;
    std::atomic<bool> cut{false};
    std::jthread thread{};

    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() {
        if (thread.joinable()) {
            thread.request_stop();
            thread.join();
        }
        ::close(client);
        if (server >= 0) ::close(server);
    }
};

FaultProxy::FaultProxy(std::string listens, std::string server)
    : listens_{std::move(listens)}, server_{std::move(server)}, listener_{open_socket()} {
    ::unlink(listens_.c_str());
    const bool bound = with_address(listens_, [&](const sockaddr* address, socklen_t size) {
        return ::bind(listener_, address, size);
    });
    if (!bound || ::listen(listener_, 64) != 0)
        throw std::runtime_error{"cannot listen on " + listens_ + ": " + std::strerror(errno)};
    acceptor_ = std::jthread{[this](std::stop_token stop) { accept_all(std::move(stop)); }};
}

FaultProxy::~FaultProxy() {
    acceptor_.request_stop();
    acceptor_.join();
    links_.clear();
    ::close(listener_);
    ::unlink(listens_.c_str());
}

void FaultProxy::cut() {
    const std::lock_guard lock{mutex_};
    for (auto& link : links_) link->cut = true;
}

void FaultProxy::deafen_at(std::string text, std::string after) {
    const std::lock_guard lock{mutex_};
    trigger_ = std::move(text);
    before_trigger_ = std::move(after);
    deafened_ = false;
}

void FaultProxy::accept_all(std::stop_token stop) {
    while (!stop.stop_requested()) {
        pollfd watched{listener_, POLLIN, 0};
        if (::poll(&watched, 1, poll_ms) <= 0) continue;
        auto link = std::make_unique<Link>();
        link->client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (link->client < 0) continue;
        ++accepted_;
        if (mode_ == Mode::refuse) continue;
        link->server = open_socket();
        const bool joined = with_address(server_, [&](const sockaddr* address, socklen_t size) {
            return ::connect(link->server, address, size);
        });
        if (!joined) continue;
        auto& kept = *link;
        const std::lock_guard lock{mutex_};
        links_.push_back(std::move(link));
        kept.thread = std::jthread{[this, &kept](std::stop_token end) { carry(kept, end); }};
    }
}

void FaultProxy::carry(Link& link, std::stop_token stop) {
    while (!stop.stop_requested() && !link.cut) {
        std::array<pollfd, 2> watched{{{link.client, POLLIN, 0}, {link.server, POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), poll_ms) <= 0) continue;
        if (watched[0].revents != 0 && !forward(link, link.client, link.server, true)) break;
        if (watched[1].revents != 0 && !forward(link, link.server, link.client, false)) break;
    }
    ::shutdown(link.client, SHUT_RDWR);
    ::shutdown(link.server, SHUT_RDWR);
}

bool FaultProxy::hears(const std::string& bytes) {
    const std::lock_guard lock{mutex_};
    if (!before_trigger_.empty()) {
        if (bytes.find(before_trigger_) != std::string::npos) before_trigger_.clear();
        return false;
    }
    if (trigger_.empty() || bytes.find(trigger_) == std::string::npos) return false;
    trigger_.clear();
    deafened_ = true;
    return true;
}

bool FaultProxy::forward(Link& link, int from, int to, bool from_client) {
    if (!readable(from)) return true;
    std::string bytes(64 * 1024, '\0');
    const auto got = ::recv(from, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    bytes.resize(static_cast<std::size_t>(got));
    if (from_client && hears(bytes)) mode_ = Mode::deaf;
    if (const long latency = latency_ms_; latency > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds{latency});
    const Mode mode = mode_;
    if (mode == Mode::black_hole || (mode == Mode::deaf && !from_client)) return !link.cut;
    return write_all(to, bytes.data(), bytes.size());
}

}  // namespace sheetbq::testing
