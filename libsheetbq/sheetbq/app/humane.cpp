#include "sheetbq/app/humane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

/// `2 h 5 min`, and `2 h` when there are no minutes.
std::string two(std::int64_t length, std::int64_t large, std::string_view large_name,
                std::int64_t small, std::string_view small_name) {
    const auto rest = length % large / small;
    if (rest == 0) return fmt::format("{} {}", length / large, large_name);
    return fmt::format("{} {} {} {}", length / large, large_name, rest, small_name);
}

struct Unit {
    std::int64_t below;  ///< used for lengths under this
    std::int64_t size;
    std::string_view one;
    std::string_view many;
};
constexpr std::array units{
    Unit{minute, second, "s", "s"},
    Unit{hour, minute, "min", "min"},
    Unit{36 * hour, hour, "h", "h"},
    Unit{60 * day, day, "day", "days"},
    Unit{730 * day, 30 * day, "month", "months"},
    Unit{INT64_MAX, 365 * day, "year", "years"},
};

}  // namespace

std::string grouped(std::int64_t number) {
    const auto plain = fmt::format("{}", number);
    const std::size_t sign = number < 0 ? 1 : 0;
    std::string out = plain.substr(0, sign);
    for (std::size_t i = sign; i < plain.size(); ++i) {
        if (i > sign && (plain.size() - i) % 3 == 0) out += ',';
        out += plain[i];
    }
    return out;
}

std::string span_text(milliseconds length) {
    const auto count = std::max<std::int64_t>(length.count(), 0);
    if (count < second) return fmt::format("{} ms", count);
    // From 9.95 s on, one digit behind the point would round to 10.0.
    if (count < 9'950) return fmt::format("{:.1f} s", static_cast<double>(count) / second);
    const auto seconds = (count + second / 2) / second * second;
    if (seconds < minute) return fmt::format("{} s", seconds / second);
    if (seconds < hour) return two(seconds, minute, "min", second, "s");
    if (seconds < 2 * day) return two(seconds, hour, "h", minute, "min");
    return two(seconds, day, "d", hour, "h");
}

std::string relative(Clock::TimePoint time, Clock::TimePoint now) {
    // Far apart, their difference would not fit into nanoseconds.
    const auto as_ms = [](Clock::TimePoint point) {
        return std::chrono::floor<milliseconds>(point.time_since_epoch()).count();
    };
    const auto difference = as_ms(time) - as_ms(now);
    const auto length = difference < 0 ? -difference : difference;
    if (length < 5 * second) return difference > 0 ? "now" : "just now";
    const auto& unit = *std::find_if(units.begin(), units.end(),
                                     [&](const Unit& each) { return length < each.below; });
    const auto count = length / unit.size;
    const auto name = count == 1 ? unit.one : unit.many;
    return difference < 0 ? fmt::format("{} {} ago", count, name)
                          : fmt::format("in {} {}", count, name);
}

std::string exact(Clock::TimePoint time) {
    const auto text = to_rfc3339(time);
    return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

}  // namespace sheetbq::app
