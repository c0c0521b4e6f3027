#include "bigquery_api.hpp"
#include "bigquery_jobs.hpp"
#include "bigquery_refusal.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

namespace sheetbq::sandbox {
namespace {

constexpr std::uint64_t quantum = 262'144;

std::string header(const Call& call, std::string_view name) {
    return std::string{call.headers.find(name).value_or("")};
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, out);
    if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
    return out;
}

/// `Content-Range: bytes S-E/T`, `bytes S-E/*`, `bytes */T` and `bytes */*`.
struct ContentRange {
    bool asks = false;  ///< carries no bytes
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::optional<std::uint64_t> total;
};

Error bad_range(const std::string& text) {
    return invalid(fmt::format("Failed to parse Content-Range header: {}", text));
}

ContentRange read_range(const std::string& text) {
    if (!text.starts_with("bytes ")) throw bad_range(text);
    const auto slash = text.find('/');
    if (slash == std::string::npos) throw bad_range(text);
    const auto range = std::string_view{text}.substr(6, slash - 6);
    const auto total = std::string_view{text}.substr(slash + 1);
    ContentRange out;
    out.total = number(total);
    if (!out.total && total != "*") throw bad_range(text);
    out.asks = range == "*";
    if (out.asks) return out;
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) throw bad_range(text);
    const auto first = number(range.substr(0, dash));
    const auto last = number(range.substr(dash + 1));
    if (!first || !last || *last < *first || (out.total && *last >= *out.total))
        throw bad_range(text);
    out.first = *first;
    out.last = *last;
    return out;
}

/// 308 with what is stored so far; no Range when nothing is.
Answer incomplete(const UploadSession& session) {
    Answer out{.status = 308};
    if (!session.data.empty())
        out.headers.set("Range", fmt::format("bytes=0-{}", session.data.size() - 1));
    return out;
}

Answer finish(BigQueryWorld& world, const Call& call, UploadSession& session) {
    const auto order = read_job(world, call, session.project, session.body);
    auto answer = start_load(world, call, order, std::exchange(session.data, {}));
    session.finished_answer = answer.body;
    return answer;
}

void agree_on_total(UploadSession& session, std::optional<std::uint64_t> total) {
    if (!total) return;
    if (session.total && *session.total != *total)
        throw invalid(
            fmt::format("Invalid request. The total upload size {} does not match the "
                        "size {} given before.",
                        *total, *session.total));
    session.total = total;
}

/// Adds the new part of a chunk: all of it, or only its front when the connection broke or a fault
/// says so.
void store(const Call& call, UploadSession& session, const ContentRange& range) {
    std::string_view body = call.body;
    const auto announced = range.last - range.first + 1;
    const auto have = session.data.size();
    if (body.size() > announced)
        throw invalid(
            fmt::format("Invalid request. There were {} byte(s) in the request body. "
                        "There should have been {} byte(s) according to the "
                        "Content-Range header.",
                        body.size(), announced));
    if (range.first > have)
        throw invalid(
            fmt::format("Invalid request. According to the Content-Range header, the "
                        "upload offset is {} byte(s), which exceeds already uploaded "
                        "size of {} byte(s).",
                        range.first, have));
    const bool last = range.total && range.last + 1 == *range.total;
    if (!last && announced % quantum != 0)
        throw invalid(
            fmt::format("Invalid request. The size of a chunk that is not the last one "
                        "must be a multiple of {} bytes, but was {}.",
                        quantum, announced));
    if (call.commit_only) body = body.substr(0, *call.commit_only);
    const auto known = have - range.first;
    if (known < body.size()) session.data += body.substr(known);
}

UploadSession& find_session(BigQueryWorld& world, const Call& call) {
    const auto session = world.uploads.find(call.parameter("upload_id"));
    if (session == world.uploads.end()) throw absent("Not Found: no such upload session");
    if (session->second.account != call.account)
        throw denied("Access Denied: the upload session belongs to another account");
    return session->second;
}

