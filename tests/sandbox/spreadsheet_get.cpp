// Sheets v4: spreadsheets.get with field masks, ranges and grid data.

#include "sandbox.hpp"
#include "sheet_range.hpp"
#include "sheets_api.hpp"
#include "text.hpp"
#include "values_answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

/// Every path of the Spreadsheet resource that a mask may name, `*` where we do not look deeper.
constexpr std::string_view known_fields =
    "spreadsheetId,spreadsheetUrl,namedRanges,developerMetadata,dataSources,dataSourceSchedules,"
    "properties(title,locale,timeZone,autoRecalc,defaultFormat,iterativeCalculationSettings,"
    "spreadsheetTheme,importFunctionsExternalUrlAccessAllowed),"
    "sheets(merges,conditionalFormats,filterViews,protectedRanges,basicFilter,charts,bandedRanges,"
    "developerMetadata,rowGroups,columnGroups,slicers,tables,"
    "properties(sheetId,title,index,sheetType,hidden,tabColor,tabColorStyle,rightToLeft,"
    "dataSourceSheetProperties,gridProperties(rowCount,columnCount,frozenRowCount,"
    "frozenColumnCount,hideGridlines,rowGroupControlAfter,columnGroupControlAfter)),"
    "data(startRow,startColumn,rowMetadata,columnMetadata,rowData(values(userEnteredFormat,"
    "hyperlink,note,textFormatRuns,dataValidation,pivotTable,dataSourceTable,dataSourceFormula,"
    "chipRuns,userEnteredValue(numberValue,stringValue,boolValue,formulaValue,errorValue),"
    "effectiveValue(numberValue,stringValue,boolValue,formulaValue,errorValue(type,message)),"
    "formattedValue,effectiveFormat(numberFormat(type,pattern),backgroundColor,"
    "backgroundColorStyle,borders,padding,horizontalAlignment,verticalAlignment,wrapStrategy,"
    "textDirection,textFormat,hyperlinkDisplayType,textRotation)))))";

std::string_view error_type(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> types{
        {{"#ERROR!", "ERROR"},
         {"#NULL!", "NULL_VALUE"},
         {"#DIV/0!", "DIVIDE_BY_ZERO"},
         {"#VALUE!", "VALUE"},
         {"#REF!", "REF"},
         {"#NAME?", "NAME"},
         {"#NUM!", "NUM"},
         {"#N/A", "N_A"},
         {"Loading...", "LOADING"}}};
    const auto found =
        std::ranges::find(types, word, &std::pair<std::string_view, std::string_view>::first);
    return found == types.end() ? "ERROR" : found->second;
}

/// Appends `"name":` with a comma before it unless first in its object.
void append_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}

/// Writes CellData straight to text: a format scan asks for hundreds of thousands of them.
class CellDataWriter {
public:
    CellDataWriter(const Tab& tab, const FieldMask& mask)
        : tab_{tab},
          user_value_{mask.child("userEnteredValue")},
          value_{mask.child("effectiveValue")},
          shown_{mask.child("formattedValue")},
          user_format_{mask.child("userEnteredFormat")},
          format_{mask.child("effectiveFormat")} {}

    void write(std::string& out, int row, int column, const Cell& cell) const {
        out += '{';
        const bool blank = cell.kind == Cell::Kind::blank;
        if (!blank && user_value_ != nullptr) entered(out, row, column, cell);
        if (!blank && value_ != nullptr) value(out, "effectiveValue", cell, *value_);
        if (!blank && shown_ != nullptr) {
            append_name(out, "formattedValue");
            append_json_string(out, shown_text(tab_, row, column, cell));
        }
        if (user_format_ != nullptr) format(out, "userEnteredFormat", cell, *user_format_);
        if (format_ != nullptr) format(out, "effectiveFormat", cell, *format_);
        out += '}';
    }

private:
    void entered(std::string& out, int row, int column, const Cell& cell) const {
        const auto formula = tab_.formulas.find({row, column});
        if (formula == tab_.formulas.end())
            return value(out, "userEnteredValue", cell, *user_value_);
        if (user_value_->child("formulaValue") == nullptr) return;
        append_name(out, "userEnteredValue");
        out += "{\"formulaValue\":";
        append_json_string(out, formula->second);
        out += '}';
    }

