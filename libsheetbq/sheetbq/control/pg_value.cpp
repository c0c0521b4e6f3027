#include "sheetbq/control/pg_value.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/table/unicode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace sheetbq::control {
namespace {

template <class Number>
Number read_number(std::string_view text) {
    Number number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size())
        throw Error{Code::internal, fmt::format("PostgreSQL answered \"{}\" for a number", text)};
    return number;
}

/// Infinity and what the clock cannot count become its ends, less a few years, so that adding an
/// interval stays within.
Clock::TimePoint time_of(double seconds) {
    constexpr double farthest = 9.1e9;  // the year 2258
    const double within = std::clamp(seconds, -farthest, farthest);
    return Clock::TimePoint{} + std::chrono::microseconds{std::llround(within * 1e6)};
}

}  // namespace

std::string storable(std::string_view text) {
    constexpr char32_t replacement = 0xFFFD;
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto lead = static_cast<unsigned char>(text.front());
        if (lead != 0 && lead < 0x80) {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        const char32_t code = table::take_character(text);
        table::append_utf8(out, code == 0 ? replacement : code);
    }
    return out;
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
    return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char shape) {
        return shape == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
    });
}

std::pair<std::string, std::string> uuid_range(std::string_view prefix) {
    constexpr std::string_view smallest = "00000000-0000-0000-0000-000000000000";
    constexpr std::string_view largest = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    if (prefix.empty() || prefix.size() > smallest.size()) return {};
    std::string first{prefix};
    std::string last{prefix};
    first += smallest.substr(prefix.size());
    last += largest.substr(prefix.size());
    if (!is_uuid(first)) return {};
    return {std::move(first), std::move(last)};
}

PgArgument::PgArgument(std::string_view text) : text_{storable(text)} {}

PgArgument::PgArgument(double number) : text_{fmt::format("{}", number)} {}

PgArgument::PgArgument(Clock::TimePoint time) {
    const auto since = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    text_ = fmt::format("{:.6f}", static_cast<double>(seconds.count()) +
                                      static_cast<double>((since - seconds).count()) / 1e6);
}

PgArgument::PgArgument(const std::vector<int>& numbers)
    : text_{fmt::format("{{{}}}", fmt::join(numbers, ","))} {}

PgArgument::PgArgument(std::span<const std::string> texts) {
    std::string list = "{";
    for (const auto& text : texts) {
        list += list.size() == 1 ? "\"" : ",\"";
        for (const char c : storable(text)) {
            if (c == '"' || c == '\\') list += '\\';
            list += c;
        }
        list += '"';
    }
    text_ = list + "}";
}

std::string PgRow::text() { return std::string{next().value_or("")}; }

std::optional<std::string> PgRow::optional_text() {
    const auto cell = next();
    return cell ? std::optional<std::string>{*cell} : std::nullopt;
}

int PgRow::integer() { return read_number<int>(next().value_or("0")); }

std::optional<int> PgRow::optional_integer() {
    const auto cell = next();
    return cell ? std::optional<int>{read_number<int>(*cell)} : std::nullopt;
}

std::int64_t PgRow::big() { return read_number<std::int64_t>(next().value_or("0")); }

double PgRow::real() { return read_number<double>(next().value_or("0")); }

bool PgRow::flag() { return next() == "t"; }

Clock::TimePoint PgRow::time() { return time_of(real()); }

std::optional<Clock::TimePoint> PgRow::optional_time() {
    const auto cell = next();
    if (!cell) return std::nullopt;
    return time_of(read_number<double>(*cell));
}

}  // namespace sheetbq::control
