#include "sheetbq/etl/report.hpp"

#include "sheetbq/core/counted.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sheetbq::etl {
namespace {

namespace json = boost::json;

constexpr std::size_t widest_cell = 28;  // characters shown of a value

json::object column_json(const ReportedColumn& column) {
    json::object cells;
    for (std::size_t i = 0; i < table::kind_count; ++i)
        if (column.cells[i] != 0) cells[to_string(static_cast<table::Kind>(i))] = column.cells[i];
    return {{"name", column.name},
            {"type", column.type},
            {"header", column.header},
            {"column", column.letters},
            {"cells", std::move(cells)}};
}

json::array rows_json(const std::vector<std::vector<std::optional<std::string>>>& rows) {
    json::array out;
    for (const auto& row : rows) {
        json::array values;
        for (const auto& value : row)
            values.push_back(value ? json::value(*value) : json::value(nullptr));
        out.push_back(std::move(values));
    }
    return out;
}

json::object error_json(const Error& error) {
    return {{"code", to_string(error.code())},
            {"text", error.text()},
            {"reason", error.reason()},
            {"hint", error.hint()}};
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// On one line and not too long.
std::string shown(const std::optional<std::string>& value) {
    if (!value) return "NULL";
    std::string text;
    for (const char c : *value) text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    if (characters(text) <= widest_cell) return text;
    std::size_t end = 0;
    for (std::size_t count = 0; end < text.size(); ++end)
        if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && ++count == widest_cell)
            break;
    return text.substr(0, end) + "…";
}

std::string set_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], characters(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line = "  ";
        for (std::size_t i = 0; i < row.size(); ++i)
            line += row[i] + std::string(widths[i] - characters(row[i]) + 2, ' ');
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string cell_counts(const ReportedColumn& column) {
    std::string list;
    for (std::size_t i = 0; i < table::kind_count; ++i)
        if (column.cells[i] != 0)
            list += fmt::format("{}{} {}", list.empty() ? "" : ", ", column.cells[i],
                                to_string(static_cast<table::Kind>(i)));
    return list.empty() ? "no cells" : list;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::loaded:
            return "loaded";
        case Outcome::unchanged:
            return "unchanged";
        case Outcome::dry_run:
            return "dry_run";
        case Outcome::failed:
            return "failed";
    }
    return "failed";
}

json::object to_json(const RunReport& report) {
    json::object seconds;
    for (const auto& [phase, value] : report.seconds) seconds[phase] = value;
    json::array columns;
    for (const auto& column : report.columns) columns.push_back(column_json(column));
    json::array warnings;
    for (const auto& notice : report.notices)
        warnings.push_back(json::object{
            {"event", notice.event}, {"message", notice.message}, {"warning", notice.warning}});
    json::object out{{"schema", "sheetbq.report/v1"},
                     {"outcome", to_string(report.outcome)},
                     {"exit_code", report.exit_code()},
                     {"run_id", report.run_id},
                     {"config_id", report.config_id},
                     {"config_name", report.config_name},
                     {"spreadsheet", report.spreadsheet_title},
                     {"tab", report.tab_title},
                     {"sheet_link", report.sheet_link},
                     {"table", report.table},
                     {"job_id", report.job_id},
                     {"adopted", report.adopted},
                     {"rows", report.rows},
                     {"blank_rows", report.blank_rows},
                     {"cells", report.cells},
                     {"text_bytes", report.text_bytes},
                     {"compressed_bytes", report.compressed_bytes},
                     {"bytes_in", report.bytes_in},
                     {"bytes_out", report.bytes_out},
                     {"requests", report.requests},
                     {"retries", report.retries},
                     {"peak_memory_bytes", report.peak_memory},
                     {"cpu_seconds", report.cpu_seconds},
                     {"seconds", std::move(seconds)},
                     {"columns", std::move(columns)},
                     {"warnings", std::move(warnings)}};
    if (report.difference) {
        out["difference"] = to_json(*report.difference);
        out["first_rows"] = rows_json(report.first_rows);
    }
    if (report.error) out["error"] = error_json(*report.error);
    return out;
}

std::string summary(const RunReport& report) {
    const auto rows =
        counted(report.rows, "row") + " of " + counted(report.columns.size(), "column");
    switch (report.outcome) {
        case Outcome::loaded:
            return fmt::format("loaded {} from \"{}\" into {}{}", rows, report.tab_title,
                               report.table,
                               report.adopted ? " (by an earlier attempt of this run)" : "");
        case Outcome::unchanged:
            return fmt::format("\"{}\" is unchanged since its last load; {} stays as it is",
                               report.tab_title, report.table);
        case Outcome::dry_run:
            return fmt::format("would load {} from \"{}\" into {}; nothing was written", rows,
                               report.tab_title, report.table);
        case Outcome::failed:
            break;
    }
    return report.error ? report.error->what() : "failed";
}

std::string preview(const RunReport& report) {
    std::vector<std::vector<std::string>> columns{{"column", "name", "type", "cells", "header"}};
    for (const auto& column : report.columns)
        columns.push_back({column.letters.empty() ? "-" : column.letters, column.name, column.type,
                           cell_counts(column), shown(column.header)});
    std::string out = set_table(columns);
    if (report.first_rows.empty()) return out;
    std::vector<std::vector<std::string>> rows(1);
    for (const auto& column : report.columns) rows.front().push_back(shown(column.name));
    for (const auto& row : report.first_rows) {
        auto& line = rows.emplace_back();
        for (const auto& value : row) line.push_back(shown(value));
    }
    return out + "\n" + set_table(rows);
}

namespace {

/// Takes one cell off the front of `csv`, and the comma or line break behind it.
/// @returns whether the row ends with it.
bool take_cell(std::string_view& csv, std::string& value) {
    if (csv.front() == '"') {
        csv.remove_prefix(1);
        while (!csv.empty()) {
            const auto quote = std::min(csv.find('"'), csv.size());
            value += csv.substr(0, quote);
            csv.remove_prefix(std::min(quote + 1, csv.size()));
            if (csv.empty() || csv.front() != '"') break;
            value += '"';
            csv.remove_prefix(1);
        }
    }
    const auto end = std::min(csv.find_first_of(",\n"), csv.size());
    value += csv.substr(0, end);
    const bool last = end == csv.size() || csv[end] == '\n';
    csv.remove_prefix(std::min(end + 1, csv.size()));
    return last;
}

}  // namespace

std::vector<std::vector<std::optional<std::string>>> read_own_csv(std::string_view csv,
                                                                  std::string_view null_marker,
                                                                  std::size_t rows) {
    std::vector<std::vector<std::optional<std::string>>> out;
    std::vector<std::optional<std::string>> row;
    while (!csv.empty() && out.size() < rows) {
        const bool quoted = csv.front() == '"';
        std::string value;
        const bool last = take_cell(csv, value);
        if (!quoted && value == null_marker)
            row.emplace_back();
        else
            row.emplace_back(std::move(value));
        if (last) out.push_back(std::exchange(row, {}));
    }
    return out;
}

}  // namespace sheetbq::etl
