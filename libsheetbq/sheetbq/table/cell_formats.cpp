#include "sheetbq/table/cell_formats.hpp"

#include <algorithm>

namespace sheetbq::table {

CellFormats::CellFormats(int first_row, int rows, int columns)
    : first_row_{first_row},
      rows_{static_cast<std::size_t>(rows)},
      columns_{static_cast<std::size_t>(columns)},
      marks_(rows_ * columns_),
      seen_(columns_) {}

void CellFormats::add(int row, int column, NumberKind kind, bool is_error, bool is_loading) {
    const auto at_column = static_cast<std::size_t>(column);
    if (column < 0 || at_column >= columns_) return;
    if (!is_error) ++seen_[at_column][static_cast<std::size_t>(kind)];
    const auto at_row = static_cast<std::size_t>(row - first_row_);
    if (row < first_row_ || at_row >= rows_) return;
    Mark mark = static_cast<Mark>(scanned | static_cast<Mark>(kind));
    if (is_error) mark |= error;
    if (is_loading) mark |= loading;
    marks_[at_row * columns_ + at_column] = mark;
}

NumberKind CellFormats::habit(int column) const {
    if (column < 0 || static_cast<std::size_t>(column) >= seen_.size()) return NumberKind::number;
    const auto& seen = seen_[static_cast<std::size_t>(column)];
    const auto* const most = std::max_element(seen.begin(), seen.end());
    return static_cast<NumberKind>(most - seen.begin());
}

bool CellFormats::mixed(int column) const {
    if (column < 0 || static_cast<std::size_t>(column) >= seen_.size()) return false;
    const auto& seen = seen_[static_cast<std::size_t>(column)];
    return std::count_if(seen.begin(), seen.end(), [](auto count) { return count != 0; }) > 1;
}

}  // namespace sheetbq::table
