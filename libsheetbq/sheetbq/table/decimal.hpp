#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::table {

/// A JSON number token as plain decimal text with at most `scale` digits after the point, rounded
/// half away from zero, exact in decimal. `1.5E3` gives `1500`.
/// @returns nothing when more than `whole_digits` digits stand before the point.
std::optional<std::string> to_decimal(std::string_view token, int whole_digits, int scale);

}  // namespace sheetbq::table
