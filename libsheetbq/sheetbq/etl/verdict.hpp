#pragma once

#include "sheetbq/etl/read.hpp"

#include <string>
#include <vector>

namespace sheetbq::etl {

/// What is to be loaded, decided when the last row is in.
struct Verdict {
    table::Schema schema;              ///< in the order of the CSV
    std::vector<std::string> widened;  ///< INT64 columns of the live table that become FLOAT64
    table::Schema added;               ///< columns that the live table lacks
    bool rebuild = false;              ///< the table's schema is replaced
    std::vector<Notice> notices;
};

/// Settles every column's type and refuses what cannot be loaded faithfully.
/// @throws Error bad_data with addresses: cells that do not fit, blanks in REQUIRED columns, error
///     cells under ERROR_CELLS=fail, an empty tab, MIN_ROWS, MAX_ROW_DROP_PERCENT.
Verdict judge(const ReadResult& read, const Source& source, const Destination& destination,
              const Options& options);

}  // namespace sheetbq::etl
