#include "bigquery_literal.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace sheetbq::sandbox {
namespace {

/// Takes pieces off the front of a text; every member tells whether it could.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_{text} {}

    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// Between `least` and `most` digits.
    bool number(std::size_t least, std::size_t most, std::int64_t& out) {
        std::size_t digits = 0;
        out = 0;
        while (digits < most && digits < rest_.size() && rest_[digits] >= '0' &&
               rest_[digits] <= '9')
            out = out * 10 + (rest_[digits++] - '0');
        rest_.remove_prefix(digits);
        return digits >= least;
    }
    bool two(std::int64_t& out, std::int64_t most) { return number(2, 2, out) && out <= most; }
    /// `.5` to `.123456`, or nothing; microseconds.
    bool fraction(std::int64_t& out) {
        out = 0;
        if (!skip('.')) return true;
        const auto before = rest_.size();
        if (!number(1, 6, out)) return false;
        for (auto digits = before - rest_.size(); digits < 6; ++digits) out *= 10;
        return true;
    }
    bool sign() {
        if (skip('-')) return true;
        skip('+');
        return false;
    }
    bool done() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

struct Day {
    std::int64_t year = 0, month = 0, day = 0;
};

bool read_day(Scanner& in, char separator, Day& out) {
    if (!in.number(4, 4, out.year) || !in.skip(separator) || !in.two(out.month, 12) ||
        !in.skip(separator) || !in.two(out.day, 31))
        return false;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(out.year)},
                                           std::chrono::month{static_cast<unsigned>(out.month)},
                                           std::chrono::day{static_cast<unsigned>(out.day)}};
    return out.year >= 1 && date.ok();
}

std::int64_t days_since_1970(const Day& day) {
    return std::chrono::sys_days{std::chrono::year{static_cast<int>(day.year)} /
                                 static_cast<int>(day.month) / static_cast<int>(day.day)}
        .time_since_epoch()
        .count();
}

/// Microseconds since midnight.
bool read_clock(Scanner& in, bool seconds_optional, std::int64_t& out) {
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    std::int64_t seconds = 0;
    std::int64_t micros = 0;
    if (!in.two(hours, 23) || !in.skip(':') || !in.two(minutes, 59)) return false;
    if (in.skip(':')) {
        if (!in.two(seconds, 59) || !in.fraction(micros)) return false;
    } else if (!seconds_optional) {
        return false;
    }
    out = ((hours * 60 + minutes) * 60 + seconds) * 1'000'000 + micros;
    return true;
}

std::string clock_text(std::int64_t micros) {
    const auto seconds = micros / 1'000'000;
    auto out = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (micros % 1'000'000 != 0) out += fmt::format(".{:06}", micros % 1'000'000);
    return out;
}

bool read_date(std::string_view text, std::string* out) {
    Scanner in{text};
    Day day;
    if (!read_day(in, '-', day) || !in.done()) return false;
    if (out != nullptr) *out = text;
    return true;
}

bool read_time(std::string_view text, std::string* out) {
    Scanner in{text};
    std::int64_t micros = 0;
    if (!read_clock(in, false, micros) || !in.done()) return false;
    if (out != nullptr) *out = clock_text(micros);
    return true;
}

bool read_datetime(std::string_view text, std::string* out) {
    Scanner in{text};
    Day day;
    std::int64_t micros = 0;
    if (!read_day(in, '-', day) || !in.skip(' ') || !read_clock(in, false, micros) || !in.done())
        return false;
    if (out != nullptr)
        *out =
            fmt::format("{:04}-{:02}-{:02}T{}", day.year, day.month, day.day, clock_text(micros));
    return true;
}

/// Seconds since 1970, perhaps with a fraction. Microseconds.
std::optional<std::int64_t> read_epoch(std::string_view text) {
    Scanner in{text};
    std::int64_t seconds = 0;
    std::int64_t micros = 0;
    const bool negative = in.skip('-');
    if (!in.number(1, 12, seconds) || !in.fraction(micros) || !in.done()) return std::nullopt;
    const auto all = seconds * 1'000'000 + micros;
    return negative ? -all : all;
}

