#pragma once

#include "sheetbq/etl/options.hpp"
#include "sheetbq/etl/plan.hpp"
#include "sheetbq/table/csv_encoder.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sheetbq::etl {

/// What the first answer shows of the tab's shape. Columns count from the range's first.
struct Extent {
    std::vector<std::string> headers;  ///< header cells' texts; as long as the last of them needs
    std::vector<bool> used;            ///< columns with a cell below the header
    std::uint64_t rows_with_cells = 0;
};

/// A remark about the sheet that the report carries.
struct Notice {
    std::string event;    ///< stable name, e.g. `name_collision`
    std::string message;  ///< a sentence with addresses
    bool warning = true;  ///< else it is for information only
};

/// One column of the table-to-be.
struct LayoutColumn {
    int sheet_column = -1;            ///< counted from the range's first; -1: not in the sheet
    std::string header;               ///< as the sheet has it
    table::Column column;             ///< name, and type where it is settled before reading
    bool typed = false;               ///< type comes from the custom schema or the live table
    std::optional<std::size_t> live;  ///< index in the live table's schema
};

/// How the tab's columns become the table's: decided before the first row is encoded.
struct Layout {
    std::vector<LayoutColumn> columns;  ///< in the order of the CSV
    table::EncodingPlan encoding;
    std::vector<Notice> notices;
};

/// Maps columns by name, never by place: anchored to the live table, or to the custom schema.
/// @throws Error bad_data when REQUIRED columns are missing, nothing matches the custom schema, or
///     there are more columns than BigQuery takes; bad_config when the custom schema contradicts
///     the live table under TYPE_CONFLICT=fail, or the live table has REPEATED or nested columns.
Layout make_layout(const Extent& extent, const Source& source, const Options& options,
                   const std::optional<gcp::TableInfo>& live, const table::CellFormats& formats);

}  // namespace sheetbq::etl
