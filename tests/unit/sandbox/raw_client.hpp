#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace sheetbq::sandbox::testing {

/// A socket that says exactly what it is told, apart from our own HTTP client.
class RawClient {
public:
    /// @param url  `http://127.0.0.1:PORT`
    explicit RawClient(const std::string& url) : fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(
            std::strtoul(url.substr(url.rfind(':') + 1).c_str(), nullptr, 10)));
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        connected = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void say(std::string_view text) const {
        static_cast<void>(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL));
    }

    /// Reads on until the text holds `mark`, or to the end when it is empty.
    std::string hear(std::string_view mark = {}) {
        std::array<char, 65536> buffer{};
        while (mark.empty() || heard_.find(mark) == std::string::npos) {
            const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
            was_reset = size < 0 && errno == ECONNRESET;
            if (size <= 0) break;
            heard_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return std::exchange(heard_, {});
    }

    int descriptor() const { return fd_; }

    bool connected = false;
    bool was_reset = false;

private:
    int fd_;
    std::string heard_;
};

/// The body of an answer with `transfer-encoding: chunked`; stops where the chunks stop.
inline std::string dechunk(std::string_view answer) {
    std::string body;
    answer.remove_prefix(std::min(answer.find("\r\n\r\n") + 4, answer.size()));
    while (!answer.empty()) {
        const auto line = answer.substr(0, answer.find("\r\n"));
        const auto size = std::strtoul(std::string{line}.c_str(), nullptr, 16);
        answer.remove_prefix(std::min(line.size() + 2, answer.size()));
        body += answer.substr(0, size);
        if (size == 0 || answer.size() < size + 2) break;
        answer.remove_prefix(size + 2);
    }
    return body;
}

}  // namespace sheetbq::sandbox::testing
