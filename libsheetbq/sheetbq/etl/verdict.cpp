#include "sheetbq/etl/verdict.hpp"

#include "sheetbq/core/counted.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::etl {
namespace {

using table::ColumnStats;
using table::Kind;
using table::Type;

std::uint64_t count_of(const ColumnStats& stats, Kind kind) {
    return stats.counts[static_cast<std::size_t>(kind)];
}

int first_row_of(const ColumnStats& stats, Kind kind) {
    return stats.first_row[static_cast<std::size_t>(kind)];
}

class Judge {
public:
    Judge(const ReadResult& read, const Source& source, const Destination& destination,
          const Options& options)
        : read_{read}, source_{source}, destination_{destination}, options_{options} {}

    Verdict run() {
        check_rows();
        check_error_cells();
        check_misfits();
        for (const auto& column : read_.layout.columns) settle(column);
        return std::move(verdict_);
    }

private:
    const ColumnStats& stats_of(const LayoutColumn& column) const {
        static const ColumnStats nothing;
        return column.sheet_column < 0
                   ? nothing
                   : read_.stats.columns[static_cast<std::size_t>(column.sheet_column)];
    }

    std::uint64_t live_rows() const { return destination_.live ? destination_.live->rows : 0; }

    void note(std::string event, std::string message) {
        verdict_.notices.push_back({std::move(event), std::move(message)});
    }

    void check_rows() const {
        const std::uint64_t rows = read_.stats.rows;
        const std::string tab = fmt::format("the tab \"{}\"", source_.tab.title);
        const std::string safe = destination_.live ? "; the table stays as it is" : "";
        if (read_.layout.columns.empty())
            throw Error{Code::bad_data, fmt::format("{} is empty", tab)}
                .because(fmt::format("no cell of {} has a value{}",
                                     table::to_a1(source_.tab.title, source_.range), safe))
                .fix(
                    "Fill the tab, or point GOOGLE_SHEET_TAB_NAME, SHEET_RANGE or HEADER_ROW at "
                    "the data.");
        if (rows == 0 && !options_.allow_empty && options_.write_mode == WriteMode::replace &&
            (live_rows() != 0 || nothing_in_sheet()))
            throw Error{Code::bad_data, fmt::format("{} has no rows below its header", tab)}
                .because(fmt::format("the table {} has {}, which would be lost{}",
                                     destination_.id.dotted(), counted(live_rows(), "row"), safe))
                .fix(fmt::format(
                    "Fill the tab, correct HEADER_ROW ({}), or set ALLOW_EMPTY=true if an empty "
                    "table is what you want.",
                    options_.header_row));
        if (rows < options_.min_rows)
            throw Error{Code::bad_data, fmt::format("{} has {}", tab, counted(rows, "row"))}
                .because(fmt::format("MIN_ROWS is {}{}", options_.min_rows, safe))
                .fix(fmt::format("Fill the tab, or set MIN_ROWS={}.", rows));
        check_drop(rows, tab, safe);
    }

    bool nothing_in_sheet() const {
        return std::all_of(read_.layout.columns.begin(), read_.layout.columns.end(),
                           [](const LayoutColumn& column) { return column.sheet_column < 0; });
    }

    void check_drop(std::uint64_t rows, const std::string& tab, const std::string& safe) const {
        if (options_.write_mode == WriteMode::append || rows >= live_rows()) return;
        const auto percent =
            static_cast<double>(live_rows() - rows) * 100.0 / static_cast<double>(live_rows());
        if (percent <= options_.max_row_drop_percent) return;
        throw Error{Code::bad_data, fmt::format("{} has lost {:.1f} % of its rows", tab, percent)}
            .because(fmt::format("the table has {}, the tab {}; MAX_ROW_DROP_PERCENT is {}{}",
                                 live_rows(), rows, options_.max_row_drop_percent, safe))
            .fix(
                "Restore the rows (File > Version history in the sheet), or raise "
                "MAX_ROW_DROP_PERCENT for this run.");
    }

    void check_error_cells() {
        std::uint64_t total = 0;
        std::string list;
        for (const auto& column : read_.layout.columns) {
            const auto& stats = stats_of(column);
            const auto count = count_of(stats, Kind::error);
            if (count == 0) continue;
            total += count;
            list +=
                fmt::format("{}{} in column {}, the first in {}", list.empty() ? "" : "; ",
                            counted(count, "error cell"), column.column.name,
                            source_.address(first_row_of(stats, Kind::error), column.sheet_column));
        }
        if (total == 0) return;
        if (options_.error_cells == ErrorCells::fail)
            throw Error{Code::bad_data, fmt::format("the tab has {}", counted(total, "error cell"))}
                .because(list + "; ERROR_CELLS is fail")
                .fix(fmt::format(
                    "Repair the formulas at {}, or set ERROR_CELLS=null to load them as NULL.",
                    source_.link()));
        note("error_cells", list + "; loaded as NULL");
    }

    /// `C17 "abc" is text, the column amount is INT64`, a line each.
    std::string list_misfits() const {
        std::string list;
        for (const auto& misfit : read_.stats.misfits) {
            const auto& plan =
                read_.layout.encoding.columns[static_cast<std::size_t>(misfit.column)];
            list += fmt::format("\n    {} \"{}\" is {}; the column {} is {}",
                                source_.address(misfit.row, misfit.column), misfit.value,
                                to_string(misfit.kind), plan.target.name,
                                plan.target.type == Type::other
                                    ? plan.target.type_name
                                    : std::string{to_string(plan.target.type)});
        }
        const std::uint64_t total = misfits();
        if (total > read_.stats.misfits.size())
            list += fmt::format("\n    and {} more", total - read_.stats.misfits.size());
        return list;
    }

