#pragma once

#include "sheetbq/etl/options.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "sheetbq/gcp/sheets.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sheetbq::etl {

/// What to read, once the spreadsheet has been looked at.
struct Source {
    gcp::SpreadsheetInfo spreadsheet;
    gcp::TabInfo tab;
    table::GridRange range;  ///< bounded, within the grid; title and header rows included
    int header_row = 0;      ///< zero-based in the tab; -1 = none
    int first_data_row = 0;  ///< zero-based in the tab; may be one past the range's end

    int columns() const { return range.last_column - range.first_column + 1; }
    int data_rows() const { return range.last_row - first_data_row + 1; }
    /// `C17` for a zero-based row of the tab and a column counted from the range's first.
    std::string address(int row, int column) const {
        return table::address(row, range.first_column + column);
    }
    /// A link that opens the sheet at these cells.
    std::string link(const std::string& a1 = {}) const;
};

/// Picks the tab and the range.
/// @param known_gid  of an earlier look in the same run: the tab may have been renamed meanwhile.
/// @throws Error not_found naming the tabs that exist; bad_config for a chart or connected sheet, a
///     range outside the grid, an unknown named range.
Source choose_source(gcp::SpreadsheetInfo spreadsheet, const Options& options,
                     std::optional<int> known_gid);

/// Where it goes.
struct Destination {
    gcp::TableId id;
    std::string location;
    std::optional<gcp::TableInfo> live;  ///< the table as it is; nothing when it does not exist
};

/// Looks at dataset and table.
/// @throws Error not_found, permission_denied; bad_config when the table is a view or external.
Destination look_at_destination(gcp::BigQuery& bigquery, const gcp::TableId& id,
                                std::stop_token stop);

}  // namespace sheetbq::etl
