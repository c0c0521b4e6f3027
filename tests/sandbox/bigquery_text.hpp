#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// Takes one code point off the front; U+FFFD and one byte less for what is not UTF-8.
char32_t next_code_point(std::string_view& text);

void append_utf8(std::string& out, char32_t code_point);

/// Simple lower case for ASCII, Latin, Greek and Cyrillic; anything else as it is.
char32_t to_lower(char32_t code_point);

std::size_t count_code_points(std::string_view text);

/// Every byte is printable ASCII: nothing to repair, drop or count.
bool is_plain_ascii(std::string_view text);

/// A double as the API writes it: `1.0`, `0.5`, `1.6E9`, `NaN`, `-Infinity`.
std::string format_double(double value);

}  // namespace sheetbq::sandbox
