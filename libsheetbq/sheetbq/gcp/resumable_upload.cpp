#include "sheetbq/gcp/resumable_upload.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::gcp {
namespace {

constexpr int resume_incomplete = 308;

/// The bytes [from, from + size) of `pieces`.
std::vector<std::string_view> slice(const std::vector<std::string_view>& pieces, std::uint64_t from,
                                    std::uint64_t size) {
    std::vector<std::string_view> out;
    for (std::string_view piece : pieces) {
        if (from >= piece.size()) {
            from -= piece.size();
            continue;
        }
        piece = piece.substr(from, std::min<std::uint64_t>(size, piece.size() - from));
        from = 0;
        size -= piece.size();
        if (!piece.empty()) out.push_back(piece);
        if (size == 0) break;
    }
    return out;
}

/// One upload: a loop of two states, sending and asking what was committed.
class Upload {
public:
    Upload(ApiClient& api, const std::string& session, const std::vector<std::string_view>& pieces,
           std::uint64_t chunk_bytes)
        : api_{api}, session_{session}, pieces_{pieces}, chunk_bytes_{chunk_bytes} {
        for (const auto& piece : pieces) total_ += piece.size();
    }

    UploadOutcome run(const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
        while (true) {
            const std::uint64_t before = committed_;
            auto outcome = api_.retrying(Repeat::safe, stop, [&] { return step(stop); });
            if (outcome) {
                progress(outcome->job ? total_ : committed_);
                return *outcome;
            }
            if (committed_ != before) progress(committed_);
        }
    }

private:
    /// One exchange. @returns the end, or nothing after progress; throws to be repeated.
    std::optional<UploadOutcome> step(std::stop_token stop) {
        const bool asking = unsure_;
        unsure_ = true;  // until an answer says what was committed
        const http::Response answer = api_.once(asking ? query() : chunk(), nullptr, stop);
        if (answer.status == 404 || answer.status == 410)
            return UploadOutcome{.session_gone = true};
        if (answer.status == 409) return UploadOutcome{.job_exists = true};
        if (answer.status == resume_incomplete) return resume(answer, asking);
        if (answer.status / 100 != 2) throw to_error(api_.refusal_of(answer, session_host(), stop));
        boost::system::error_code problem;
        const auto body = boost::json::parse(answer.body, problem);
        if (problem || !body.is_object())
            throw Error{Code::unavailable, "BigQuery's answer to the upload cannot be read"}
                .because(problem ? problem.message() : "it is not a job")
                .fix("Run again.");
        return UploadOutcome{.job = read_job(body.get_object())};
    }

    std::optional<UploadOutcome> resume(const http::Response& answer, bool asked) {
        const auto next = next_byte(answer.headers.find("range"));
        if (!next || *next > total_ || *next < committed_)
            throw Error{Code::unavailable, "BigQuery lost its place in the upload"}
                .because(fmt::format("it wants to go on at \"{}\" after {} of {} bytes",
                                     answer.headers.find("range").value_or("the start"), committed_,
                                     total_))
                .fix("Run again.");
        const bool moved = *next > committed_;
        committed_ = *next;
        unsure_ = false;
        if (!moved && !asked && total_ != 0)
            throw Error{Code::unavailable, "BigQuery stored nothing of a piece of the upload"}
                .because("its answer names no new bytes")
                .fix("Run again.");
        return std::nullopt;
    }

    http::Request chunk() const {
        const std::uint64_t size = std::min(chunk_bytes_, total_ - committed_);
        http::Request request{.method = http::Method::put, .url = session_};
        request.headers.set(
            "content-range",
            size == 0 ? fmt::format("bytes */{}", total_)
                      : fmt::format("bytes {}-{}/{}", committed_, committed_ + size - 1, total_));
        request.body = slice(pieces_, committed_, size);
        return request;
    }

    http::Request query() const {
        http::Request request{.method = http::Method::put, .url = session_};
        request.headers.set("content-range", fmt::format("bytes */{}", total_));
        return request;
    }

    /// The session's address is a secret: only its host may be spoken of.
    static std::string session_host() { return "https://bigquery.googleapis.com/upload"; }

    ApiClient& api_;
    const std::string& session_;
    const std::vector<std::string_view>& pieces_;
    std::uint64_t chunk_bytes_;
    std::uint64_t total_ = 0;
    std::uint64_t committed_ = 0;
    bool unsure_ = false;
};

}  // namespace

UploadOutcome upload(ApiClient& api, const std::string& session,
                     const std::vector<std::string_view>& pieces, std::uint64_t chunk_bytes,
                     const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return Upload{api, session, pieces, chunk_bytes}.run(progress, stop);
}

std::optional<std::uint64_t> next_byte(std::optional<std::string_view> range_header) {
    if (!range_header || range_header->empty()) return 0;
    std::string_view text = *range_header;
    if (text.starts_with("bytes=")) text.remove_prefix(6);
    if (!text.starts_with("0-")) return std::nullopt;
    text.remove_prefix(2);
    std::uint64_t last = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), last);
    if (problem != std::errc{} || end != text.data() + text.size() || text.size() > 19)
        return std::nullopt;
    return last + 1;
}

}  // namespace sheetbq::gcp
