#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sheetbq::table {

/// What a code point is to a column name; the numbers are those of unicode_ranges.hpp.
enum class CharacterClass : std::uint8_t { other, letter, mark, number, joiner };

/// Of Unicode 14's general categories: L, M, N, Pc with Pd, and the rest.
CharacterClass character_class(char32_t code);

/// Simple case folding of one code point, all scripts.
char32_t fold(char32_t code);

struct Character {
    char32_t code = 0;
    std::size_t size = 0;  ///< bytes it takes; 0 when the text does not begin with UTF-8
};

/// The first character of `text`, which is not empty. Overlong forms, surrogates and code points
/// beyond 10FFFF are malformed.
Character first_character(std::string_view text);

/// Takes the first character off `text`; a malformed byte is one U+FFFD.
char32_t take_character(std::string_view& text);

/// Adds `code` as UTF-8.
void append_utf8(std::string& text, char32_t code);

/// Code points in `text`; a malformed byte counts as one.
std::size_t count_characters(std::string_view text);

/// The first `count` code points of `text`.
std::string_view first_characters(std::string_view text, std::size_t count);

}  // namespace sheetbq::table
