#pragma once

#include "sheetbq/core/clock.hpp"

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace sheetbq::app {

/// `1,234,567`.
std::string grouped(std::int64_t number);

/// `1 row`, `1,234,567 rows`.
std::string grouped(std::integral auto count, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(static_cast<std::int64_t>(count)), noun,
                       count == 1 ? "" : "s");
}

/// A length of time in one or two units, rounded to what matters: `80 ms`, `4.2 s`, `48 s`,
/// `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. A negative one counts as zero.
std::string span_text(std::chrono::milliseconds length);

/// A moment as seen from another, in one unit: `just now`, `5 min ago`, `in 3 h`, `2 months ago`.
std::string relative(Clock::TimePoint time, Clock::TimePoint now);

/// `2026-01-31 08:00:05 UTC`.
std::string exact(Clock::TimePoint time);

}  // namespace sheetbq::app
