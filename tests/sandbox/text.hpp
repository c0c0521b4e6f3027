#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::sandbox {

/// Percent-decodes; `plus_is_space` for query and form values.
/// @returns nothing when a `%` is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Decoded `a=1&b=2` pairs in order, as in a query or a form. @returns nothing when malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text);

/// First value of that name, or "".
std::string form_value(const std::vector<std::pair<std::string, std::string>>& pairs,
                       std::string_view name);

/// Parts between separators; an empty text has one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// Without case, ASCII only.
bool same_word(std::string_view a, std::string_view b);

/// Appends `text` as a JSON string, escaped as Google does (`<`, `>` and `&` as \u003c ...).
void append_json_string(std::string& out, std::string_view text);

/// Compact JSON with line breaks and two spaces an indentation, tokens unchanged.
std::string pretty_json(std::string_view compact);

/// One gzip member.
std::string gzip(std::string_view data);

}  // namespace sheetbq::sandbox
