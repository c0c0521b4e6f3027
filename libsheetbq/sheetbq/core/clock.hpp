#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace sheetbq {

/// The only thing that tells time or spends it.
class Clock {
public:
    using TimePoint = std::chrono::system_clock::time_point;

    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    /// Wall time, UTC.
    virtual TimePoint now() const = 0;
    /// Time since an arbitrary moment; never steps back. For measuring.
    virtual std::chrono::nanoseconds monotonic() const = 0;
    /// Waits; returns early when `stop` is requested.
    virtual void sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
public:
    TimePoint now() const override;
    std::chrono::nanoseconds monotonic() const override;
    void sleep(std::chrono::milliseconds duration, std::stop_token stop) override;
};

/// RFC 3339 in UTC with milliseconds, e.g. `2026-01-31T08:00:00.250Z`.
std::string to_rfc3339(Clock::TimePoint time);

/// Reads RFC 3339 with `Z` or an offset and any number of fractional digits (kept to the
/// millisecond).
/// @returns nothing when the text is not of that form.
std::optional<Clock::TimePoint> from_rfc3339(std::string_view text);

}  // namespace sheetbq
