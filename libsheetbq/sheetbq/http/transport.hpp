#pragma once

#include "sheetbq/core/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::http {

enum class Method { get, post, put, patch, del };

/// `GET`, `POST` ...
std::string_view to_string(Method method);

/// Header fields in order; names compare without case.
class Headers {
public:
    Headers() = default;
    Headers(std::initializer_list<std::pair<std::string, std::string>> fields);

    /// The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    /// Replaces every field of that name.
    void set(std::string_view name, std::string value);
    void add(std::string name, std::string value);

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// How long one exchange may take. Every limit ends in Error unavailable, which may be repeated.
struct Timeouts {
    std::chrono::milliseconds connect{10'000};  ///< resolve, connect and TLS handshake together
    std::chrono::milliseconds idle{60'000};     ///< without a single byte in or out
    std::chrono::milliseconds total{200'000};   ///< the whole exchange; Sheets gives up after 180 s
    /// A body slower than this, averaged over any `idle` span, is given up. Bytes a second; 0 =
    /// off.
    std::size_t least_rate = 64;
};

struct Request {
    Method method = Method::get;
    std::string url;                       ///< absolute, already escaped
    Headers headers{};                     ///< Host, Content-Length are the transport's
    std::vector<std::string_view> body{};  ///< sent one after the other; must outlive the call
    Timeouts timeouts{};
};

/// Any HTTP status is an answer, never an Error; 308 is not followed.
struct Response {
    int status = 0;
    Headers headers{};
    std::string body{};  ///< as sent (perhaps still gzip); empty when it went to a BodySink
};

/// Takes the body of a 2xx answer piece by piece, as it arrives and as it was sent (perhaps gzip).
/// `head` has status and headers. What it throws ends the exchange and reaches the caller.
using BodySink = std::function<void(const Response& head, std::string_view bytes)>;

/// A failure before anything of the request was written: the other side cannot have seen it. Any
/// other Error of an exchange leaves open whether it has.
class NotSent final : public Error {
public:
    explicit NotSent(Error why) : Error{std::move(why)} {}
};

/// One HTTP exchange. Seam to the network; implementations are safe to call from several threads.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Sends one request and waits for the whole answer. Blocks.
    ///
    /// @param sink  takes the body of a 2xx answer; when null, and for every other status, the body
    ///     is collected in the response (other statuses: the first 1 MiB of it).
    /// @throws Error unavailable when the network fails, the answer is cut short, or a time limit
    ///     passes; bad_config when the server's certificate is not trusted or the URL is plain
    ///     http to a host that is not loopback; cancelled once `stop` is requested. As NotSent
    ///     where that is certain.
    virtual Response send(const Request& request, const BodySink* sink, std::stop_token stop) = 0;
};

}  // namespace sheetbq::http
