#include "bigquery_literal.hpp"

#include "bigquery_text.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace sheetbq::sandbox {
namespace {

constexpr std::string_view unparsable = "Unable to parse";

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool read_integer(std::string_view text, std::string* out) {
    std::int64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return false;
    if (out != nullptr) *out = std::to_string(value);
    return true;
}

bool same_word(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

std::optional<double> read_number_word(std::string_view text) {
    const bool negative = text.starts_with('-');
    const auto word = negative || text.starts_with('+') ? text.substr(1) : text;
    if (same_word(word, "nan")) return std::numeric_limits<double>::quiet_NaN();
    if (!same_word(word, "inf") && !same_word(word, "infinity")) return std::nullopt;
    return negative ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::infinity();
}

/// Digits with at most one point, perhaps an exponent.
bool has_number_form(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto e = text.find_first_of("eE");
    if (e != std::string_view::npos) {
        auto exponent = text.substr(e + 1);
        if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
        if (!all_digits(exponent)) return false;
        text = text.substr(0, e);
    }
    const auto point = text.find('.');
    if (point == std::string_view::npos) return all_digits(text);
    const auto whole = text.substr(0, point);
    const auto fraction = text.substr(point + 1);
    return (whole.empty() || all_digits(whole)) && (fraction.empty() || all_digits(fraction)) &&
           !(whole.empty() && fraction.empty());
}

/// The digits before and behind the point, without zeros at the ends.
struct Decimal {
    std::string whole;
    std::string fraction;
};

/// Takes the exponent off the end. Nothing when it is absurd.
std::optional<long> take_exponent(std::string_view& text) {
    const auto e = text.find_first_of("eE");
    if (e == std::string_view::npos) return 0;
    auto written = text.substr(e + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    long exponent = 0;
    const auto error =
        std::from_chars(written.data(), written.data() + written.size(), exponent).ec;
    if (error != std::errc{} || exponent < -1000 || exponent > 1000) return std::nullopt;
    text = text.substr(0, e);
    return exponent;
}

std::optional<Decimal> split_decimal(std::string_view text) {
    if (!has_number_form(text)) return std::nullopt;
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto exponent = take_exponent(text);
    if (!exponent) return std::nullopt;
    const auto point = std::min(text.find('.'), text.size());
    std::string digits{text};
    digits.erase(point, 1);
    const auto places = static_cast<long>(point) + *exponent;
    if (places < 0) digits.insert(0, static_cast<std::size_t>(-places), '0');
    const auto whole = static_cast<std::size_t>(std::max(places, 0L));
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    Decimal out{digits.substr(0, whole), digits.substr(whole)};
    out.fraction.erase(out.fraction.find_last_not_of('0') + 1);
    out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
    return out;
}

bool read_real(std::string_view text, std::string* out) {
    double value = 0;
    const auto* const end = text.data() + text.size();
    if (const auto word = read_number_word(text)) {
        value = *word;
    } else {
        if (!has_number_form(text)) return false;
        const auto [stopped, error] = std::from_chars(text.data(), end, value);
        const bool too_small =
            error == std::errc::result_out_of_range && text.find('-', 1) != std::string_view::npos;
        if (error != std::errc{} && !too_small) return false;
        if (stopped != end) return false;
    }
    if (out != nullptr) *out = format_double(value);
    return true;
}

bool read_boolean(std::string_view text, std::string* out) {
    constexpr auto yes = std::to_array<std::string_view>({"true", "t", "yes", "y", "1"});
    constexpr auto no = std::to_array<std::string_view>({"false", "f", "no", "n", "0"});
    const auto is = [&](std::string_view word) { return same_word(text, word); };
    const bool value = std::any_of(yes.begin(), yes.end(), is);
    if (!value && std::none_of(no.begin(), no.end(), is)) return false;
    if (out != nullptr) *out = value ? "true" : "false";
    return true;
}

/// Standard base64 with padding. @returns the decoded size.
std::optional<std::size_t> base64_size(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    if (!std::all_of(text.begin(), text.end(), fits)) return std::nullopt;
    return (text.size() + padding) / 4 * 3 - padding;
}

std::string_view read_bytes(int max_length, std::string_view text, std::string* out) {
    const auto size = base64_size(text);
    if (!size) return "Unable to decode base64";
    if (max_length > 0 && *size > static_cast<std::size_t>(max_length)) return "Value is too long";
    if (out != nullptr) *out = text;
    return {};
}

bool is_control(char32_t c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

/// Repairs what is not UTF-8 and drops control characters. Nothing when there is a NUL.
std::optional<std::string> repaired(std::string_view text, bool keep_control_characters) {
    std::string out;
    while (!text.empty()) {
        const auto c = next_code_point(text);
        if (keep_control_characters || !is_control(c))
            append_utf8(out, c);
        else if (c == 0)
            return std::nullopt;
    }
    return out;
}

std::string_view read_string(int max_length, std::string_view text, const LiteralRules& rules,
                             std::string* out) {
    std::optional<std::string> fixed;
    if (!is_plain_ascii(text)) {
        fixed = repaired(text, rules.keep_control_characters);
        if (!fixed) return "Bad character (ASCII 0) encountered";
        text = *fixed;
    }
    if (max_length > 0 && count_code_points(text) > static_cast<std::size_t>(max_length))
        return "Value is too long";
    if (out != nullptr) *out = text;
    return {};
}

bool read_json(std::string_view text, std::string* out) {
    boost::json::error_code error;
    boost::json::parse({text.data(), text.size()}, error);
    if (error) return false;
    if (out != nullptr) *out = text;
    return true;
}

bool read_scalar(const BigQueryColumn& column, std::string_view text, const LiteralRules& rules,
                 std::string* out) {
    switch (column.type) {
        case BigQueryType::integer:
            return read_integer(text, out);
        case BigQueryType::real:
            return read_real(text, out);
        case BigQueryType::numeric:
        case BigQueryType::bignumeric:
            return read_decimal_literal(column, text, out);
        case BigQueryType::boolean:
            return read_boolean(text, out);
        case BigQueryType::json_text:
            return read_json(text, out);
        case BigQueryType::geography:
            if (out != nullptr) *out = text;
            return !text.empty();
        case BigQueryType::record:
            return false;
        default:
            return read_time_literal(column.type, text, rules.zone, out);
    }
}

}  // namespace

bool read_decimal_literal(const BigQueryColumn& column, std::string_view text, std::string* out) {
    const auto number = split_decimal(text);
    if (!number) return false;
    const bool small = column.type == BigQueryType::numeric;
    const auto scale = column.precision > 0 ? column.scale : (small ? 9 : 38);
    const auto most = column.precision > 0 ? column.precision - column.scale : (small ? 29 : 38);
    if (number->fraction.size() > static_cast<std::size_t>(scale) ||
        number->whole.size() > static_cast<std::size_t>(most))
        return false;
    if (out == nullptr) return true;
    const bool zero = number->whole.empty() && number->fraction.empty();
    *out = (text.starts_with('-') && !zero ? "-" : "") +
           (number->whole.empty() ? "0" : number->whole) +
           (number->fraction.empty() ? "" : "." + number->fraction);
    return true;
}

std::string_view read_literal(const BigQueryColumn& column, std::string_view text,
                              const LiteralRules& rules, std::string* out) {
    if (column.type == BigQueryType::string)
        return read_string(column.max_length, text, rules, out);
    if (column.type == BigQueryType::bytes) return read_bytes(column.max_length, text, out);
    return read_scalar(column, text, rules, out) ? std::string_view{} : unparsable;
}

}  // namespace sheetbq::sandbox
