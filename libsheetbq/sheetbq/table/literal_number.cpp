#include "sheetbq/table/literal_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace sheetbq::table {
namespace {

/// Digits off the front of `text`.
std::string_view take_digits(std::string_view& text) {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    text.remove_prefix(digits.size());
    return digits;
}

/// `+` or `-` off the front of `text`; 0 for neither.
char take_sign(std::string_view& text) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return 0;
    const char sign = text.front();
    text.remove_prefix(1);
    return sign;
}

/// `1234.5e-6` in its parts.
struct Decimal {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    std::int64_t exponent = 0;

    std::size_t size() const { return whole.size() + fraction.size(); }
    char digit(std::size_t i) const {
        return i < whole.size() ? whole[i] : fraction[i - whole.size()];
    }
    /// The power of ten of the digit at `i`.
    std::int64_t place(std::size_t i) const {
        return exponent + static_cast<std::int64_t>(whole.size()) - 1 -
               static_cast<std::int64_t>(i);
    }
};

std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal decimal;
    decimal.negative = take_sign(text) == '-';
    decimal.whole = take_digits(text);
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        decimal.fraction = take_digits(text);
    }
    if (decimal.size() == 0) return std::nullopt;
    if (text.empty()) return decimal;
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    text.remove_prefix(1);
    const bool negative = take_sign(text) == '-';
    const auto digits = take_digits(text);
    // Six digits are beyond every type and cannot overflow.
    if (digits.empty() || digits.size() > 6 || !text.empty()) return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), decimal.exponent);
    if (negative) decimal.exponent = -decimal.exponent;
    return decimal;
}

/// The highest and the lowest place of a digit that is not zero.
struct Extent {
    std::int64_t highest = 0;
    std::int64_t lowest = 0;
};

/// Nothing for zero.
std::optional<Extent> extent_of(const Decimal& decimal) {
    std::optional<Extent> extent;
    for (std::size_t i = 0; i < decimal.size(); ++i) {
        if (decimal.digit(i) == '0') continue;
        if (!extent) extent = Extent{decimal.place(i), 0};
        extent->lowest = decimal.place(i);
    }
    return extent;
}

/// At most `before` digits before the point and `after` behind it.
bool has_room(const std::optional<Extent>& extent, std::int64_t before, std::int64_t after) {
    return !extent || (extent->highest < before && extent->lowest >= -after);
}

/// With parameters, those limits; nothing without them.
std::optional<bool> has_declared_room(const std::optional<Extent>& extent,
                                      const std::optional<std::int64_t>& precision,
                                      const std::optional<std::int64_t>& scale) {
    if (!precision) return std::nullopt;
    const auto after = scale.value_or(0);
    return has_room(extent, *precision - after, after);
}

/// 2^255, the largest magnitude that BIGNUMERIC holds, below zero only, in units of 1e-38.
constexpr std::string_view largest =
    "57896044618658097711785492504343953926634992332820282019728792003956564819968";
constexpr std::size_t bignumeric_scale = 38;

/// The digits of `decimal` from 10^38 down to 10^-38 are at most 2^255 (one less above zero).
bool below_largest(const Decimal& decimal) {
    std::array<char, largest.size()> digits{};
    digits.fill('0');
    for (std::size_t i = 0; i < decimal.size(); ++i) {
        const auto from_top = static_cast<std::int64_t>(bignumeric_scale) - decimal.place(i);
        if (decimal.digit(i) != '0')
            digits.at(static_cast<std::size_t>(from_top)) = decimal.digit(i);
    }
    const int order = std::string_view{digits.data(), digits.size()}.compare(largest);
    return decimal.negative ? order <= 0 : order < 0;
}

bool is_not_finite_word(std::string_view text) {
    take_sign(text);
    constexpr std::array<std::string_view, 3> words{"nan", "inf", "infinity"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        });
    });
}

}  // namespace

bool is_int64_literal(std::string_view text) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
        if (!text.empty() && text.front() == '-') return false;
    }
    std::int64_t value = 0;
    const char* const past = text.data() + text.size();
    const auto [end, problem] = std::from_chars(text.data(), past, value);
    return !text.empty() && problem == std::errc{} && end == past;
}

bool is_float64_literal(std::string_view text) {
    const auto decimal = read_decimal(text);
    if (!decimal) return is_not_finite_word(text);
    if (text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc{} && end == text.data() + text.size();
}

bool is_numeric_literal(std::string_view text, std::optional<std::int64_t> precision,
                        std::optional<std::int64_t> scale) {
    constexpr std::int64_t before = 29;
    constexpr std::int64_t after = 9;
    const auto decimal = read_decimal(text);
    if (!decimal) return false;
    const auto extent = extent_of(*decimal);
    return has_declared_room(extent, precision, scale).value_or(has_room(extent, before, after));
}

bool is_bignumeric_literal(std::string_view text, std::optional<std::int64_t> precision,
                           std::optional<std::int64_t> scale) {
    constexpr auto after = static_cast<std::int64_t>(bignumeric_scale);
    const auto decimal = read_decimal(text);
    if (!decimal) return false;
    const auto extent = extent_of(*decimal);
    if (!has_room(extent, after + 1, after) || !below_largest(*decimal)) return false;
    return has_declared_room(extent, precision, scale).value_or(true);
}

}  // namespace sheetbq::table