Answer begin_resumable(BigQueryWorld& world, const Call& call) {
    const auto& project = call.path.at(call.path.size() - 2);
    read_job(world, call, project, call.body);
    const auto size = header(call, "x-upload-content-length");
    if (!size.empty() && !number(size))
        throw invalid(fmt::format("Invalid X-Upload-Content-Length: {}", size));
    const auto id = fmt::format("sandbox-{}-{:x}", world.uploads.size() + 1, world.now_ms);
    world.uploads[id] = {.project = project,
                         .body = call.body,
                         .data = {},
                         .total = number(size),
                         .gone = false,
                         .account = call.account,
                         .finished_answer = {}};
    Answer out;
    out.headers.set("Location", fmt::format("{}{}?uploadType=resumable&upload_id={}", call.base_url,
                                            call.raw_path, id));
    out.headers.set("X-GUploader-UploadID", id);
    return out;
}

/// One part's headers and content.
struct Part {
    std::string_view headers;
    std::string_view content;
};

Part split_part(std::string_view part) {
    const auto gap = part.find("\r\n\r\n");
    if (gap == std::string_view::npos) throw invalid("Malformed multipart body.");
    return {part.substr(0, gap), part.substr(gap + 4)};
}

/// The boundary of `multipart/related; boundary=B`, perhaps in quotes.
std::string boundary_of(const std::string& type) {
    const auto at = type.find("boundary=");
    if (!type.starts_with("multipart/related") || at == std::string::npos)
        throw invalid("Content-Type must be multipart/related with a boundary.");
    auto out = type.substr(at + 9);
    out = out.substr(0, out.find(';'));
    if (out.size() > 1 && out.front() == '"' && out.back() == '"')
        out = out.substr(1, out.size() - 2);
    return out;
}

/// The next part behind the delimiter at the front of `rest`; false at the closing one.
bool take_part(std::string_view& rest, const std::string& delimiter, Part& out) {
    if (!rest.starts_with(delimiter)) throw invalid("Malformed multipart body.");
    rest.remove_prefix(delimiter.size());
    if (rest.starts_with("--")) return false;
    const auto line = rest.find("\r\n");
    const auto end = rest.find("\r\n" + delimiter, line);
    if (line == std::string_view::npos || end == std::string_view::npos)
        throw invalid("Missing end boundary in multipart body.");
    out = split_part(rest.substr(line + 2, end - line - 2));
    rest.remove_prefix(end + 2);
    return true;
}

Answer multipart(BigQueryWorld& world, const Call& call) {
    const auto delimiter = "--" + boundary_of(header(call, "content-type"));
    std::string_view rest = call.body;
    Part job;
    Part media;
    Part third;
    if (!take_part(rest, delimiter, job) || !take_part(rest, delimiter, media) ||
        take_part(rest, delimiter, third))
        throw invalid("Multipart uploads must have exactly two parts.");
    if (job.headers.find("application/json") == std::string_view::npos)
        throw invalid("The first part of a multipart upload must be application/json.");
    const auto& project = call.path.at(call.path.size() - 2);
    const auto order = read_job(world, call, project, job.content);
    return start_load(world, call, order, std::string{media.content});
}

}  // namespace

Answer begin_upload(BigQueryWorld& world, const Call& call) {
    const auto type = call.parameter("uploadType");
    if (type == "resumable") return begin_resumable(world, call);
    if (type == "multipart") return multipart(world, call);
    throw invalid(fmt::format("Invalid upload type \"{}\".", type));
}

Answer continue_upload(BigQueryWorld& world, const Call& call) {
    auto& session = find_session(world, call);
    if (session.gone) return old_style_error(410, "gone", "The upload session is gone.");
    if (session.finished_answer) {
        Answer out{.status = 200, .headers = {}, .body = *session.finished_answer};
        out.headers.set("Content-Type", "application/json; charset=UTF-8");
        return out;
    }
    auto range_text = header(call, "content-range");
    if (range_text.empty()) {
        const auto size = call.body.size();
        range_text = size == 0 ? "bytes */0" : fmt::format("bytes 0-{}/{}", size - 1, size);
    }
    const auto range = read_range(range_text);
    agree_on_total(session, range.total);
    if (!range.asks)
        store(call, session, range);
    else if (!call.body.empty())
        throw invalid("Invalid request. A query for the upload's status has no body.");
    if (session.total && session.data.size() > *session.total)
        throw invalid("Invalid request. More bytes were uploaded than announced.");
    const bool whole = session.total && session.data.size() == *session.total;
    return whole ? finish(world, call, session) : incomplete(session);
}

}  // namespace sheetbq::sandbox
