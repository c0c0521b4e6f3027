#include "bigquery_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sheetbq::sandbox {
namespace {

constexpr char32_t replacement = 0xFFFD;

bool is_tail(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Bytes of the sequence that `lead` begins, 0 when none can.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

bool is_valid(char32_t code_point, std::size_t length) {
    if (length == 3) return code_point >= 0x800 && (code_point < 0xD800 || code_point > 0xDFFF);
    if (length == 4) return code_point >= 0x10000 && code_point <= 0x10FFFF;
    return true;
}

/// Capital letters and how far their small ones are. 1: capitals and small letters take turns,
/// capitals first.
struct CasedRange {
    char32_t first, last, distance;
};

constexpr auto cased = std::to_array<CasedRange>({{U'A', U'Z', 32},
                                                  {0xC0, 0xD6, 32},
                                                  {0xD8, 0xDE, 32},
                                                  {0x100, 0x12F, 1},
                                                  {0x132, 0x137, 1},
                                                  {0x139, 0x148, 1},
                                                  {0x14A, 0x177, 1},
                                                  {0x179, 0x17E, 1},
                                                  {0x391, 0x3A1, 32},
                                                  {0x3A3, 0x3A9, 32},
                                                  {0x400, 0x40F, 80},
                                                  {0x410, 0x42F, 32}});

/// Decimal digits of the shortest form and the power of ten of the first one.
struct Digits {
    std::string digits;
    int exponent = 0;
};

Digits shortest(double value) {
    std::array<char, 40> text{};
    const auto* const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific)
            .ptr;
    const std::string_view all{text.data(), static_cast<std::size_t>(end - text.data())};
    const auto e = all.find('e');
    Digits out;
    for (const char c : all.substr(0, e))
        if (c != '.') out.digits += c;
    const auto exponent = all.substr(e + (all[e + 1] == '+' ? 2 : 1));
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
    return out;
}

std::string place_point(const Digits& number, int point) {
    std::string digits = number.digits;
    if (point <= 0) return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    const auto whole = static_cast<std::size_t>(point);
    if (digits.size() < whole + 1) digits.append(whole + 1 - digits.size(), '0');
    return digits.insert(whole, ".");
}

}  // namespace

char32_t next_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const auto length = sequence_length(lead);
    if (length == 1) {
        text.remove_prefix(1);
        return lead;
    }
    const bool whole =
        length != 0 && text.size() >= length &&
        std::all_of(text.begin() + 1, text.begin() + static_cast<long>(length), is_tail);
    if (!whole) {
        text.remove_prefix(1);
        return replacement;
    }
    char32_t code_point = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i)
        code_point = (code_point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    const bool valid = is_valid(code_point, length);
    text.remove_prefix(valid ? length : 1);
    return valid ? code_point : replacement;
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
    };
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0U | (code_point >> 6U));
        tail(0);
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xE0U | (code_point >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code_point >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

char32_t to_lower(char32_t c) {
    for (const auto& range : cased)
        if (c >= range.first && c <= range.last)
            return range.distance == 1 ? c + (c - range.first + 1) % 2 : c + range.distance;
    return c;
}

std::size_t count_code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_tail(c); }));
}

bool is_plain_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string format_double(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    const std::string sign = std::signbit(value) ? "-" : "";
    const double size = std::abs(value);
    if (size == 0) return sign + "0.0";
    const auto number = shortest(size);
    if (size >= 1e-3 && size < 1e7) return sign + place_point(number, number.exponent + 1);
    return sign + place_point(number, 1) + "E" + std::to_string(number.exponent);
}

}  // namespace sheetbq::sandbox
