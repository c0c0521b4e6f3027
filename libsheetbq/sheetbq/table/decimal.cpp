#include "sheetbq/table/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace sheetbq::table {
namespace {

/// Adds one in the last place; may grow by a digit.
void increment(std::string& digits) {
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        if (*digit != '9') {
            ++*digit;
            return;
        }
        *digit = '0';
    }
    digits.insert(digits.begin(), '1');
}

}  // namespace

std::optional<std::string> to_decimal(std::string_view token, int whole_digits, int scale) {
    const bool negative = token.starts_with('-');
    if (negative) token.remove_prefix(1);
    int exponent = 0;
    if (const auto e = token.find_first_of("eE"); e != std::string_view::npos) {
        std::string_view power = token.substr(e + 1);
        if (power.starts_with('+')) power.remove_prefix(1);
        const auto [end, problem] =
            std::from_chars(power.data(), power.data() + power.size(), exponent);
        if (problem != std::errc{} || exponent > 400 || exponent < -400) return std::nullopt;
        token = token.substr(0, e);
    }
    const auto point = std::min(token.find('.'), token.size());
    std::string digits{token.substr(0, point)};
    int whole = static_cast<int>(digits.size()) + exponent;  // digits before the point
    if (point < token.size()) digits += token.substr(point + 1);

    if (whole < 0) digits.insert(0, static_cast<std::size_t>(-whole), '0');
    whole = std::max(whole, 0);
    const auto kept = static_cast<std::size_t>(whole + scale);
    if (digits.size() > kept) {
        const bool up = digits[kept] >= '5';
        const auto before = kept;
        digits.resize(kept);
        if (up) increment(digits);
        whole += static_cast<int>(digits.size() - before);
    } else if (digits.size() < static_cast<std::size_t>(whole)) {
        digits.append(static_cast<std::size_t>(whole) - digits.size(), '0');
    }

    std::string text = digits.substr(0, static_cast<std::size_t>(whole));
    text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
    if (text.size() > static_cast<std::size_t>(whole_digits)) return std::nullopt;
    if (text.empty()) text = "0";
    std::string fraction = digits.substr(static_cast<std::size_t>(whole));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) text += '.' + fraction;
    return negative && text != "0" ? '-' + text : text;
}

}  // namespace sheetbq::table
