#pragma once

#include "sheetbq/table/number_format.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace sheetbq::table {

/// What number formats and error values say about the cells of a tab: exactly for the rows that
/// were scanned, by each column's habit for the others.
class CellFormats {
public:
    /// One byte a scanned cell.
    using Mark = std::uint8_t;
    static constexpr Mark scanned = 0x40;
    static constexpr Mark error = 0x80;
    static constexpr Mark loading = 0x20;
    static NumberKind kind_of(Mark mark) { return static_cast<NumberKind>(mark & 0x07U); }

    CellFormats() = default;
    /// Marks can be kept for zero-based rows [first_row, first_row + rows) and columns [0,
    /// columns).
    CellFormats(int first_row, int rows, int columns);

    /// Notes one cell; a cell outside the marked rows only adds to its column's habit.
    void add(int row, int column, NumberKind kind, bool is_error, bool is_loading);

    /// `columns` marks of that row; null when the row was not scanned.
    const Mark* row(int row) const {
        const auto at = static_cast<std::size_t>(row - first_row_);
        return row < first_row_ || at >= rows_ ? nullptr : marks_.data() + at * columns_;
    }

    /// The commonest kind among the cells seen in that column; `number` when there were none.
    NumberKind habit(int column) const;
    /// More than one kind of number was seen in that column.
    bool mixed(int column) const;

private:
    static constexpr std::size_t kinds = 5;

    int first_row_ = 0;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::vector<Mark> marks_;
    std::vector<std::array<std::uint32_t, kinds>> seen_;
};

}  // namespace sheetbq::table
