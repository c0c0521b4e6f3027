#include "sheetbq/etl/scan_formats.hpp"

#include <algorithm>
#include <map>

namespace sheetbq::etl {
namespace {

constexpr std::int64_t scanned_whole = 200'000;  // cells
constexpr int scanned_first = 1'000;             // rows
constexpr int sample_blocks = 10;
constexpr int sample_rows = 50;

/// A stretch of rows, zero-based, ends included.
struct Rows {
    int first = 0;
    int last = 0;
};

std::string to_a1(const Source& source, const Rows& rows) {
    return table::to_a1(source.tab.title, {.first_row = rows.first,
                                           .first_column = source.range.first_column,
                                           .last_row = rows.last,
                                           .last_column = source.range.last_column});
}

/// Turns scanned cells into marks; remembers formats, of which a sheet has few.
class Marker {
public:
    Marker(const Source& source, ScannedFormats& formats) : source_{source}, formats_{formats} {}

    void operator()(const table::ScannedCell& cell) {
        if (cell.row < source_.first_data_row) return;
        const int column = cell.column - source_.range.first_column;
        const Known& known = look_up(cell.format_type, cell.pattern);
        formats_.cells.add(cell.row, column, known.kind, !cell.error_type.empty(),
                           cell.error_type == "LOADING");
        if (known.leading_zeros && column >= 0 && column < source_.columns())
            formats_.shows_leading_zeros[static_cast<std::size_t>(column)] = true;
    }

private:
    struct Known {
        table::NumberKind kind;
        bool leading_zeros;
    };

    const Known& look_up(std::string_view type, std::string_view pattern) {
        if (last_ != nullptr && type == last_type_ && pattern == last_pattern_) return *last_;
        last_type_ = type;
        last_pattern_ = pattern;
        const auto [known, fresh] = known_.try_emplace(std::pair{last_type_, last_pattern_});
        if (fresh)
            known->second = {table::classify_number_format(type, pattern),
                             table::shows_leading_zeros(type, pattern)};
        last_ = &known->second;
        return *last_;
    }

    const Source& source_;
    ScannedFormats& formats_;
    std::map<std::pair<std::string, std::string>, Known> known_;
    std::string last_type_;
    std::string last_pattern_;
    const Known* last_ = nullptr;
};

ScannedFormats nothing_yet(const Source& source, int marked_rows) {
    return {.cells = {source.first_data_row, marked_rows, source.columns()},
            .complete = false,
            .shows_leading_zeros = std::vector<bool>(static_cast<std::size_t>(source.columns()))};
}

}  // namespace

ScannedFormats scan_formats(gcp::Sheets& sheets, const Source& source, const Options& options,
                            std::stop_token stop) {
    const int rows = std::max(0, source.data_rows());
    const auto cells = static_cast<std::int64_t>(rows) * source.columns();
    const bool complete = cells <= scanned_whole || options.format_scan == FormatScan::full;
    ScannedFormats formats = nothing_yet(source, complete ? rows : std::min(rows, scanned_first));
    formats.complete = complete;
    if (rows == 0) return formats;

    const auto scan = [&](const std::vector<std::string>& ranges) {
        sheets.formats(
            source.spreadsheet.id, ranges,
            [&]() -> gcp::Sheets::OnCell {
                return [marker = std::make_shared<Marker>(source, formats)](
                           const table::ScannedCell& cell) { (*marker)(cell); };
            },
            stop);
    };
    if (complete) {
        const int step = std::max<int>(1, static_cast<int>(scanned_whole / source.columns()));
        for (int row = source.first_data_row; row <= source.range.last_row; row += step)
            scan({to_a1(source, {row, std::min(row + step - 1, source.range.last_row)})});
        return formats;
    }
    const int first_sample = source.first_data_row + scanned_first;
    std::vector<std::string> ranges{
        to_a1(source, {source.first_data_row, std::min(first_sample - 1, source.range.last_row)})};
    const int left = source.range.last_row - first_sample + 1;
    for (int block = 0; block < sample_blocks && left > 0; ++block) {
        const auto at = first_sample +
                        static_cast<int>(static_cast<std::int64_t>(left) * block / sample_blocks);
        ranges.push_back(
            to_a1(source, {at, std::min(at + sample_rows - 1, source.range.last_row)}));
    }
    scan(ranges);
    return formats;
}

}  // namespace sheetbq::etl
