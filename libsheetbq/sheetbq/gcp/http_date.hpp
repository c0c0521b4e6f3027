#pragma once

#include "sheetbq/core/clock.hpp"

#include <optional>
#include <string_view>

namespace sheetbq::gcp {

/// Reads the date of a header, `Sun, 06 Nov 1994 08:49:37 GMT`.
/// @returns nothing when the text is not of that form.
std::optional<Clock::TimePoint> from_http_date(std::string_view text);

}  // namespace sheetbq::gcp
