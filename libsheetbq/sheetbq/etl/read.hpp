#pragma once

#include "sheetbq/core/log.hpp"
#include "sheetbq/etl/layout.hpp"
#include "sheetbq/etl/options.hpp"
#include "sheetbq/etl/plan.hpp"
#include "sheetbq/etl/spool.hpp"
#include "sheetbq/gcp/sheets.hpp"
#include "sheetbq/table/csv_encoder.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sheetbq::etl {

/// How far a run is; for a progress line.
struct Progress {
    enum class Phase { reading, uploading, loading } phase = Phase::reading;
    std::uint64_t done = 0;  ///< rows of the grid while reading, bytes while uploading
    std::uint64_t total = 0;
    std::uint64_t rows = 0;     ///< read so far
    std::uint64_t bytes = 0;    ///< compressed so far
    std::uint64_t windows = 0;  ///< answers read so far, of `all_windows`
    std::uint64_t all_windows = 0;
};
using OnProgress = std::function<void(const Progress&)>;

/// A whole tab, read, typed and spooled.
struct ReadResult {
    Layout layout;
    table::EncodingStats stats;
    table::CellFormats formats;
    std::string first_lines;  ///< CSV of the first rows, for previews
    std::size_t windows = 0;  ///< answers of values.get that make up the tab
};

/// Reads the tab into `spool` (which is cleared first): formats and first rows together, then
/// window after window, several at once, in order.
///
/// Memory: one encoded window a reader, and the spool. Starts over by itself when it meets a cell
/// in a column believed blank, or text equal to the null marker; waits and starts over for
/// `Loading...`.
/// @throws Error conflict when the tab changed shape meanwhile (look at the spreadsheet again).
ReadResult read_tab(gcp::Sheets& sheets, const Source& source, const Options& options,
                    const std::optional<gcp::TableInfo>& live, Spool& spool, const Log& log,
                    const OnProgress& progress, std::stop_token stop);

}  // namespace sheetbq::etl
