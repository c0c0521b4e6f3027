#include "cell_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace sheetbq::sandbox {

namespace {

std::string default_pattern(std::string_view type) {
    if (type == "DATE") return "yyyy-mm-dd";
    if (type == "TIME") return "h:mm:ss am/pm";
    if (type == "DATE_TIME") return "yyyy-mm-dd h:mm:ss";
    if (type == "PERCENT") return "0.00%";
    if (type == "CURRENCY") return "$#,##0.00";
    if (type == "SCIENTIFIC") return "0.00E+00";
    if (type == "NUMBER") return "#,##0.00";
    return {};
}

std::string pattern_of(const NumberFormat& format) {
    return format.pattern.empty() ? default_pattern(format.type) : format.pattern;
}

/// A day number taken apart.
struct Moment {
    std::chrono::year_month_day date;
    std::chrono::weekday weekday;
    std::int64_t milliseconds;        ///< of the day
    std::int64_t total_milliseconds;  ///< since day 0, for durations
};

Moment moment_of(double serial) {
    using namespace std::chrono;
    constexpr std::int64_t day_ms = 86'400'000;
    const auto total = std::llround(serial * static_cast<double>(day_ms));
    auto day = total / day_ms;
    if (total % day_ms < 0) --day;
    const sys_days date = sys_days{year{1899} / 12 / 30} + days{day};
    return {year_month_day{date}, weekday{date}, total - day * day_ms, total};
}

constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// Writes a date-like number by its pattern, token by token.
class DatePrinter {
public:
    DatePrinter(std::string_view pattern, const Moment& moment)
        : rest_{pattern}, moment_{moment}, half_days_{has_half_days(pattern)} {}

    std::string run() {
        while (!rest_.empty()) step();
        return out_;
    }

private:
    static bool has_half_days(std::string_view pattern) {
        std::string lower{pattern};
        std::ranges::transform(lower, lower.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return lower.find("am/pm") != std::string::npos || lower.find("a/p") != std::string::npos;
    }

    void step() {
        const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(rest_.front())));
        if (c == '"') return quoted();
        if (c == '\\') {
            out_ += rest_.substr(1, 1);
            return drop(2);
        }
        if (c == '[') return elapsed();
        if (c == 'a') return half_day();
        if (std::string_view{"ymdhs"}.find(c) == std::string_view::npos) {
            if (c == '0' && last_ == 's') return fraction();
            out_ += rest_.front();
            return drop(1);
        }
        const auto size = run_length(c);
        drop(size);
        write(c, size);
        last_ = c;
    }

    void drop(std::size_t size) { rest_.remove_prefix(std::min(size, rest_.size())); }

    std::size_t run_length(char letter) const {
        std::size_t size = 0;
        while (size < rest_.size() &&
               std::tolower(static_cast<unsigned char>(rest_[size])) == letter)
            ++size;
        return size;
    }

    void quoted() {
        const auto end = std::min(rest_.find('"', 1), rest_.size());
        out_ += rest_.substr(1, end - 1);
        drop(end + 1);
    }

    void half_day() {
        out_ += hour() < 12 ? "AM" : "PM";
        drop(rest_.size() > 1 && rest_[1] == '/' ? 3 : 5);
    }

    /// `[h]`, `[mm]`, `[ss]`: the whole duration in that unit; other brackets show nothing.
    void elapsed() {
        const auto end = std::min(rest_.find(']'), rest_.size());
        const auto word = rest_.substr(1, end - 1);
        const char unit =
            word.empty()
                ? ' '
                : static_cast<char>(std::tolower(static_cast<unsigned char>(word.front())));
        drop(end + 1);
        const auto per = unit == 'h' ? 3'600'000 : unit == 'm' ? 60'000 : unit == 's' ? 1000 : 0;
        if (per == 0) return;
        const auto total = moment_.total_milliseconds;
        out_ += fmt::format("{}{:0{}}", total < 0 ? "-" : "", std::abs(total) / per, word.size());
        if (total < 0) moment_.milliseconds = std::abs(total) % 86'400'000;
        last_ = unit;
    }

    void fraction() {
        const auto size = run_length('0');
        out_ += fmt::format("{:03}", moment_.milliseconds % 1000).substr(0, size);
        drop(size);
    }

    std::int64_t hour() const { return moment_.milliseconds / 3'600'000; }

