#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sheetbq::table {

/// Digits with an optional sign, in the range of INT64.
bool is_int64_literal(std::string_view text);

/// A decimal number with an optional exponent that a double can hold, or `NaN`, `inf`, `infinity`
/// with an optional sign, in any case.
bool is_float64_literal(std::string_view text);

/// A decimal number, perhaps with an exponent, whose value has at most 29 digits before and 9 after
/// the point; with `precision` P and `scale` S (0 when absent) at most P-S and S.
bool is_numeric_literal(std::string_view text, std::optional<std::int64_t> precision,
                        std::optional<std::int64_t> scale);

/// The same with at most 38 digits after the point, between -2^255 and 2^255-1 units of 1e-38.
bool is_bignumeric_literal(std::string_view text, std::optional<std::int64_t> precision,
                           std::optional<std::int64_t> scale);

}  // namespace sheetbq::table
