#include "load_source.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/job_run.hpp"
#include "sheetbq/app/run_result.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

using app::Flag;
using app::Shown;
using app::Tone;
using etl::RunReport;
namespace json = boost::json;

constexpr std::array flags{
    Flag{"rows", "N", "", "20", "What", "first rows to show, at most 1000"},
};
constexpr std::size_t readable_column = 12;  // what a column is cut to before columns are left out
constexpr std::size_t widest_column = 40;

std::string number(std::uint64_t value) { return app::grouped(static_cast<std::int64_t>(value)); }

std::string cells_of(const etl::ReportedColumn& column) {
    std::string list;
    for (std::size_t i = 0; i < table::kind_count; ++i)
        if (column.cells[i] != 0)
            list += fmt::format("{}{} {}", list.empty() ? "" : ", ", number(column.cells[i]),
                                to_string(static_cast<table::Kind>(i)));
    return list.empty() ? "no cells" : list;
}

std::string columns_table(const RunReport& report, std::size_t width, bool colour) {
    std::vector<std::vector<Shown>> rows(1);
    for (const auto* heading : {"column", "name", "type", "cells", "header"})
        rows.front().push_back({heading, Tone::strong});
    for (const auto& column : report.columns)
        rows.push_back({{column.letters.empty() ? "-" : column.letters, Tone::dim},
                        {column.name},
                        {column.type},
                        {cells_of(column)},
                        {column.header == column.name ? "" : column.header, Tone::dim}});
    return set_columns(
        rows, {{.shrinks = false}, {}, {.shrinks = false}, {.shrinks = true}, {.shrinks = true}},
        width, colour);
}

/// How many columns can be read side by side.
std::size_t columns_that_fit(const RunReport& report, std::size_t width) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < report.columns.size(); ++i) {
        std::size_t wide = app::text_width(report.columns[i].name);
        for (const auto& row : report.first_rows)
            if (i < row.size()) wide = std::max(wide, app::text_width(row[i].value_or("NULL")));
        used += std::min(wide, readable_column) + 2;
        if (used > width + 2) return std::max<std::size_t>(i, 1);
    }
    return report.columns.size();
}

bool is_number(std::string_view type) {
    return type == "INT64" || type == "FLOAT64" || type.ends_with("NUMERIC");
}

std::string rows_table(const RunReport& report, std::size_t width, bool colour) {
    if (report.first_rows.empty()) return {};
    const auto shown = columns_that_fit(report, width);
    std::vector<std::vector<Shown>> rows(1);
    std::vector<app::SetColumn> set;
    for (std::size_t i = 0; i < shown; ++i) {
        rows.front().push_back({report.columns[i].name, Tone::strong});
        set.push_back({.right = is_number(report.columns[i].type), .shrinks = true});
    }
    for (const auto& row : report.first_rows) {
        auto& line = rows.emplace_back();
        for (std::size_t i = 0; i < shown; ++i) {
            const auto value = i < row.size() ? row[i] : std::nullopt;
            line.push_back(value ? Shown{app::fitted(*value, widest_column)}
                                 : Shown{"NULL", Tone::dim});
        }
    }
    auto out = "\n" + set_columns(rows, set, width, colour);
    if (report.rows > report.first_rows.size())
        out += fmt::format("… and {}\n",
                           app::grouped(report.rows - report.first_rows.size(), "more row"));
    if (shown < report.columns.size())
        out += fmt::format("… and {}; -o json has them all\n",
                           app::grouped(report.columns.size() - shown, "more column"));
    return out;
}

Shown change_line(const etl::ColumnChange& change) {
    if (change.before.empty())
        return {fmt::format("+ {} {}", change.name, change.after), Tone::good};
    if (change.after.empty())
        return {fmt::format("- {} {}", change.name, change.before), Tone::bad};
    if (change.before != change.after)
        return {fmt::format("~ {} {} becomes {}", change.name, change.before, change.after),
                Tone::warning};
    return {fmt::format("- {} {} is not in the sheet any more: it stays, NULL", change.name,
                        change.before),
            Tone::warning};
}