    static void value(std::string& out, std::string_view name, const Cell& cell,
                      const FieldMask& mask) {
        constexpr std::array<std::string_view, 5> names{"", "numberValue", "stringValue",
                                                        "boolValue", "errorValue"};
        const auto kind = names.at(static_cast<std::size_t>(cell.kind));
        const auto* selected = mask.child(kind);
        if (selected == nullptr) return;
        append_name(out, name);
        out += '{';
        append_name(out, kind);
        switch (cell.kind) {
            case Cell::Kind::number:
                out += cell.value;
                break;
            case Cell::Kind::boolean:
                out += cell.value == "TRUE" ? "true" : "false";
                break;
            case Cell::Kind::error:
                out += json::serialize(selected->apply(
                    json::object{{"type", error_type(cell.value)},
                                 {"message", "The cell shows " + cell.value + "."}}));
                break;
            default:
                append_json_string(out, cell.value);
        }
        out += '}';
    }

    void format(std::string& out, std::string_view name, const Cell& cell,
                const FieldMask& mask) const {
        const auto& known = tab_.formats.at(cell.format);
        const auto* selected = mask.child("numberFormat");
        if (known.type.empty() || selected == nullptr) return;
        append_name(out, name);
        out += "{\"numberFormat\":{";
        if (selected->child("type") != nullptr) {
            append_name(out, "type");
            append_json_string(out, known.type);
        }
        if (!known.pattern.empty() && selected->child("pattern") != nullptr) {
            append_name(out, "pattern");
            append_json_string(out, known.pattern);
        }
        out += "}}";
    }

    const Tab& tab_;
    const FieldMask* user_value_;
    const FieldMask* value_;
    const FieldMask* shown_;
    const FieldMask* user_format_;
    const FieldMask* format_;
};

void append_row_data(std::string& out, const Tab& tab, const Rectangle& cells,
                     const FieldMask& mask) {
    const FieldMask nothing;
    const auto* values = mask.child("values");
    const CellDataWriter writer{tab, values == nullptr ? nothing : *values};
    const auto begin = out.size();
    std::vector<Cell> row;
    std::size_t content = begin;  // rows after the last one with content are cut
    const int known = tab.generate ? tab.row_count : static_cast<int>(tab.rows.size());
    for (int r = cells.first_row; r <= std::min(cells.last_row, known - 1); ++r) {
        read_row(tab, r, row);
        int end = std::min(cells.last_column + 1, static_cast<int>(row.size()));
        const auto has_content = [&](int c) {
            const auto& cell = row[static_cast<std::size_t>(c)];
            return cell.kind != Cell::Kind::blank || cell.format != 0;
        };
        while (end > cells.first_column && !has_content(end - 1)) --end;
        if (r > cells.first_row) out += ',';
        out += '{';
        if (end > cells.first_column && values != nullptr) {
            out += "\"values\":[";
            for (int c = cells.first_column; c < end; ++c) {
                if (c > cells.first_column) out += ',';
                writer.write(out, r, c, row[static_cast<std::size_t>(c)]);
            }
            out += ']';
        }
        out += '}';
        if (end > cells.first_column) content = out.size();
    }
    out.resize(content);
}

void append_grid(std::string& out, const Tab& tab, const Rectangle& cells, const FieldMask& mask) {
    out += '{';
    const auto number = [&](std::string_view name, int value) {
        if (value == 0 || mask.child(name) == nullptr) return;
        append_name(out, name);
        out += std::to_string(value);
    };
    number("startRow", cells.first_row);
    number("startColumn", cells.first_column);
    if (const auto* rows = mask.child("rowData")) {
        std::string data;
        append_row_data(data, tab, cells, *rows);
        if (!data.empty()) {
            append_name(out, "rowData");
            out += '[' + data + ']';
        }
    }
    out += '}';
}

json::object tab_properties(const Tab& tab, std::size_t index) {
    json::object properties{{"sheetId", tab.gid},
                            {"title", tab.title},
                            {"index", index},
                            {"sheetType", tab.sheet_type}};
    if (tab.sheet_type != "OBJECT")
        properties["gridProperties"] =
            json::object{{"rowCount", tab.row_count}, {"columnCount", tab.column_count}};
    if (tab.hidden) properties["hidden"] = true;
    return properties;
}

json::object file_properties(const Spreadsheet& file) {
    return {{"title", file.title},
            {"locale", file.locale},
            {"autoRecalc", "ON_CHANGE"},
            {"timeZone", file.time_zone},
            {"defaultFormat", json::object{{"verticalAlignment", "BOTTOM"}}}};
}

