#include "integration/store/commit_cutter.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::testing {
namespace {

/// Not the one in READ COMMITTED.
const std::string commit{"COMMIT\0", 7};

sockaddr_un address(const std::string& path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    if (path.size() >= sizeof out.sun_path) throw std::runtime_error{"too long: " + path};
    path.copy(static_cast<char*>(out.sun_path), path.size());
    return out;
}

int connect_to(const std::string& path) {
    const int out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto where = address(path);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): so sockets are
    if (connect(out, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
        throw std::runtime_error{"cannot connect to " + path};
    return out;
}

/// Passes on what is there. @returns it; empty: the end.
std::string pass_on(int from, int to) {
    std::array<char, 65536> buffer{};
    const auto size = read(from, buffer.data(), buffer.size());
    if (size <= 0) return {};
    std::string bytes(buffer.data(), static_cast<std::size_t>(size));
    if (send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) != size) return {};
    return bytes;
}

}  // namespace

CommitCutter::CommitCutter(std::string server) : server_{std::move(server)} {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto here = address(folder() + "/.s.PGSQL.5432");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): so sockets are
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
        listen(listener_, 16) != 0)
        throw std::runtime_error{"cannot listen in " + folder()};
    thread_ = std::jthread{[this] { serve(); }};
}

CommitCutter::~CommitCutter() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
}

void CommitCutter::serve() {
    std::vector<std::jthread> clients;
    for (;;) {
        const int client = accept(listener_, nullptr, nullptr);
        if (client < 0) return;
        clients.emplace_back([this, client] { pass(client); });
    }
}

void CommitCutter::pass(int client) {
    const int server = connect_to(server_);
    std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    while (poll(ends.data(), ends.size(), -1) > 0) {
        if (ends[0].revents != 0) {
            const auto bytes = pass_on(client, server);
            if (bytes.empty()) break;
            if (bytes.find(commit) != std::string::npos && cut_.exchange(false)) {
                char first = 0;
                if (read(server, &first, 1) == 1) break;  // it is done now
            }
        } else if (pass_on(server, client).empty()) {
            break;
        }
    }
    close(client);
    close(server);
}

}  // namespace sheetbq::testing
