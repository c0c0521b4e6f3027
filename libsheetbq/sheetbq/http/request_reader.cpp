#include "sheetbq/http/request_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sheetbq::http {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::size_t most_fields = 100;
constexpr std::size_t longest_chunk_line = 256;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_visible(char c) { return c > ' ' && c <= '~'; }

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_visible(c) &&
               std::string_view{"\"(),/:;<=>?@[\\]{}"}.find(c) == std::string_view::npos;
    });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// Text of a field: no control characters but the tab.
bool is_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '\t' || !is_control(c); });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A number that is written in digits of this base alone.
std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value, base);
    if (problem != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

/// How many fields have this name.
std::size_t count(const Headers& headers, std::string_view name) {
    return static_cast<std::size_t>(std::count_if(
        headers.begin(), headers.end(), [&](const auto& f) { return same_word(f.first, name); }));
}

/// Whether a field that is a list has this word in it.
bool lists(const Headers& headers, std::string_view name, std::string_view word) {
    for (const auto& [field, value] : headers) {
        if (!same_word(field, name)) continue;
        for (std::string_view rest = value; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (same_word(trimmed(rest.substr(0, comma)), word)) return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

bool is_version(std::string_view text) {
    return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
           is_digit(text[7]);
}

}  // namespace

RequestReader::RequestReader(const ServerLimits& limits) : limits_{limits} {}

std::size_t RequestReader::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && need_ != Need::nothing) {
        const auto rest = bytes.substr(used);
        begun_ = true;
        if (need_ == Need::head)
            used += feed_head(rest);
        else
            used += chunked_ ? feed_chunks(rest) : feed_body(rest);
    }
    return used;
}

std::size_t RequestReader::feed_head(std::string_view bytes) {
    const auto known = head_.size();
    const auto room = limits_.header_bytes - known;
    head_ += bytes.substr(0, room);
    const auto from = known < head_end.size() ? 0 : known - head_end.size() + 1;
    const auto end = head_.find(head_end, from);
    if (end == std::string::npos) {
        if (bytes.size() >= room) refuse(431);
        return std::min(bytes.size(), room);
    }
    read_head(std::string_view{head_}.substr(0, end));
    head_ = {};
    return end + head_end.size() - known;
}

void RequestReader::read_head(std::string_view head) {
    need_ = Need::body;
    auto end = std::min(head.find(line_end), head.size());
    read_request_line(head.substr(0, end));
    std::size_t fields = 0;
    while (refusal_ == 0 && end < head.size()) {
        head.remove_prefix(end + line_end.size());
        end = std::min(head.find(line_end), head.size());
        read_field(head.substr(0, end));
        if (++fields > most_fields) refuse(431);
    }
    if (refusal_ == 0) judge_fields();
}

void RequestReader::read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return refuse(400);
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    const bool sound = is_token(method) && target.starts_with('/') &&
                       std::all_of(target.begin(), target.end(), is_visible) &&
                       target.find('#') == std::string_view::npos && is_version(version);
    if (!sound) return refuse(400);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return refuse(505);
    if (method != "GET" && method != "HEAD" && method != "POST") return refuse(405);
    http11_ = version == "HTTP/1.1";
    request_.method = method;
    const auto question = std::min(target.find('?'), target.size());
    request_.path = target.substr(0, question);
    if (question < target.size()) request_.query = target.substr(question + 1);
}

void RequestReader::read_field(std::string_view line) {
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = line.substr(0, colon);
    if (colon == line.size() || !is_token(name)) return refuse(400);
    const auto value = trimmed(line.substr(colon + 1));
    if (!is_value(value)) return refuse(400);
    request_.headers.add(std::string{name}, std::string{value});
}

void RequestReader::judge_fields() {
    const auto hosts = count(request_.headers, "host");
    if (hosts > 1 || (hosts == 0 && http11_)) return refuse(400);
    const auto expected = request_.headers.find("expect");
    if (expected && !same_word(*expected, "100-continue")) return refuse(417);
    expects_continue_ = expected && http11_;
    judge_connection();
    judge_length();
}

void RequestReader::judge_connection() {
    keep_alive_ = !lists(request_.headers, "connection", "close") &&
                  (http11_ || lists(request_.headers, "connection", "keep-alive"));
}

void RequestReader::judge_length() {
    const auto lengths = count(request_.headers, "content-length");
    const auto codings = count(request_.headers, "transfer-encoding");
    if (lengths + codings > 1 || (codings == 1 && !http11_)) return refuse(400);
    if (codings == 1) {
        if (!same_word(*request_.headers.find("transfer-encoding"), "chunked")) return refuse(501);
        chunked_ = true;
        return;
    }
    if (lengths == 0) return finish();
    const auto text = *request_.headers.find("content-length");
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return refuse(400);
    const auto length = number(text, 10);
    if (!length || *length > limits_.body_bytes) return refuse(413);
    left_ = *length;
    if (left_ == 0) finish();
}

std::size_t RequestReader::feed_body(std::string_view bytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
    request_.body += bytes.substr(0, size);
    left_ -= size;
    if (left_ == 0) finish();
    return size;
}

std::size_t RequestReader::feed_chunks(std::string_view bytes) {
    if (chunk_ == Chunk::data) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
        request_.body += bytes.substr(0, size);
        left_ -= size;
        if (left_ == 0) chunk_ = Chunk::data_end;
        return size;
    }
    line_ += bytes.front();
    if (line_.ends_with(line_end))
        chunk_line();
    else if (line_.back() == '\n' || line_.size() > longest_chunk_line)
        refuse(400);
    return 1;
}

/// One line of framing: a size, the end of a chunk's data, or the end of all.
void RequestReader::chunk_line() {
    const auto text = std::string_view{line_}.substr(0, line_.size() - line_end.size());
    if (chunk_ != Chunk::size) {
        if (!text.empty()) return refuse(400);  // more data than announced, or a trailer
        if (chunk_ == Chunk::last) return finish();
        chunk_ = Chunk::size;
    } else {
        const auto semicolon = std::min(text.find(';'), text.size());
        const auto size = number(text.substr(0, semicolon), 16);
        if (!size || !is_value(text.substr(semicolon))) return refuse(400);
        if (*size > limits_.body_bytes - request_.body.size()) return refuse(413);
        left_ = *size;
        chunk_ = left_ == 0 ? Chunk::last : Chunk::data;
    }
    line_.clear();
}

void RequestReader::refuse(int status) {
    refusal_ = status;
    keep_alive_ = false;
    need_ = Need::nothing;
}

void RequestReader::finish() { need_ = Need::nothing; }

}  // namespace sheetbq::http