json::array named_ranges(const Spreadsheet& file) {
    json::array out;
    for (const auto& [name, text] : file.named_ranges) {
        const auto range = resolve_range(file, text);
        if (range.tab == nullptr) continue;
        out.push_back(
            json::object{{"namedRangeId", std::to_string(std::hash<std::string>{}(name))},
                         {"name", name},
                         {"range", json::object{{"sheetId", range.tab->gid},
                                                {"startRowIndex", range.cells.first_row},
                                                {"endRowIndex", range.cells.last_row + 1},
                                                {"startColumnIndex", range.cells.first_column},
                                                {"endColumnIndex", range.cells.last_column + 1}}}});
    }
    return out;
}

using Ranges = std::vector<ResolvedRange>;

/// Which data the answer holds: with a mask, what it names; without, what includeGridData says.
const FieldMask* data_mask(const Call& call, const FieldMask& sheet) {
    const bool masked = !call.parameter("fields").empty();
    if (!masked && !call.flag("includeGridData")) return nullptr;
    return sheet.child("data");
}

void append_sheet(std::string& out, const Tab& tab, std::size_t index, const Ranges& ranges,
                  const FieldMask& mask, const FieldMask* data) {
    out += '{';
    if (const auto* properties = mask.child("properties")) {
        append_name(out, "properties");
        out += json::serialize(properties->apply(tab_properties(tab, index)));
    }
    if (data != nullptr && tab.sheet_type == "GRID") {
        append_name(out, "data");
        out += '[';
        const Rectangle whole{0, 0, tab.row_count - 1, tab.column_count - 1};
        if (ranges.empty()) append_grid(out, tab, whole, *data);
        for (const auto& range : ranges) {
            if (range.tab != &tab) continue;
            if (out.back() != '[') out += ',';
            append_grid(out, tab, range.cells, *data);
        }
        out += ']';
    }
    out += '}';
}

void append_sheets(std::string& out, const Call& call, const Spreadsheet& file,
                   const Ranges& ranges, const FieldMask& mask) {
    append_name(out, "sheets");
    out += '[';
    for (std::size_t i = 0; i < file.tabs.size(); ++i) {
        const auto& tab = file.tabs[i];
        if (!ranges.empty() && std::ranges::count(ranges, &tab, &ResolvedRange::tab) == 0) continue;
        if (out.back() != '[') out += ',';
        append_sheet(out, tab, i, ranges, mask, data_mask(call, mask));
    }
    out += ']';
}

std::string spreadsheet_text(const Call& call, const Spreadsheet& file, const Ranges& ranges,
                             const FieldMask& mask) {
    std::string out = "{";
    const auto add = [&](std::string_view name, const json::value& value) {
        const auto* selected = mask.child(name);
        if (selected == nullptr) return;
        append_name(out, name);
        out += json::serialize(selected->apply(value));
    };
    add("spreadsheetId", json::string{file.id});
    add("properties", file_properties(file));
    if (const auto* sheets = mask.child("sheets")) append_sheets(out, call, file, ranges, *sheets);
    if (!file.named_ranges.empty()) add("namedRanges", named_ranges(file));
    add("spreadsheetUrl",
        json::string{fmt::format("https://docs.google.com/spreadsheets/d/{}/edit", file.id)});
    return out + "}";
}

}  // namespace

Answer get_spreadsheet(Sandbox& sandbox, const Call& call) {
    if (auto refused = refuse_unknown_parameters(
            call, {"ranges", "includeGridData", "excludeTablesInBandedRanges", "commentsViewMode"}))
        return *refused;
    const auto found = find_spreadsheet(sandbox, call);
    if (found.spreadsheet == nullptr) return found.refusal;
    const auto [mask, refusal] = read_mask(call, known_fields);
    if (refusal) return *refusal;
    Ranges ranges;
    for (const auto& [name, value] : call.query) {
        if (name != "ranges") continue;
        auto range = resolve_range(*found.spreadsheet, value);
        if (!range.refusal.empty()) return invalid_argument(range.refusal);
        ranges.push_back(std::move(range));
    }
    auto answer = json_answer(nullptr);
    answer.body = spreadsheet_text(call, *found.spreadsheet, ranges, mask);
    return answer;
}

}  // namespace sheetbq::sandbox
