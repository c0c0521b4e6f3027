#include "text.hpp"

#include "sheetbq/core/error.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <memory>

namespace sheetbq::sandbox {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool must_escape(unsigned char c) {
    return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0x7F;
}

void append_escape(std::string& out, unsigned char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
        case '"':
            out += R"(\")";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        default:
            break;
    }
    out += "\\u00";
    out += digits[c >> 4U];
    out += digits[c & 15U];
}

/// Where the JSON string that starts at `begin` ends, after its closing quote.
std::size_t string_end(std::string_view json, std::size_t begin) {
    std::size_t at = begin + 1;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    return std::min(at + 1, json.size());
}

void new_line(std::string& out, int depth) {
    out += '\n';
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> pairs;
    if (text.empty()) return pairs;
    for (const auto& part : split(text, '&')) {
        const auto equals = std::min(part.find('='), part.size());
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = percent_decode(equals < part.size() ? part.substr(equals + 1) : "", true);
        if (!name || !value) return std::nullopt;
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

std::string form_value(const std::vector<std::pair<std::string, std::string>>& pairs,
                       std::string_view name) {
    const auto found = std::ranges::find(pairs, name, &std::pair<std::string, std::string>::first);
    return found == pairs.end() ? std::string{} : found->second;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

bool same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!must_escape(static_cast<unsigned char>(text[i]))) continue;
        out.append(text, begin, i - begin);
        append_escape(out, static_cast<unsigned char>(text[i]));
        begin = i + 1;
    }
    out.append(text, begin, text.size() - begin);
    out += '"';
}

std::string pretty_json(std::string_view compact) {
    std::string out;
    out.reserve(compact.size() * 2);
    int depth = 0;
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        const bool opens = c == '{' || c == '[';
        const bool closes = c == '}' || c == ']';
        if (c == '"') {
            const auto end = string_end(compact, i);
            out.append(compact, i, end - i);
            i = end - 1;
        } else if (opens && i + 1 < compact.size() && compact[i + 1] == c + 2) {
            out += c;
            out += compact[++i];
        } else if (opens || closes || c == ',') {
            if (opens) ++depth;
            if (closes) new_line(out, --depth);
            out += c;
            if (!closes) new_line(out, depth);
        } else if (c == ':') {
            out += ": ";
        } else {
            out += c;
        }
    }
    out += '\n';
    return out;
}

std::string gzip(std::string_view data) {
    // isal's state is 300 KiB: too large for a thread's stack.
    const auto stream = std::make_unique<isal_zstream>();
    std::string level_buffer(ISAL_DEF_LVL1_DEFAULT, '\0');
    isal_deflate_init(stream.get());
    stream->level = 1;
    stream->level_buf = reinterpret_cast<std::uint8_t*>(level_buffer.data());
    stream->level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
    stream->gzip_flag = IGZIP_GZIP;
    stream->end_of_stream = 1;
    std::string input{data};
    stream->next_in = reinterpret_cast<std::uint8_t*>(input.data());
    stream->avail_in = static_cast<std::uint32_t>(input.size());
    std::string out;
    std::string piece(1U << 18U, '\0');
    do {
        stream->next_out = reinterpret_cast<std::uint8_t*>(piece.data());
        stream->avail_out = static_cast<std::uint32_t>(piece.size());
        if (isal_deflate(stream.get()) != COMP_OK)
            throw Error{Code::internal, "gzip compression failed"};
        out.append(piece, 0, piece.size() - stream->avail_out);
    } while (stream->internal_state.state != ZSTATE_END);
    return out;
}

}  // namespace sheetbq::sandbox
