#pragma once

#include "sheetbq/table/schema.hpp"

#include <string_view>

namespace sheetbq::table {

/// BigQuery's CSV reader takes `text` as a value of the column's type: the literal rules of the
/// contract's 4.9, with ranges (INT64, NUMERIC's 29 digits before and 9 after the point, dates
/// 0001..9999, real calendar days, max_length, precision and scale). Used for text cells under a
/// custom schema; allocates nothing but for JSON.
bool is_literal(const Column& column, std::string_view text);

}  // namespace sheetbq::table