    /// `m` is a minute after hours and before seconds, a month elsewhere.
    bool means_minute() const {
        if (last_ == 'h') return true;
        const auto next = rest_.find_first_of("ymdhsYMDHS");
        return next != std::string_view::npos && (rest_[next] == 's' || rest_[next] == 'S');
    }

    void number(std::int64_t value, std::size_t width) {
        out_ += fmt::format("{:0{}}", value, width);
    }

    void write(char letter, std::size_t size) {
        const auto shown = half_days_ ? (hour() + 11) % 12 + 1 : hour();
        switch (letter) {
            case 'y':
                return year(size);
            case 'd':
                return day(size);
            case 'h':
                return number(shown, size);
            case 's':
                return number(moment_.milliseconds / 1000 % 60, size);
            default:
                break;
        }
        if (means_minute()) return number(moment_.milliseconds / 60'000 % 60, size);
        month(size);
    }

    void year(std::size_t size) {
        const int value = static_cast<int>(moment_.date.year());
        out_ += size <= 2 ? fmt::format("{:02}", value % 100) : fmt::format("{:04}", value);
    }

    void month(std::size_t size) {
        const auto value = static_cast<unsigned>(moment_.date.month());
        if (size <= 2) return number(value, size);
        out_ += months[value - 1].substr(0, size == 3 ? 3 : std::string_view::npos);
    }

    void day(std::size_t size) {
        if (size <= 2) return number(static_cast<unsigned>(moment_.date.day()), size);
        const auto name = weekdays[moment_.weekday.c_encoding()];
        out_ += name.substr(0, size == 3 ? 3 : std::string_view::npos);
    }

    std::string_view rest_;
    Moment moment_;
    bool half_days_;
    char last_ = ' ';
    std::string out_;
};

std::string with_thousands(std::string digits) {
    const auto point = std::min(digits.find('.'), digits.size());
    for (auto at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

/// The run of `0 # , .` in a number pattern.
struct Digits {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t least = 0;     ///< zeros before the point
    std::size_t decimals = 0;  ///< after it
    bool thousands = false;
};

std::optional<Digits> find_digits(std::string_view pattern) {
    Digits digits;
    digits.begin = pattern.find_first_of("0#");
    if (digits.begin == std::string_view::npos) return std::nullopt;
    bool after_point = false;
    auto at = digits.begin;
    for (; at < pattern.size(); ++at) {
        const char c = pattern[at];
        if (c == '.') {
            after_point = true;
        } else if (c == ',') {
            digits.thousands = true;
        } else if (c == '0' || c == '#') {
            if (after_point)
                ++digits.decimals;
            else if (c == '0')
                ++digits.least;
        } else {
            break;
        }
    }
    digits.end = at;
    return digits;
}

std::string without_quotes(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != '"' && c != '\\' && c != '[' && c != ']') out += c;
    return out;
}

std::string format_plain(double value, std::string_view pattern) {
    pattern = pattern.substr(0, pattern.find(';'));
    const auto digits = find_digits(pattern);
    if (!digits) return without_quotes(pattern);
    const auto tail = pattern.substr(digits->end);
    if (tail.starts_with("E+") || tail.starts_with("e+"))
        return fmt::format("{:.{}E}", value, digits->decimals);
    const bool percent = pattern.find('%') != std::string_view::npos;
    auto text = fmt::format("{:.{}f}", std::abs(value) * (percent ? 100 : 1), digits->decimals);
    const auto whole = std::min(text.find('.'), text.size());
    if (whole < digits->least) text.insert(0, digits->least - whole, '0');
    if (digits->thousands) text = with_thousands(text);
    return (value < 0 ? "-" : "") + without_quotes(pattern.substr(0, digits->begin)) + text +
           without_quotes(tail);
}

}  // namespace

bool is_temporal(const NumberFormat& format) {
    return format.type == "DATE" || format.type == "TIME" || format.type == "DATE_TIME";
}

std::string format_number(const std::string& token, const NumberFormat& format) {
    const auto pattern = pattern_of(format);
    if (pattern.empty() || format.type == "TEXT") return token;
    const double value = std::strtod(token.c_str(), nullptr);
    if (is_temporal(format)) return DatePrinter{pattern, moment_of(value)}.run();
    return format_plain(value, pattern);
}

}  // namespace sheetbq::sandbox
