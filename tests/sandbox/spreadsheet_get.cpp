// Sheets v4: spreadsheets.get with field masks, ranges and grid data.

#include "grid_data.hpp"
#include "sandbox.hpp"
#include "sheet_range.hpp"
#include "sheets_api.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

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
