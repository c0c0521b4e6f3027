#include "typed_cell.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>

namespace sheetbq::sandbox {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t size = 0;
    while (at + size < text.size() && is_digit(text[at + size])) ++size;
    return size;
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
bool is_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto whole = digits_at(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const auto fraction = digits_at(text, at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const auto exponent = digits_at(text, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == text.size();
}

/// Reads exactly `size` digits at the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
    const auto size = std::min(digits_at(text, 0), most);
    if (size < least) return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + size, value);
    text.remove_prefix(size);
    return value;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<int> take_date(std::string_view& text) {
    using namespace std::chrono;
    const auto y = take_digits(text, 4, 4);
    if (!y || !take(text, '-')) return std::nullopt;
    const auto m = take_digits(text, 2, 2);
    if (!m || !take(text, '-')) return std::nullopt;
    const auto d = take_digits(text, 2, 2);
    if (!d) return std::nullopt;
    const auto date = year{*y} / *m / *d;
    if (!date.ok()) return std::nullopt;
    return static_cast<int>((sys_days{date} - sys_days{year{1899} / 12 / 30}).count());
}

/// `h:mm[:ss[.fff]]` in seconds.
std::optional<double> take_time(std::string_view& text) {
    const auto hours = take_digits(text, 1, 4);
    if (!hours || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    double seconds = 0;
    if (take(text, ':')) {
        const auto whole = take_digits(text, 2, 2);
        if (!whole || *whole > 59) return std::nullopt;
        seconds = *whole;
        if (take(text, '.')) {
            const auto size = digits_at(text, 0);
            if (size == 0) return std::nullopt;
            seconds += std::strtod(("0." + std::string{text.substr(0, size)}).c_str(), nullptr);
            text.remove_prefix(size);
        }
    }
    return *hours * 3600.0 + *minutes * 60.0 + seconds;
}

std::optional<Cell> temporal(Tab& tab, std::string_view text) {
    const auto cell = [&](double serial, const char* type, const char* pattern) {
        return Cell{Cell::Kind::number, tab.format(type, pattern), number_token(serial)};
    };
    constexpr double day = 86'400;
    auto rest = text;
    if (const auto date = take_date(rest)) {
        if (rest.empty()) return cell(*date, "DATE", "yyyy-mm-dd");
        if (!take(rest, ' ') && !take(rest, 'T')) return std::nullopt;
        const auto time = take_time(rest);
        if (!time || !rest.empty() || *time >= day) return std::nullopt;
        return cell(*date + *time / day, "DATE_TIME", "yyyy-mm-dd hh:mm:ss");
    }
    rest = text;
    const bool negative = take(rest, '-');
    const auto time = take_time(rest);
    if (!time || !rest.empty()) return std::nullopt;
    if (negative || *time >= day)
        return cell((negative ? -*time : *time) / day, "TIME", "[h]:mm:ss");
    return cell(*time / day, "TIME", "hh:mm:ss");
}

/// `12%`, `$1,234.50`.
std::optional<Cell> decorated(Tab& tab, const std::string& text) {
    if (text.ends_with('%')) {
        const auto number = text.substr(0, text.size() - 1);
        if (!is_number(number)) return std::nullopt;
        const auto value = std::strtod(fmt::format("{}e-2", number).c_str(), nullptr);
        const bool whole = number.find('.') == std::string::npos;
        return Cell{Cell::Kind::number, tab.format("PERCENT", whole ? "0%" : "0.00%"),
                    number_token(value)};
    }
    const bool negative = text.starts_with("-$");
    if (!negative && !text.starts_with('$')) return std::nullopt;
    auto number = text.substr(negative ? 2 : 1);
    const auto point = std::min(number.find('.'), number.size());
    for (std::size_t at = 0; at < point; ++at)
        if (number[at] == ',' && (point - at) % 4 != 0) return std::nullopt;
    std::erase(number, ',');
    if (!is_number(number) || number.starts_with('-')) return std::nullopt;
    return Cell{Cell::Kind::number, tab.format("CURRENCY", "$#,##0.00"),
                number_token(std::strtod(((negative ? "-" : "") + number).c_str(), nullptr))};
}

bool is_error_word(std::string_view text) {
    constexpr std::array<std::string_view, 8> errors{"#N/A",   "#REF!", "#DIV/0!", "#VALUE!",
                                                     "#NAME?", "#NUM!", "#NULL!",  "#ERROR!"};
    return std::ranges::count(errors, text) != 0;
}

}  // namespace

std::string number_token(double value) {
    if (value == 0) return "0";
    auto text = fmt::format("{}", value);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    std::ranges::replace(text, 'e', 'E');
    return text;
}

Cell typed_cell(Tab& tab, const std::string& text) {
    using Kind = Cell::Kind;
    if (text.empty()) return {};
    if (is_number(text)) return {Kind::number, 0, number_token(std::strtod(text.c_str(), nullptr))};
    if (same_word(text, "TRUE")) return {Kind::boolean, 0, "TRUE"};
    if (same_word(text, "FALSE")) return {Kind::boolean, 0, "FALSE"};
    if (is_error_word(text)) return {Kind::error, 0, text};
    if (auto cell = temporal(tab, text)) return *cell;
    if (auto cell = decorated(tab, text)) return *cell;
    return {Kind::text, 0, text};
}

}  // namespace sheetbq::sandbox
