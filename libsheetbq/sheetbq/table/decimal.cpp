#include "sheetbq/table/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace sheetbq::table {
namespace {

/// Adds one in the last place; may grow by a digit.
void increment(std::string& digits) {
    const auto nines = digits.find_last_not_of('9');
    std::fill(digits.begin() + static_cast<std::ptrdiff_t>(nines + 1), digits.end(), '0');
    if (nines == std::string::npos)
        digits.insert(digits.begin(), '1');
    else
        ++digits[nines];
}

/// A positive number as its digits and where the point stands among them.
struct Digits {
    std::string digits;
    std::size_t whole = 0;  ///< digits before the point; at most digits.size()
};

/// Takes a JSON number without sign apart; nothing when its exponent is absurd.
std::optional<Digits> take_apart(std::string_view token) {
    constexpr int largest_exponent = 400;
    int exponent = 0;
    if (const auto e = token.find_first_of("eE"); e != std::string_view::npos) {
        std::string_view power = token.substr(e + 1);
        if (power.starts_with('+')) power.remove_prefix(1);
        const auto problem =
            std::from_chars(power.data(), power.data() + power.size(), exponent).ec;
        if (problem != std::errc{} || std::abs(exponent) > largest_exponent) return std::nullopt;
        token = token.substr(0, e);
    }
    const auto point = std::min(token.find('.'), token.size());
    Digits number{.digits = std::string{token.substr(0, point)}};
    if (point < token.size()) number.digits += token.substr(point + 1);
    const auto whole = static_cast<std::ptrdiff_t>(point) + exponent;
    if (whole < 0) number.digits.insert(0, static_cast<std::size_t>(-whole), '0');
    number.whole = static_cast<std::size_t>(std::max<std::ptrdiff_t>(whole, 0));
    if (number.digits.size() < number.whole) number.digits.resize(number.whole, '0');
    return number;
}

/// Keeps `scale` digits after the point, rounded half away from zero.
void round_to(Digits& number, std::size_t scale) {
    const std::size_t kept = number.whole + scale;
    if (number.digits.size() <= kept) return;
    const bool up = number.digits[kept] >= '5';
    number.digits.resize(kept);
    if (up) increment(number.digits);
    number.whole += number.digits.size() - kept;
}

}  // namespace

std::optional<std::string> to_decimal(std::string_view token, int whole_digits, int scale) {
    const bool negative = token.starts_with('-');
    auto number = take_apart(token.substr(negative ? 1 : 0));
    if (!number) return std::nullopt;
    round_to(*number, static_cast<std::size_t>(scale));
    std::string text = number->digits.substr(0, number->whole);
    text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
    if (text.size() > static_cast<std::size_t>(whole_digits)) return std::nullopt;
    if (text.empty()) text = "0";
    std::string fraction = number->digits.substr(number->whole);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) text += '.' + fraction;
    return negative && text != "0" ? '-' + text : text;
}

}  // namespace sheetbq::table
