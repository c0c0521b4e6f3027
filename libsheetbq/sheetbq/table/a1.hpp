#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::table {

/// `A`, `Z`, `AA` ... for a zero-based column.
std::string column_letters(int column);

/// `C17` for zero-based row 16, column 2.
std::string address(int row, int column);

/// A rectangle of cells, zero-based, ends included. Open ends are `unbounded`.
struct GridRange {
    static constexpr int unbounded = -1;
    int first_row = 0;
    int first_column = 0;
    int last_row = unbounded;
    int last_column = unbounded;

    friend bool operator==(const GridRange&, const GridRange&) = default;
};

/// `'title'` with every quote doubled.
std::string quote_title(std::string_view title);

/// `'title'!A1:Z9`; both ends always written.
/// @throws Error internal when `range` has an open end.
std::string to_a1(std::string_view title, const GridRange& range);

/// A range as people and Google write it, with or without a tab.
struct A1 {
    std::optional<std::string> title;  ///< unquoted
    GridRange range;
};

/// Reads `A1`, `A1:C9`, `A:C`, `2:5`, `A2:C`, `$A$1:B2`, `Tab!A1:B2`, `'It''s'!A1`, `'Tab'` (whole
/// tab, only when quoted). Columns up to ZZZ, rows up to 10,000,000, letters in any case, white
/// space around ignored; ends in wrong order are swapped. Where only one end names a row (or a
/// column), that is the first one and the range is open: `A:C5` is `A5:C`, `B2:5` starts in B.
/// @returns nothing when the text has another form, e.g. is the name of a named range.
std::optional<A1> parse_a1(std::string_view text);

}  // namespace sheetbq::table
