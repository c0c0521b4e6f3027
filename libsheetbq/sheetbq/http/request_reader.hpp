#pragma once

#include "sheetbq/http/server.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sheetbq::http {

/// Reads one request of HTTP/1.1 or 1.0 from the bytes of a connection. Knows no socket and no
/// time.
///
/// Strict where two readers could understand the same bytes differently, because the second one may
/// be a proxy in front of us: folded lines, a space before the colon, bare line feeds, two
/// Content-Lengths (even equal ones), Content-Length beside Transfer-Encoding, codings other than
/// `chunked`, and trailers are refused. Boost.Beast's parser takes several of these.
class RequestReader {
public:
    explicit RequestReader(const ServerLimits& limits);

    /// What must come next.
    enum class Need { head, body, nothing };

    /// Takes what belongs to this request.
    /// @returns how many bytes that was; the others belong to the next request.
    std::size_t feed(std::string_view bytes);

    Need need() const { return need_; }
    /// The status to answer at once because the request is refused; 0: none. The connection is of
    /// no use afterwards.
    int refusal() const { return refusal_; }
    /// At least one byte of the request has come.
    bool begun() const { return begun_; }
    /// The client sends its body only once it has seen `100 Continue`.
    bool awaits_continue() const { return expects_continue_ && need_ == Need::body; }
    /// The client wants to send more requests after this one.
    bool keep_alive() const { return keep_alive_; }
    /// The method is HEAD, whose answer has no body.
    bool is_head() const { return request_.method == "HEAD"; }
    /// The request, once nothing is needed and nothing was refused.
    const Incoming& request() const { return request_; }

private:
    enum class Chunk { size, data, data_end, last };

    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    std::size_t feed_chunks(std::string_view bytes);
    void chunk_line();
    void read_head(std::string_view head);
    void read_request_line(std::string_view line);
    void read_field(std::string_view line);
    void judge_fields();
    void judge_length();
    void judge_connection();
    void refuse(int status);
    void finish();

    const ServerLimits& limits_;
    Incoming request_;
    std::string head_;  ///< until it is whole
    Need need_ = Need::head;
    int refusal_ = 0;
    bool begun_ = false;
    bool http11_ = true;
    bool keep_alive_ = false;
    bool expects_continue_ = false;
    bool chunked_ = false;
    std::uint64_t left_ = 0;  ///< bytes of the body, or of the chunk
    Chunk chunk_ = Chunk::size;
    std::string line_;  ///< of the chunk's framing, until it is whole
};

}  // namespace sheetbq::http
