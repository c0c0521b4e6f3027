#pragma once

#include <string_view>

namespace sheetbq::table {

/// `YYYY-MM-DD`, a real day of 0001..9999.
bool is_date_literal(std::string_view text);

/// `HH:MM:SS`, perhaps with up to six digits of a second's fraction.
bool is_time_literal(std::string_view text);

/// A date, alone or with a space or `T` and a time.
bool is_datetime_literal(std::string_view text);

/// A datetime whose date may also be written with `/` and whose time may lack the seconds, perhaps
/// with a zone: `Z`, `UTC`, `+hh:mm` (also `+h`, `+hh`, at most 14 hours), or the name of one, e.g.
/// ` America/New_York`, which is checked for its form only. Not seconds since 1970, which a text
/// like 20240105 would be taken for.
bool is_timestamp_literal(std::string_view text);

/// BigQuery's canonical interval `[-]Y-M [-]D [-]H:M:S[.F]`.
bool is_interval_literal(std::string_view text);

}  // namespace sheetbq::table
