#pragma once

#include "bigquery_schema.hpp"
#include "bigquery_time_zone.hpp"

#include <string>
#include <string_view>

namespace sheetbq::sandbox {

struct LiteralRules {
    LocalZone zone;                        ///< of TIMESTAMPs without one
    bool keep_control_characters = false;  ///< preserveAsciiControlCharacters
};

/// Reads one CSV value of the column's type.
///
/// @param out  when not null, gets the text as the sandbox stores it: `7`, `1.5E10`, `true`,
///     `2024-01-05`, `2024-01-05T10:00:00`, `1-2 3 4:5:6.5`, TIMESTAMP as microseconds since 1970.
/// @returns "" or what is wrong, e.g. `Unable to parse`.
std::string_view read_literal(const BigQueryColumn& column, std::string_view text,
                              const LiteralRules& rules, std::string* out);

/// The date and time types, for read_literal. False: not of that form or out of range.
bool read_time_literal(BigQueryType type, std::string_view text, const LocalZone& zone,
                       std::string* out);

/// NUMERIC and BIGNUMERIC, with the column's precision and scale.
bool read_decimal_literal(const BigQueryColumn& column, std::string_view text, std::string* out);

}  // namespace sheetbq::sandbox
