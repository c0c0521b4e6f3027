#pragma once

#include <cstdint>
#include <string_view>

namespace sheetbq::table {

/// What a number stands for.
enum class NumberKind : std::uint8_t { number, date, datetime, time, duration };

/// Decides from a cell's effective number format.
///
/// @param type  numberFormat.type: TEXT NUMBER PERCENT CURRENCY DATE TIME DATE_TIME SCIENTIFIC; ""
///     when the cell has none.
/// @param pattern  numberFormat.pattern, perhaps ""; its first section counts. Durations are TIME
///     with `[h]`, `[mm]`, `[ss]`. A DATE pattern that shows hours is a datetime, and so is a TIME
///     pattern that shows days; DATE_TIME stays a datetime whatever it shows; a NUMBER type with a
///     date pattern (custom formats) is what the pattern shows. Quoted and escaped characters,
///     colours (`[Red]`), conditions (`[>5]`), locales (`[$-409]`), sections (`;`) and both
///     meanings of `m` are understood.
NumberKind classify_number_format(std::string_view type, std::string_view pattern);

/// The format shows leading zeros (two or more `0` before the decimal point, as in `00000`), which
/// a number loses. Never for dates, fractions and exponents.
bool shows_leading_zeros(std::string_view type, std::string_view pattern);

}  // namespace sheetbq::table
