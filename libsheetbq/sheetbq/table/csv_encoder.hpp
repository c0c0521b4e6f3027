#pragma once

#include "sheetbq/table/cell_formats.hpp"
#include "sheetbq/table/kind.hpp"
#include "sheetbq/table/schema.hpp"
#include "sheetbq/table/serial_date.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::table {

/// A set of kinds, one bit each.
using KindSet = std::uint16_t;
constexpr KindSet set_of(Kind kind) {
    return static_cast<KindSet>(1U << static_cast<unsigned>(kind));
}
constexpr KindSet all_kinds = (1U << kind_count) - 1;

/// What happens to one column of the tab.
struct ColumnPlan {
    static constexpr int ignored = -1;     ///< left out on purpose
    static constexpr int unexpected = -2;  ///< believed to be blank; a cell there is reported

    int output = unexpected;                ///< place in the CSV
    NumberKind habit = NumberKind::number;  ///< of numbers in rows that were not scanned
    KindSet accepts = all_kinds;            ///< cells of these kinds load as they are
    Column target{};                        ///< what the others are checked against
    bool literals = false;      ///< text that reads as a value of the target's type loads
    bool null_misfits = false;  ///< a cell that does not fit becomes NULL
    bool full_dates = false;    ///< dates are written with 00:00:00, as DATETIME columns want them
};

/// How a tab becomes CSV. Shared by all windows; must not change while they run.
struct EncodingPlan {
    std::vector<ColumnPlan> columns;  ///< by column of the tab
    int width = 0;                    ///< columns of the CSV; those no column maps to are NULL
    std::string null_marker = "\\N";  ///< starts with a backslash
    const CellFormats* formats = nullptr;
};

/// What the cells of one column turned out to be.
struct ColumnStats {
    KindCounts counts{};
    std::array<int, kind_count> first_row{};  ///< zero-based, of each kind that was met
    std::uint64_t misfits = 0;
    std::uint64_t inexact = 0;  ///< whole numbers of 2^53 and more: Sheets has lost digits
    int first_inexact_row = 0;
    int first_blank_row = -1;  ///< only kept for REQUIRED targets

    /// Adds those of another stretch of rows; of first rows the smaller stays.
    void add(const ColumnStats& other);
};

/// A cell that does not fit its column.
struct Misfit {
    int row = 0;
    int column = 0;
    Kind kind = Kind::text;
    std::string value;  ///< its text, clipped
};

/// Counts of one stretch of rows; they add up in any order.
struct EncodingStats {
    std::vector<ColumnStats> columns;  ///< by column of the tab
    std::vector<Misfit> misfits;       ///< the first of them, by row
    std::uint64_t rows = 0;            ///< written
    std::uint64_t blank_rows = 0;      ///< wholly blank, left out
    std::uint64_t cells = 0;           ///< not blank
    std::uint64_t loading = 0;         ///< cells that still said `Loading...`
    int loading_row = 0;
    int loading_column = 0;
    bool met_null_marker = false;  ///< a text cell equals the marker: choose another, start over

    static constexpr std::size_t kept_misfits = 10;
    void add(const EncodingStats& other);
};

/// Turns cells into CSV as they are scanned: a `ValuesScanner` handler.
///
/// The text is final for every type a column can still become: number tokens are copied byte for
/// byte, text is always quoted, dates are ISO, truth values TRUE/FALSE, blanks the null marker.
/// Allocates only when its buffer grows.
class CsvEncoder {
public:
    /// @param first_row  zero-based row of the tab that the first scanned row is.
    /// @param skip_rows  so many rows (title and header) are passed over first.
    CsvEncoder(const EncodingPlan& plan, int first_row, int skip_rows = 0);

    /// Forgets everything and starts again at `first_row`; keeps the buffer.
    void restart(int first_row, int skip_rows = 0);
    /// What was encoded so far is good; the next answer starts at `row`.
    void checkpoint_at(int row, int skip_rows = 0);
    /// Forgets what came after the last checkpoint: an answer was cut short and is asked again.
    void roll_back();

    void text(int column, std::string_view token, bool escaped);
    void number(int column, std::string_view token, bool real);
    void boolean(int column, bool value);
    void end_row();

    std::string_view csv() const { return {out_.data(), size_}; }
    const EncodingStats& stats() const { return stats_; }
    /// Columns believed to be blank in which a cell was met.
    const std::vector<int>& unexpected() const { return unexpected_; }

private:
    const ColumnPlan* begin_cell(int column, std::size_t size);
    void end_cell(const ColumnPlan& plan, int column, Kind kind, std::size_t size);
    void settle(const ColumnPlan& plan, int column, Kind kind, std::string_view value,
                std::size_t& size);
    void error_cell(const ColumnPlan& plan, int column, bool loading);
    bool adapt(const ColumnPlan& plan, Kind kind, std::string_view value, std::size_t& size);
    std::size_t write(std::string_view text);
    std::size_t write_quoted(std::string_view value, bool may_have_quotes);
    DateText write_date(const ColumnPlan& plan, std::string_view token, NumberKind kind);
    Kind write_number(int column, std::string_view token, bool real);
    std::size_t write_moment(std::string_view value);
    std::string_view unescaped(std::string_view token);
    CellFormats::Mark mark_of(int column) const;
    void meet_blank(int column);
    void fill_blanks(int until);
    void reserve(std::size_t bytes);
    void grow(std::size_t bytes);
    void open_row();
    void meet_unexpected(int column);

    const EncodingPlan& plan_;
    std::vector<int> required_columns_;  ///< by place in the CSV: column of the tab, or -1
    bool any_required_ = false;
    std::vector<char> out_;
    std::size_t size_ = 0;
    std::size_t row_start_ = 0;
    int row_ = 0;
    int skip_rows_ = 0;
    int filled_ = 0;         ///< columns of the CSV written in this row
    bool left_out_ = false;  ///< this row has a cell in a column that is not loaded
    const CellFormats::Mark* marks_ = nullptr;
    std::string scratch_;
    EncodingStats stats_;
    std::vector<int> unexpected_;

    struct Checkpoint {
        std::size_t size = 0;
        int row = 0;
        int skip_rows = 0;
        EncodingStats stats;
    };
    Checkpoint checkpoint_;
};

/// The words that Sheets shows for errors: `#N/A`, `#REF!` ... and `Loading...`.
bool is_error_word(std::string_view text);

}  // namespace sheetbq::table
