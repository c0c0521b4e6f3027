#include "sheetbq/core/clock.hpp"

#include <fmt/format.h>

#include <charconv>
#include <condition_variable>
#include <mutex>

namespace sheetbq {
namespace {

using std::chrono::milliseconds;

/// Takes `count` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    int value = 0;
    if (text.size() < count) return std::nullopt;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + count, value);
    if (problem != std::errc{} || end != text.data() + count || text.front() == '-')
        return std::nullopt;
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

milliseconds take_fraction(std::string_view& text) {
    int value = 0;
    int scale = 100;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value += (text.front() - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
    }
    return milliseconds{value};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, "Zz")) return std::chrono::minutes{0};
    const bool negative = !text.empty() && text.front() == '-';
    if (!take(text, "+-")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || !take(text, ":")) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes) return std::nullopt;
    const std::chrono::minutes offset{*hours * 60 + *minutes};
    return negative ? -offset : offset;
}

}  // namespace

Clock::TimePoint SystemClock::now() const { return std::chrono::system_clock::now(); }

std::chrono::nanoseconds SystemClock::monotonic() const {
    return std::chrono::steady_clock::now().time_since_epoch();
}

void SystemClock::sleep(milliseconds duration, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any never_notified;
    std::unique_lock lock{mutex};
    never_notified.wait_for(lock, stop, duration, [] { return false; });
}

std::string to_rfc3339(Clock::TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<milliseconds>(time - day)};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::optional<Clock::TimePoint> from_rfc3339(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, "-")) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, "-")) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || !take(text, "Tt ")) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || !take(text, ":")) return std::nullopt;
    const auto second = take_digits(text, 2);
    if (!second) return std::nullopt;
    const auto fraction = take(text, ".") ? take_fraction(text) : milliseconds{0};
    const auto offset = take_offset(text);
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    // A time point counts nanoseconds in 64 bits: from 1677 to 2262.
    const bool held = *year >= 1678 && *year <= 2261;
    if (!held || !offset || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 ||
        *second > 60)
        return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second} + fraction - *offset;
}

}  // namespace sheetbq
