#include "sheetbq/table/serial_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace sheetbq::table {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t hour_ms = 3'600'000;
/// Beyond any date and any interval, so that milliseconds fit 64 bits.
constexpr double most_days = 4'000'000;
constexpr std::int64_t longest_interval = 87'840'000 * hour_ms;

constexpr std::chrono::sys_days epoch = std::chrono::sys_days{std::chrono::year{1899} / 12 / 30};
constexpr std::int64_t first_day =
    (std::chrono::sys_days{std::chrono::year{1} / 1 / 1} - epoch).count();
constexpr std::int64_t end_day =
    (std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - epoch).count();

constexpr auto two_digits = [] {
    std::array<char, 200> digits{};
    for (std::size_t i = 0; i < 100; ++i) {
        digits[2 * i] = static_cast<char>('0' + i / 10);
        digits[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return digits;
}();

/// Writes behind each other into room that the caller promised.
class Writer {
public:
    explicit Writer(char* out) : begin_{out}, out_{out} {}

    Writer& put(char c) {
        *out_++ = c;
        return *this;
    }
    Writer& two(unsigned value) {
        std::memcpy(out_, two_digits.data() + 2 * static_cast<std::size_t>(value), 2);
        out_ += 2;
        return *this;
    }
    Writer& number(std::int64_t value) {
        out_ = std::to_chars(out_, out_ + 20, value).ptr;
        return *this;
    }
    Writer& text(std::string_view words) {
        std::memcpy(out_, words.data(), words.size());
        out_ += words.size();
        return *this;
    }
    /// `mm:ss[.fff]` of a number of milliseconds below an hour.
    Writer& minutes_and_seconds(unsigned ms) {
        const unsigned seconds = ms / 1000;
        two(seconds / 60).put(':').two(seconds % 60);
        if (ms % 1000 == 0) return *this;
        return put('.').put(static_cast<char>('0' + ms % 1000 / 100)).two(ms % 100);
    }
    /// `hh:mm:ss[.fff]` of milliseconds below a day.
    Writer& clock(std::int64_t ms) {
        two(static_cast<unsigned>(ms / hour_ms)).put(':');
        return minutes_and_seconds(static_cast<unsigned>(ms % hour_ms));
    }
    Writer& date(std::int64_t days) {
        const std::chrono::year_month_day date{epoch + std::chrono::days{days}};
        const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
        two(year / 100).two(year % 100).put('-');
        return two(static_cast<unsigned>(date.month()))
            .put('-')
            .two(static_cast<unsigned>(date.day()));
    }
    DateText as(Kind kind) const { return {kind, static_cast<std::size_t>(out_ - begin_)}; }

private:
    char* begin_;
    char* out_;
};

/// A number that is no date.
DateText plain(std::string_view token) {
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), value);
    const bool integer = problem == std::errc{} && end == token.data() + token.size();
    return {integer ? Kind::integer : Kind::real, 0};
}

constexpr std::array powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/// What nearly all date-like numbers are: `-`, digits and a point, all of which together a double
/// holds exactly.
struct ShortDecimal {
    std::int64_t digits = 0;     ///< the number without its point
    std::size_t fractional = 0;  ///< how many of the digits stand after it

    bool whole() const { return fractional == 0; }
    /// The quotient of two exact doubles is the nearest one, so this is what std::from_chars would
    /// give, at a third of its cost.
    double value() const { return static_cast<double>(digits) / powers_of_ten[fractional]; }
};

/// Reads `token` as one. @returns false for any other token.
bool read_short_decimal(std::string_view token, ShortDecimal& out) {
    const bool negative = token.starts_with('-');
    if (negative) token.remove_prefix(1);
    constexpr std::size_t most = powers_of_ten.size();  // digits and the point
    constexpr std::uint64_t exact = std::uint64_t{1} << 53U;
    if (token.empty() || token.size() > most) return false;
    std::uint64_t digits = 0;
    std::size_t point = token.size() - 1;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const auto digit = static_cast<unsigned char>(token[i] - '0');
        if (digit <= 9)
            digits = digits * 10 + digit;
        else if (token[i] == '.' && point == token.size() - 1 && i > 0 && i < point)
            point = i;
        else
            return false;
    }
    if (digits > exact) return false;
    out.digits = static_cast<std::int64_t>(digits);
    if (negative) out.digits = -out.digits;
    out.fractional = token.size() - 1 - point;
    return true;
}

/// The days that any other `token` says; NaN for what is no number.
double days_of(std::string_view token) {
    double value = 0;
    const char* const past = token.data() + token.size();
    const auto [end, problem] = std::from_chars(token.data(), past, value);
    return problem == std::errc{} && end == past ? value : std::nan("");
}

DateText write_datetime(std::int64_t ms, char* out) {
    const std::int64_t since_first = ms - first_day * day_ms;
    const std::int64_t days = since_first / day_ms + first_day;
    return Writer{out}.date(days).put(' ').clock(since_first % day_ms).as(Kind::datetime);
}

DateText write_duration(std::int64_t ms, char* out) {
    Writer writer{out};
    writer.text("0-0 0 ");
    if (ms < 0) writer.put('-');
    const std::int64_t size = std::abs(ms);
    return writer.number(size / hour_ms)
        .put(':')
        .minutes_and_seconds(static_cast<unsigned>(size % hour_ms))
        .as(Kind::duration);
}

/// A number of milliseconds as `kind`, where it can be one.
DateText write_moment(std::int64_t ms, double days, std::string_view token, NumberKind kind,
                      char* out) {
    if (kind == NumberKind::duration)
        return std::abs(ms) <= longest_interval ? write_duration(ms, out) : plain(token);
    if (ms < first_day * day_ms || ms >= end_day * day_ms) return plain(token);
    if (kind == NumberKind::date && ms % day_ms == 0)
        return Writer{out}.date(ms / day_ms).as(Kind::date);
    if (kind == NumberKind::time && ms >= 0 && days < 1)
        return Writer{out}.clock(std::min(ms, day_ms - 1)).as(Kind::time);
    return write_datetime(ms, out);
}

}  // namespace

DateText write_serial(std::string_view token, NumberKind kind, char* out) {
    if (kind == NumberKind::number) return plain(token);
    ShortDecimal decimal;
    const bool is_short = read_short_decimal(token, decimal);
    if (is_short && decimal.whole() && kind == NumberKind::date)
        return decimal.digits >= first_day && decimal.digits < end_day
                   ? Writer{out}.date(decimal.digits).as(Kind::date)
                   : plain(token);
    const double days = is_short ? decimal.value() : days_of(token);
    if (!(std::abs(days) <= most_days)) return plain(token);
    const std::int64_t ms = std::llround(days * static_cast<double>(day_ms));
    return write_moment(ms, days, token, kind, out);
}

}  // namespace sheetbq::table
