#include "http_reader.hpp"

#include "sheetbq/core/bytes.hpp"
#include "text.hpp"

#include <array>
#include <charconv>

namespace sheetbq::sandbox {

namespace {

std::optional<http::Method> method_of(std::string_view word) {
    using http::Method;
    for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
        if (http::to_string(method) == word) return method;
    return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::optional<std::size_t> read_size(std::string_view text, int base) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional{size} : std::nullopt;
}

bool has_word(const http::Headers& headers, std::string_view name, std::string_view word) {
    const auto value = headers.find(name);
    return value && same_word(*value, word);
}

}  // namespace

bool HttpReader::fill_until(std::string_view mark, std::size_t limit) {
    while (buffer_.find(mark) == std::string::npos)
        if (buffer_.size() > limit || !socket_.read(buffer_)) return false;
    return true;
}

bool HttpReader::take(std::size_t size, std::string& into) {
    while (buffer_.size() < size)
        if (!socket_.read(buffer_)) return false;
    into.append(buffer_, 0, size);
    buffer_.erase(0, size);
    return true;
}

bool HttpReader::read_head(WireRequest& request) {
    if (!fill_until("\r\n\r\n", 64_KiB)) {
        refusal_ = buffer_.size() > 64_KiB ? 431 : 0;
        return false;
    }
    refusal_ = 400;
    const auto end = buffer_.find("\r\n\r\n");
    auto lines = split(std::string_view{buffer_}.substr(0, end), '\n');
    buffer_.erase(0, end + 4);
    for (auto& line : lines)
        if (line.ends_with('\r')) line.pop_back();
    const auto words = split(lines.front(), ' ');
    if (words.size() != 3 || !words[2].starts_with("HTTP/1.") || words[1].empty()) return false;
    const auto method = method_of(words[0]);
    if (!method) return false;
    request.method = *method;
    request.target = words[1];
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto colon = lines[i].find(':');
        if (colon == std::string::npos || colon == 0) return false;
        request.headers.add(lines[i].substr(0, colon),
                            std::string{trimmed(std::string_view{lines[i]}.substr(colon + 1))});
    }
    request.keep_alive =
        words[2] == "HTTP/1.1" && !has_word(request.headers, "connection", "close");
    return true;
}

bool HttpReader::read_chunks(std::string& body) {
    for (;;) {
        if (!fill_until("\r\n", 1_KiB + buffer_.size())) return false;
        const auto line = buffer_.substr(0, buffer_.find("\r\n"));
        buffer_.erase(0, line.size() + 2);
        const auto size = read_size(line.substr(0, line.find(';')), 16);
        std::string ending;
        if (!size || !take(*size, body) || !take(2, ending) || ending != "\r\n") return false;
        if (*size == 0) return true;
    }
}

bool HttpReader::read_body(WireRequest& request) {
    if (has_word(request.headers, "expect", "100-continue") &&
        !socket_.write("HTTP/1.1 100 Continue\r\n\r\n"))
        return false;
    if (has_word(request.headers, "transfer-encoding", "chunked")) return read_chunks(request.body);
    const auto length = request.headers.find("content-length");
    if (!length) return true;
    const auto size = read_size(*length, 10);
    return size && take(*size, request.body);
}

std::optional<WireRequest> HttpReader::next() {
    WireRequest request;
    if (!read_head(request) || !read_body(request)) return std::nullopt;
    refusal_ = 0;
    return request;
}

}  // namespace sheetbq::sandbox
