#include "sheetbq/table/literal.hpp"

#include "sheetbq/table/literal_date.hpp"
#include "sheetbq/table/literal_number.hpp"
#include "sheetbq/table/unicode.hpp"

#include <boost/json/parser.hpp>

#include <algorithm>
#include <array>

namespace sheetbq::table {
namespace {

namespace json = boost::json;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_word(std::string_view text, std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return lower(a) == b; });
}

bool is_boolean(std::string_view text) {
    constexpr std::array<std::string_view, 10> words{"true", "false", "t", "f", "yes",
                                                     "no",   "y",     "n", "1", "0"};
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return is_word(text, word); });
}

bool has_length(const Column& column, std::size_t length) {
    return !column.max_length || length <= static_cast<std::uint64_t>(*column.max_length);
}

bool is_base64_sign(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

bool is_bytes(const Column& column, std::string_view text) {
    if (text.size() % 4 != 0) return false;
    std::size_t padding = 0;
    for (; padding < 2 && !text.empty() && text.back() == '='; ++padding) text.remove_suffix(1);
    return std::all_of(text.begin(), text.end(), is_base64_sign) &&
           has_length(column, text.size() * 3 / 4);
}

bool is_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = 500;  // BigQuery's own limit
    json::parser parser{{}, options};
    json::error_code error;
    parser.write(text.data(), text.size(), error);
    return !error;
}

}  // namespace

bool is_literal(const Column& column, std::string_view text) {
    if (column.repeated) return false;
    switch (column.type) {
        case Type::string:
            return !column.max_length || has_length(column, count_characters(text));
        case Type::int64:
            return is_int64_literal(text);
        case Type::float64:
            return is_float64_literal(text);
        case Type::numeric:
            return is_numeric_literal(text, column.precision, column.scale);
        case Type::bignumeric:
            return is_bignumeric_literal(text, column.precision, column.scale);
        case Type::boolean:
            return is_boolean(text);
        case Type::date:
            return is_date_literal(text);
        case Type::time:
            return is_time_literal(text);
        case Type::datetime:
            return is_datetime_literal(text);
        case Type::timestamp:
            return is_timestamp_literal(text);
        case Type::interval:
            return is_interval_literal(text);
        case Type::bytes:
            return is_bytes(column, text);
        case Type::json:
            return is_json(text);
        case Type::geography:
            return text.find_first_not_of(" \t\r\n") != std::string_view::npos;
        case Type::other:
            return false;
    }
    return false;
}

}  // namespace sheetbq::table