std::string difference_text(const RunReport& report, const app::Printer& printer) {
    const auto& difference = *report.difference;
    if (difference.creates)
        return fmt::format("\nThe table {} does not exist yet; a load creates it with {}.\n",
                           report.table, app::grouped(difference.rows_after, "row"));
    std::string out =
        fmt::format("\n{} has {} and would have {}; ", report.table,
                    app::grouped(difference.rows_before, "row"), number(difference.rows_after));
    if (difference.columns.empty()) return out + "its columns stay as they are.\n";
    out += difference.rebuilds ? "its schema is replaced:\n" : "its columns change:\n";
    for (const auto& change : difference.columns) {
        const auto line = change_line(change);
        out += "  " + printer.tone(line.text, line.tone) + "\n";
    }
    return out;
}

std::string warnings_text(const RunReport& report, const app::Printer& printer) {
    std::string out;
    for (const auto& notice : report.notices)
        out += (out.empty() ? "\n" : "") +
               printer.tone(notice.warning ? "warning: " : "note: ",
                            notice.warning ? Tone::warning : Tone::dim) +
               notice.message + "\n";
    return out;
}

std::string cost_text(const RunReport& report) {
    return fmt::format(
        "\nNothing was written. It took {} and {:.1f} kB; a load would send {:.1f} "
        "kB more.\n",
        app::grouped(report.requests, "request"),
        static_cast<double>(report.bytes_in + report.bytes_out) / 1e3,
        static_cast<double>(report.compressed_bytes) / 1e3);
}

json::object preview_json(const RunReport& report) {
    const auto whole = to_json(report);
    json::object out;
    for (const auto* key :
         {"config_id", "config_name", "spreadsheet", "tab", "sheet_link", "table", "rows",
          "blank_rows", "cells", "columns", "first_rows", "difference", "warnings"})
        out[key] = whole.at(key);
    out["cost"] = json::object{{"requests", report.requests},
                               {"bytes_in", report.bytes_in},
                               {"bytes_out", report.bytes_out},
                               {"compressed_bytes", report.compressed_bytes}};
    return out;
}

void print(const World& world, const RunReport& report) {
    const auto& printer = world.printer;
    if (!printer.for_people())
        return printer.one("sheetbq.preview/v1", preview_json(report), "table", {});
    const auto& terminal = printer.terminal();
    const auto width = terminal.out ? terminal.width : std::size_t{120};
    printer.text(fmt::format("{} of \"{}\" into {}: {} of {}\n\n",
                             printer.tone('"' + report.tab_title + '"', Tone::strong),
                             report.spreadsheet_title, printer.tone(report.table, Tone::strong),
                             app::grouped(report.rows, "row"),
                             app::grouped(report.columns.size(), "column")));
    printer.text(columns_table(report, width, terminal.colour));
    printer.text(rows_table(report, width, terminal.colour));
    printer.text(difference_text(report, printer));
    printer.text(warnings_text(report, printer));
    printer.text(cost_text(report));
}

int preview(World& world) {
    return preview_load(world, static_cast<std::size_t>(world.flags.number("rows", 0, 1'000)));
}

}  // namespace

int preview_load(World& world, std::size_t rows) {
    const auto variables = source_variables(world, chosen_source(world));
    const etl::Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
        for (const auto& [each, value] : variables)
            if (each == name) return value;
        return std::nullopt;
    };
    const auto report = app::run_job(
        world.settings, lookup, etl::Mode::dry_run, rows, world.console.log(Level::error),
        [&](const etl::Progress& progress) { world.console.progress(progress); },
        world.interrupter);
    world.console.erase();
    if (report.error) {
        if (report.signal == 0) throw Error{*report.error};
        return report.exit_code();
    }
    print(world, report);
    return 0;
}

std::vector<Entry> preview_entries() {
    return {
        {{.path = "preview",
          .heading = "Run",
          .summary = "show what would be loaded; writes nothing",
          .details =
              "Reads the whole tab and types every cell as a load does. Shows names and types of "
              "the columns, the first rows, warnings, and what would change of the live table.\n\n"
              "With -o json: sheetbq.preview/v1 with columns, first_rows, difference, warnings "
              "and cost.",
          .arguments = source_arguments(),
          .examples = {{"helper preview --config-file config.json", "of a file"},
                       {"helper preview orders --rows 5", "of a configuration, five rows"},
                       {"helper preview orders --set header_row=3", "with another option"},
                       {"helper preview orders -o json | jq .difference",
                        "what would change, for programs"}},
          .flags = load_flags(flags)},
         preview},
    };
}

}  // namespace sheetbq::helper
