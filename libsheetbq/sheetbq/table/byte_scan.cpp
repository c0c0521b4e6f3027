#include "sheetbq/table/byte_scan.hpp"

#include <charconv>
#include <optional>

namespace sheetbq::table {
namespace {

constexpr std::uint32_t replacement = 0xFFFD;

void append_utf8(std::uint32_t c, std::string& out) {
    const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0U | (c >> 6U));
        byte(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        byte(0xE0U | (c >> 12U));
        byte(0x80U | ((c >> 6U) & 0x3FU));
        byte(0x80U | (c & 0x3FU));
    } else {
        byte(0xF0U | (c >> 18U));
        byte(0x80U | ((c >> 12U) & 0x3FU));
        byte(0x80U | ((c >> 6U) & 0x3FU));
        byte(0x80U | (c & 0x3FU));
    }
}

/// The digits of one UTF-16 unit; leading zeros, any case.
std::optional<std::uint32_t> hex4(std::string_view token, std::size_t at) {
    if (at + 4 > token.size()) return std::nullopt;
    const char* const digits = token.data() + at;
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(digits, digits + 4, value, 16);
    if (problem != std::errc{} || end != digits + 4) return std::nullopt;
    return value;
}

/// Appends the character of the `\u` escape whose digits start at `at`; two escapes for a pair.
/// @returns how many bytes after `at` were used; 0 when malformed.
std::size_t append_unicode(std::string_view token, std::size_t at, std::string& out) {
    const auto unit = hex4(token, at);
    if (!unit) return 0;
    if (*unit < 0xD800 || *unit > 0xDFFF) {
        append_utf8(*unit, out);
        return 4;
    }
    if (*unit < 0xDC00 && token.substr(at + 4, 2) == "\\u") {
        const auto low = hex4(token, at + 6);
        if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
            append_utf8(0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00), out);
            return 10;
        }
    }
    append_utf8(replacement, out);
    return 4;
}

char simple_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case '"':
        case '\\':
        case '/':
            return c;
        default:
            return '\0';
    }
}

}  // namespace

bool unescape_json(std::string_view token, std::string& out) {
    std::size_t at = 0;
    while (at < token.size()) {
        const std::size_t slash = token.find('\\', at);
        out += token.substr(at, slash - at);
        if (slash == std::string_view::npos) return true;
        if (slash + 1 >= token.size()) return false;
        if (token[slash + 1] == 'u') {
            const std::size_t used = append_unicode(token, slash + 2, out);
            if (used == 0) return false;
            at = slash + 2 + used;
            continue;
        }
        const char c = simple_escape(token[slash + 1]);
        if (c == '\0') return false;
        out += c;
        at = slash + 2;
    }
    return true;
}

}  // namespace sheetbq::table
