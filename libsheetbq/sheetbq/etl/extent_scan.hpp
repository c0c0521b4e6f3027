#pragma once

#include "sheetbq/etl/layout.hpp"
#include "sheetbq/table/byte_scan.hpp"

#include <string>
#include <string_view>

namespace sheetbq::etl {

/// Looks at the first answer for the header and for which columns have cells at all: a
/// `ValuesScanner` handler. Rows count from the answer's first; a header row of -1 is none.
class ExtentScan {
public:
    ExtentScan(int header_row, int first_data_row)
        : header_row_{header_row}, first_data_row_{first_data_row} {}

    void text(int column, std::string_view token, bool escaped) {
        if (row_ == header_row_) {
            std::string& header = header_at(column);
            if (!escaped)
                header = token;
            else
                table::unescape_json(token, header);
        }
        mark(column);
    }
    void number(int column, std::string_view token, bool) {
        if (row_ == header_row_) header_at(column) = token;
        mark(column);
    }
    void boolean(int column, bool value) {
        if (row_ == header_row_) header_at(column) = value ? "TRUE" : "FALSE";
        mark(column);
    }
    void end_row() {
        if (any_) ++extent.rows_with_cells;
        any_ = false;
        ++row_;
    }

    Extent extent;

private:
    std::string& header_at(int column) {
        const auto at = static_cast<std::size_t>(column);
        if (extent.headers.size() <= at) extent.headers.resize(at + 1);
        return extent.headers[at];
    }
    void mark(int column) {
        if (row_ < first_data_row_) return;
        any_ = true;
        const auto at = static_cast<std::size_t>(column);
        if (extent.used.size() <= at) extent.used.resize(at + 1);
        extent.used[at] = true;
    }

    int header_row_;  // both counted from the answer's first row
    int first_data_row_;
    int row_ = 0;
    bool any_ = false;
};

}  // namespace sheetbq::etl