    std::uint64_t misfits() const {
        std::uint64_t total = 0;
        for (const auto& stats : read_.stats.columns) total += stats.misfits;
        return total;
    }

    void check_misfits() {
        if (misfits() == 0) return;
        const std::string text =
            fmt::format("{} {} not fit the column's type", counted(misfits(), "cell"),
                        misfits() == 1 ? "does" : "do");
        const auto& first = read_.stats.misfits.front();
        const std::string link = source_.link(source_.address(first.row, first.column));
        if (options_.custom_schema)
            throw Error{Code::bad_data, text}
                .because(list_misfits())
                .fix(fmt::format("Correct the cells ({}), or change the types in CUSTOM_SCHEMA.",
                                 link));
        if (options_.type_conflict == TypeConflict::fail)
            throw Error{Code::bad_data, text}
                .because(list_misfits())
                .fix(fmt::format(
                    "Correct the cells ({}); or set TYPE_CONFLICT=null to load them as NULL, or "
                    "TYPE_CONFLICT=rebuild to change the column's type.",
                    link));
        note("type_conflict",
             text +
                 (options_.type_conflict == TypeConflict::null ? "; loaded as NULL:"
                                                               : "; the column is rebuilt:") +
                 list_misfits());
    }

    void check_required(const LayoutColumn& column) const {
        const auto& stats = stats_of(column);
        if (!column.column.required || column.sheet_column < 0 || stats.first_blank_row < 0) return;
        throw Error{Code::bad_data,
                    fmt::format("the column \"{}\" has blank cells", column.column.name)}
            .because(fmt::format("it is REQUIRED, and {} is blank",
                                 source_.address(stats.first_blank_row, column.sheet_column)))
            .fix(fmt::format(
                "Fill the cell ({}), or make the column NULLABLE.",
                source_.link(source_.address(stats.first_blank_row, column.sheet_column))));
    }

    void settle(const LayoutColumn& column) {
        const auto& stats = stats_of(column);
        table::Column settled = column.column;
        if (!column.typed) {
            settled.type = table::join(stats.counts).value_or(Type::string);
            note_mix(column, settled.type);
        } else if (options_.custom_schema) {
            settle_custom(column);
        } else if (settled.type == Type::int64 && count_of(stats, Kind::real) != 0 &&
                   (stats.misfits == 0 || options_.type_conflict == TypeConflict::null)) {
            settled.type = Type::float64;
            verdict_.widened.push_back(settled.name);
            note("widened",
                 fmt::format(
                     "column {} is widened from INT64 to FLOAT64: {} has a fraction", settled.name,
                     source_.address(first_row_of(stats, Kind::real), column.sheet_column)));
        } else if (stats.misfits != 0 && options_.type_conflict == TypeConflict::rebuild) {
            settled = {.name = settled.name,
                       .type = table::join(stats.counts).value_or(Type::string),
                       .description = settled.description};
            verdict_.rebuild = true;
        }
        check_required({.sheet_column = column.sheet_column,
                        .header = {},
                        .column = settled,
                        .typed = true,
                        .live = {}});
        note_inexact(column, stats, settled.type);
        if (destination_.live && !column.live) verdict_.added.push_back(settled);
        verdict_.schema.push_back(std::move(settled));
    }

    void settle_custom(const LayoutColumn& column) {
        if (!column.live) return;
        const auto& live = destination_.live->schema[*column.live];
        if (live.type == column.column.type) return;
        if (live.type == Type::int64 && column.column.type == Type::float64)
            verdict_.widened.push_back(live.name);
        else
            verdict_.rebuild = true;
    }

    /// A column that became STRING because its cells are of several kinds: says which and where.
    void note_mix(const LayoutColumn& column, Type type) {
        const auto& stats = stats_of(column);
        if (type != Type::string) return;
        std::string list;
        std::size_t kinds = 0;
        for (std::size_t i = 0; i < table::kind_count; ++i) {
            const auto kind = static_cast<Kind>(i);
            if (kind == Kind::blank || kind == Kind::error || stats.counts[i] == 0) continue;
            ++kinds;
            list += fmt::format("{}{} {} (first {})", list.empty() ? "" : ", ", stats.counts[i],
                                to_string(kind),
                                source_.address(stats.first_row[i], column.sheet_column));
        }
        if (kinds > 1)
            note("mixed_column",
                 fmt::format("column {} mixes kinds of cells and is loaded as STRING: {}",
                             column.column.name, list));
    }

    void note_inexact(const LayoutColumn& column, const ColumnStats& stats, Type type) {
        if (stats.inexact == 0 || type == Type::date) return;
        note("inexact_numbers",
             fmt::format("column {} has {} of 2^53 or more, of which Sheets keeps 15 digits only, "
                         "the first in {}; "
                         "format long ids as plain text",
                         column.column.name, counted(stats.inexact, "whole number"),
                         source_.address(stats.first_inexact_row, column.sheet_column)));
    }

    const ReadResult& read_;
    const Source& source_;
    const Destination& destination_;
    const Options& options_;
    Verdict verdict_;
};

}  // namespace

Verdict judge(const ReadResult& read, const Source& source, const Destination& destination,
              const Options& options) {
    return Judge{read, source, destination, options}.run();
}

}  // namespace sheetbq::etl
