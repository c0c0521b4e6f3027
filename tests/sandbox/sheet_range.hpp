#pragma once

#include "sheets_world.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// A rectangle of cells, zero-based, ends included.
struct Rectangle {
    int first_row = 0;
    int first_column = 0;
    int last_row = 0;
    int last_column = 0;
};

/// A range resolved against its grid, or the message Google refuses it with.
struct ResolvedRange {
    const Tab* tab = nullptr;
    Rectangle cells{};
    std::string refusal;  ///< "" when the range is good
};

/// Resolves A1 notation as Google does: ends beyond the grid are clamped, starts beyond it refused.
/// Written apart from sheetbq::table on purpose, so that the two check each other.
ResolvedRange resolve_range(const Spreadsheet& spreadsheet, const std::string& text);

/// `Sheet1!A1:B2`, `'My tab'!C3`: the title quoted only when needed, one cell collapsed.
std::string range_text(const Tab& tab, const Rectangle& cells);

}  // namespace sheetbq::sandbox