/// What follows the clock: nothing, `Z`, ` UTC`, `+01:00` ... Nothing when it is no zone.
std::optional<LocalZone> read_zone(Scanner in, const LocalZone& fallback) {
    if (in.done()) return fallback;
    const bool space = in.skip(' ');
    const auto name = in.rest();
    const bool signed_offset = name.starts_with('+') || name.starts_with('-');
    if (name == "Z" || (space && name == "UTC")) return LocalZone{};
    if (!signed_offset) return std::nullopt;
    try {
        return LocalZone{name};
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<std::int64_t> read_moment(std::string_view text, const LocalZone& zone) {
    const bool slashes = text.size() > 4 && text[4] == '/';
    Scanner in{text};
    Day day;
    std::int64_t micros = 0;
    if (!read_day(in, slashes ? '/' : '-', day) || (!in.skip(' ') && !in.skip('T')) ||
        !read_clock(in, true, micros))
        return std::nullopt;
    const auto local = days_since_1970(day) * 86'400 + micros / 1'000'000;
    if (in.done()) return zone.to_utc(local) * 1'000'000 + micros % 1'000'000;
    const auto given = read_zone(in, zone);
    if (!given) return std::nullopt;
    return given->to_utc(local) * 1'000'000 + micros % 1'000'000;
}

bool read_timestamp(std::string_view text, const LocalZone& zone, std::string* out) {
    constexpr std::int64_t least = -62'135'596'800'000'000;  // 0001-01-01
    constexpr std::int64_t most = 253'402'300'799'999'999;   // 9999-12-31
    const bool calendar = text.size() > 4 && (text[4] == '-' || text[4] == '/');
    const auto micros = calendar ? read_moment(text, zone) : read_epoch(text);
    if (!micros || *micros < least || *micros > most) return false;
    if (out != nullptr) *out = std::to_string(*micros);
    return true;
}

/// `.5` for 500,000 microseconds, "" for none.
std::string short_fraction(std::int64_t micros) {
    if (micros == 0) return {};
    auto digits = fmt::format(".{:06}", micros);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits;
}

bool read_interval(std::string_view text, std::string* out) {
    Scanner in{text};
    std::int64_t years = 0;
    std::int64_t months = 0;
    std::int64_t days = 0;
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    std::int64_t seconds = 0;
    std::int64_t micros = 0;
    const bool minus_months = in.sign();
    if (!in.number(1, 5, years) || !in.skip('-') || !in.number(1, 2, months) || months > 11 ||
        !in.skip(' '))
        return false;
    const bool minus_days = in.sign();
    if (!in.number(1, 7, days) || !in.skip(' ')) return false;
    const bool minus_clock = in.sign();
    if (!in.number(1, 8, hours) || !in.skip(':') || !in.number(1, 2, minutes) || minutes > 59 ||
        !in.skip(':') || !in.number(1, 2, seconds) || seconds > 59 || !in.fraction(micros) ||
        !in.done())
        return false;
    const auto clock = ((hours * 60 + minutes) * 60 + seconds) * 1'000'000 + micros;
    if (years * 12 + months > 120'000 || days > 3'660'000 || clock > 87'840'000LL * 3'600'000'000)
        return false;
    if (out == nullptr) return true;
    const auto sign = [](bool minus, std::int64_t size) { return minus && size > 0 ? "-" : ""; };
    *out = fmt::format("{}{}-{} {}{} {}{}:{}:{}{}", sign(minus_months, years + months), years,
                       months, sign(minus_days, days), days, sign(minus_clock, clock), hours,
                       minutes, seconds, short_fraction(micros));
    return true;
}

}  // namespace

bool read_time_literal(BigQueryType type, std::string_view text, const LocalZone& zone,
                       std::string* out) {
    switch (type) {
        case BigQueryType::date:
            return read_date(text, out);
        case BigQueryType::time:
            return read_time(text, out);
        case BigQueryType::datetime:
            return read_datetime(text, out);
        case BigQueryType::timestamp:
            return read_timestamp(text, zone, out);
        default:
            return read_interval(text, out);
    }
}

}  // namespace sheetbq::sandbox
