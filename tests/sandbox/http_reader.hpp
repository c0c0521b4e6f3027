#pragma once

#include "sheetbq/http/transport.hpp"
#include "socket.hpp"

#include <optional>
#include <string>

namespace sheetbq::sandbox {

/// A request off the wire.
struct WireRequest {
    http::Method method = http::Method::get;
    std::string target;
    http::Headers headers{};
    std::string body{};
    bool keep_alive = true;
};

/// Reads requests one after the other from a connection.
class HttpReader {
public:
    explicit HttpReader(Socket& socket) : socket_{socket} {}

    /// The next request; nothing when the peer closed or sent what is not HTTP, which `refusal`
    /// then names (a status, else 0).
    std::optional<WireRequest> next();
    int refusal() const { return refusal_; }

private:
    bool fill_until(std::string_view mark, std::size_t limit);
    bool read_head(WireRequest& request);
    bool read_body(WireRequest& request);
    bool read_chunks(std::string& body);
    bool take(std::size_t size, std::string& into);

    Socket& socket_;
    std::string buffer_;
    int refusal_ = 0;
};

}  // namespace sheetbq::sandbox
