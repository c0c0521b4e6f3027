#include "sheetbq/gcp/sheets.hpp"

#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr std::string_view host = "https://sheets.googleapis.com/v4/spreadsheets/";
constexpr std::string_view spreadsheet_fields =
    "spreadsheetId,properties(title,locale,timeZone),"
    "sheets.properties(sheetId,title,index,sheetType,hidden,gridProperties(rowCount,columnCount)),"
    "namedRanges(name,range)";
constexpr std::string_view format_fields =
    "sheets.data(startRow,startColumn,"
    "rowData.values(effectiveValue.errorValue,effectiveFormat.numberFormat))";

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

int int_at(const json::object& object, std::string_view key, int otherwise) {
    const auto* value = object.if_contains(key);
    boost::system::error_code problem;
    const auto number = value == nullptr ? otherwise : value->to_number<int>(problem);
    return problem ? otherwise : number;
}

TabInfo read_tab(const json::object& properties) {
    TabInfo tab{.title = text_at(properties, "title"),
                .gid = int_at(properties, "sheetId", 0),
                .index = int_at(properties, "index", 0),
                .type = text_at(properties, "sheetType"),
                .hidden = properties.contains("hidden") && properties.at("hidden") == true};
    if (tab.type.empty()) tab.type = "GRID";
    if (const auto* grid = properties.if_contains("gridProperties"); grid != nullptr) {
        tab.rows = int_at(grid->as_object(), "rowCount", 0);
        tab.columns = int_at(grid->as_object(), "columnCount", 0);
    }
    return tab;
}

NamedRange read_named_range(const json::object& named) {
    const auto& range = named.at("range").as_object();
    const auto last = [&](std::string_view key) {
        return range.contains(key) ? int_at(range, key, 1) - 1 : table::GridRange::unbounded;
    };
    return {.name = text_at(named, "name"),
            .gid = int_at(range, "sheetId", 0),
            .range = {.first_row = int_at(range, "startRowIndex", 0),
                      .first_column = int_at(range, "startColumnIndex", 0),
                      .last_row = last("endRowIndex"),
                      .last_column = last("endColumnIndex")}};
}

SpreadsheetInfo read_spreadsheet(const json::object& answer) {
    SpreadsheetInfo info{.id = text_at(answer, "spreadsheetId")};
    if (const auto* properties = answer.if_contains("properties"); properties != nullptr) {
        info.title = text_at(properties->as_object(), "title");
        info.locale = text_at(properties->as_object(), "locale");
        info.time_zone = text_at(properties->as_object(), "timeZone");
    }
    if (const auto* sheets = answer.if_contains("sheets"); sheets != nullptr)
        for (const auto& sheet : sheets->as_array())
            info.tabs.push_back(read_tab(sheet.at("properties").as_object()));
    std::stable_sort(info.tabs.begin(), info.tabs.end(),
                     [](const TabInfo& a, const TabInfo& b) { return a.index < b.index; });
    if (const auto* names = answer.if_contains("namedRanges"); names != nullptr)
        for (const auto& named : names->as_array())
            if (named.as_object().contains("range"))
                info.named_ranges.push_back(read_named_range(named.as_object()));
    return info;
}

bool says(const Refusal& refusal, std::string_view text) {
    return refusal.message.find(text) != std::string::npos;
}

/// The tab is not what it was when the read was planned.
Error explain_values_refusal(const Refusal& refusal, const std::string& id) {
    if (refusal.status == 400 &&
        (says(refusal, "Unable to parse range") || says(refusal, "exceeds grid limits")))
        return Error{Code::conflict, "the tab was renamed, deleted or shortened while it was read"}
            .because(in_google_words(refusal))
            .fix("Run again when nobody is changing the tab.");
    return explain_sheet_refusal(refusal, id);
}

}  // namespace

Error explain_sheet_refusal(const Refusal& refusal, const std::string& id) {
    const std::string address = fmt::format("https://docs.google.com/spreadsheets/d/{}", id);
    if (refusal.status == 403 && refusal.reason.empty())
        return Error{Code::permission_denied, fmt::format("cannot read the spreadsheet {}", id)}
            .because(fmt::format("it is not shared with {} ({})", refusal.account,
                                 in_google_words(refusal)))
            .fix(fmt::format("Open {}, click Share, and add {} as Viewer.", address,
                             refusal.account));
    if (refusal.status == 404)
        return Error{Code::not_found, fmt::format("there is no spreadsheet {}", id)}
            .because(in_google_words(refusal))
            .fix(
                "Open the sheet in a browser and copy its address again into GOOGLE_SHEET_URL; the "
                "id "
                "stands between /d/ and /edit. A Google Doc or Slides file has another kind of "
                "address.");
    if (refusal.status == 400 &&
        (refusal.name == "FAILED_PRECONDITION" || says(refusal, "not supported for this document")))
        return Error{Code::bad_config, fmt::format("{} is an Office file, not a Google Sheet", id)}
            .because(in_google_words(refusal))
            .fix(fmt::format(
                "Open {}, choose File > Save as Google Sheets, and put the address of the "
                "new sheet into GOOGLE_SHEET_URL.",
                address));
    if (refusal.status == 400 && says(refusal, "invalid argument"))
        return Error{Code::bad_config, fmt::format("{} is not a spreadsheet", id)}
            .because(in_google_words(refusal))
            .fix(
                "Put the address of a Google Sheet into GOOGLE_SHEET_URL, not that of a folder, "
                "PDF or "
                "other file.");
    return to_error(refusal);
}

SpreadsheetInfo Sheets::spreadsheet(const std::string& id, std::stop_token stop) {
    const auto answer = api_.json(
        {.url = fmt::format("{}{}?prettyPrint=false&fields={}", host, http::escape(id),
                            http::escape(spreadsheet_fields)),
         .explain = [&](const Refusal& refusal) { return explain_sheet_refusal(refusal, id); }},
        stop);
    return read_spreadsheet(answer.as_object());
}

void Sheets::formats(const std::string& id, const std::vector<std::string>& ranges,
                     const std::function<OnCell()>& fresh, std::stop_token stop) {
    std::string url = fmt::format("{}{}?prettyPrint=false&fields={}", host, http::escape(id),
                                  http::escape(format_fields));
    for (const auto& range : ranges) url += "&ranges=" + http::escape(range);
    const Call call{.url = url, .explain = [&](const Refusal& refusal) {
                        return explain_values_refusal(refusal, id);
                    }};
    api_.retrying(Repeat::safe, stop, [&] {
        table::FormatScan scan{fresh()};
        api_.stream_once(
            call, [&](std::string_view bytes) { scan.write(bytes); }, stop);
        scan.finish();
    });
}

void Sheets::values_once(const std::string& id, const std::string& range,
                         const std::function<void(std::string_view)>& sink, std::stop_token stop) {
    api_.stream_once(
        {.url = fmt::format("{}{}/values/{}?majorDimension=ROWS&valueRenderOption=UNFORMATTED_VALUE"
                            "&dateTimeRenderOption=SERIAL_NUMBER&prettyPrint=false&fields={}",
                            host, http::escape(id), http::escape(range), "range%2Cvalues"),
         .explain = [&](const Refusal& refusal) { return explain_values_refusal(refusal, id); }},
        sink, stop);
}

}  // namespace sheetbq::gcp
