#pragma once

#include "sheetbq/table/schema.hpp"

#include <string>
#include <vector>

namespace sheetbq::app {

/// `NUMERIC(10,2)`, `STRING`, as GoogleSQL names it.
std::string type_text(const table::Column& column);
/// `NULLABLE`, `REQUIRED` or `REPEATED`.
std::string mode_text(const table::Column& column);

/// What happens to one column when a table becomes another.
struct ColumnChange {
    std::string name;
    std::string before;  ///< type, and mode where it is not NULLABLE; empty: is not there
    std::string after;   ///< empty: goes away
};

/// Columns that differ, those of `before` first, by name without case; descriptions do not count.
std::vector<ColumnChange> column_changes(const table::Schema& before, const table::Schema& after);

}  // namespace sheetbq::app
