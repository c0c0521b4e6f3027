#pragma once

#include "sheetbq/gcp/bigquery.hpp"

#include <optional>
#include <string_view>

namespace sheetbq::app {

/// The table that a person names as `PROJECT.DATASET.TABLE` or `PROJECT:DATASET.TABLE`, perhaps in
/// backticks. @returns nothing for a text that is no such name, e.g. that of a configuration.
std::optional<gcp::TableId> read_table_name(std::string_view text);

}  // namespace sheetbq::app
