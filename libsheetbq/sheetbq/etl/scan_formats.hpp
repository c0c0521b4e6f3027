#pragma once

#include "sheetbq/etl/options.hpp"
#include "sheetbq/etl/plan.hpp"
#include "sheetbq/gcp/sheets.hpp"
#include "sheetbq/table/cell_formats.hpp"

#include <string>
#include <vector>

namespace sheetbq::etl {

/// Formats of the tab's cells, and what they let one foresee.
struct ScannedFormats {
    table::CellFormats cells;
    bool complete = false;                  ///< every cell was scanned
    std::vector<bool> shows_leading_zeros;  ///< by column of the range
};

/// Reads number formats and error values: of every cell while the range has at most 200,000 (or
/// under FORMAT_SCAN=full), else of the first 1,000 data rows and of ten evenly spread blocks
/// of 50.
ScannedFormats scan_formats(gcp::Sheets& sheets, const Source& source, const Options& options,
                            std::stop_token stop);

}  // namespace sheetbq::etl
