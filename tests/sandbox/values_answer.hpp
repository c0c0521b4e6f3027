#pragma once

#include "field_mask.hpp"
#include "sheet_range.hpp"

#include <string>

namespace sheetbq::sandbox {

struct RenderOptions {
    enum class Values { formatted, unformatted, formula };
    Values values = Values::formatted;
    bool dates_as_text = false;  ///< dateTimeRenderOption=FORMATTED_STRING
    bool by_columns = false;     ///< majorDimension=COLUMNS
};

/// Fills `out` with the cells of a row that exist; empty beyond the data.
void read_row(const Tab& tab, int row, std::vector<Cell>& out);

/// What FORMATTED_VALUE shows of a cell.
std::string shown_text(const Tab& tab, int row, int column, const Cell& cell);

/// Appends one ValueRange as compact JSON. Straight to text, so that answers of hundreds of
/// thousands of cells cost little.
void append_value_range(std::string& out, const Tab& tab, const Rectangle& cells,
                        const RenderOptions& options, const FieldMask& mask);

}  // namespace sheetbq::sandbox
