#include "sheetbq/table/unicode.hpp"

#include "sheetbq/table/unicode_ranges.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace sheetbq::table {
namespace {

constexpr char32_t replacement = 0xFFFD;

/// Bytes that a lead byte promises; 0 for none.
std::size_t promised_size(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF5 ? 4 : 0;
}

}  // namespace

CharacterClass character_class(char32_t code) {
    // Whatever its class, `code`'s own change is not above this key, and the next one's is.
    const std::uint32_t key = (code << 3U) | 7U;
    const auto index = std::distance(
        class_changes.begin(), std::upper_bound(class_changes.begin(), class_changes.end(), key));
    return static_cast<CharacterClass>(class_changes.at(static_cast<std::size_t>(index - 1)) & 7U);
}

char32_t fold(char32_t code) {
    const auto above = [](char32_t wanted, const FoldRange& range) { return wanted < range.first; };
    const auto index = std::distance(
        fold_ranges.begin(), std::upper_bound(fold_ranges.begin(), fold_ranges.end(), code, above));
    if (index == 0) return code;
    const FoldRange& range = fold_ranges.at(static_cast<std::size_t>(index - 1));
    if (code > range.last || (code - range.first) % range.step != 0) return code;
    return static_cast<char32_t>(static_cast<std::int32_t>(code) + range.add);
}

Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t size = promised_size(byte(0));
    if (size == 0 || size > text.size()) return {replacement, 0};
    if (size == 1) return {byte(0), 1};
    char32_t code = byte(0) & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {replacement, 0};
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least.at(size) || surrogate || code > 0x10FFFF) return {replacement, 0};
    return {code, size};
}

char32_t take_character(std::string_view& text) {
    const auto [code, size] = first_character(text);
    text.remove_prefix(std::max<std::size_t>(size, 1));
    return code;
}

void append_utf8(std::string& text, char32_t code) {
    const auto byte = [&](char32_t bits) { text += static_cast<char>(bits); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xC0U | (code >> 6U));
    } else {
        if (code < 0x10000) {
            byte(0xE0U | (code >> 12U));
        } else {
            byte(0xF0U | (code >> 18U));
            byte(0x80U | ((code >> 12U) & 0x3FU));
        }
        byte(0x80U | ((code >> 6U) & 0x3FU));
    }
    byte(0x80U | (code & 0x3FU));
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) take_character(text);
    return count;
}

std::string_view first_characters(std::string_view text, std::size_t count) {
    std::string_view rest = text;
    for (; count > 0 && !rest.empty(); --count) take_character(rest);
    return text.substr(0, text.size() - rest.size());
}

}  // namespace sheetbq::table
