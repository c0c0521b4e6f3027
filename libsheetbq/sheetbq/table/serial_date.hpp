#pragma once

#include "sheetbq/table/kind.hpp"
#include "sheetbq/table/number_format.hpp"

#include <cstddef>
#include <string_view>

namespace sheetbq::table {

/// Text of a date-like number, and what it turned out to be.
struct DateText {
    Kind kind = Kind::real;
    std::size_t size = 0;  ///< bytes written
};

/// The longest text that `write_serial` writes.
constexpr std::size_t longest_date_text = 64;

/// Writes the day number `token` (a JSON number; day 0 is 1899-12-30) as BigQuery reads it:
/// `2024-01-05`, `2024-01-05 10:17:42[.123]`, `10:17:42[.123]`, and BigQuery's interval
/// `0-0 0 [-]36:00:00[.123]` (years-months days hours) for durations. Rounded to the millisecond;
/// a zero fraction is not written.
///
/// Faithful before pretty: a DATE format over a time of day gives a datetime; a TIME format over a
/// value outside [0, 1) gives a datetime; a time that rounds to 24:00:00 is 23:59:59.999.
/// @returns kind integer or real with size 0 when `kind` is number, when the date lies outside
///     0001-01-01..9999-12-31, an interval outside BigQuery's 87,840,000 hours, or `token` is no
///     number: the cell is then an ordinary number.
/// Allocates nothing; `out` has room for `longest_date_text`.
DateText write_serial(std::string_view token, NumberKind kind, char* out);

}  // namespace sheetbq::table
