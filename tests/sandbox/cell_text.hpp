#pragma once

#include "sheets_world.hpp"

#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// The format shows a date, a time or a duration.
bool is_temporal(const NumberFormat& format);

/// What a spreadsheet shows for a number: the common tokens of patterns (`yyyy-mm-dd`, `[h]:mm`,
/// `#,##0.00`, `0.0%`, `$`, `0.00E+00`, `00000`). An automatic format shows the token itself.
std::string format_number(const std::string& token, const NumberFormat& format);

}  // namespace sheetbq::sandbox
