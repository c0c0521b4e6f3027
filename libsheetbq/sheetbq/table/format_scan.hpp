#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sheetbq::table {

/// What one scanned cell says beyond its value. Views live for the call only.
struct ScannedCell {
    int row = 0;  ///< zero-based, in the tab
    int column = 0;
    std::string_view format_type;  ///< effectiveFormat.numberFormat.type; "" when absent
    std::string_view pattern;
    std::string_view
        error_type;  ///< effectiveValue.errorValue.type, e.g. N_A, LOADING; "" when no error
};

/// Reads an answer of spreadsheets.get with
/// `fields=sheets.data(startRow,startColumn,rowData.values(effectiveValue.errorValue,effectiveFormat.numberFormat))`
/// as it arrives, without building it: memory does not grow with the number of cells.
///
/// Every CellData in `rowData[].values[]` is reported, the empty ones too, at startRow + index,
/// startColumn + index (both 0 when absent; they may come after rowData in the answer only when 0).
class FormatScan {
public:
    explicit FormatScan(std::function<void(const ScannedCell&)> on_cell);
    ~FormatScan();
    FormatScan(FormatScan&&) noexcept;

    /// @throws Error unavailable when the bytes are not the JSON expected.
    void write(std::string_view bytes);
    /// @throws Error unavailable when the answer is incomplete.
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sheetbq::table
