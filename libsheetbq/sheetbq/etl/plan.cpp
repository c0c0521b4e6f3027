#include "sheetbq/etl/plan.hpp"

#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::etl {
namespace {

using gcp::TabInfo;
using table::GridRange;

std::string titles(const gcp::SpreadsheetInfo& spreadsheet) {
    constexpr std::size_t most = 30;
    std::string list;
    for (std::size_t i = 0; i < spreadsheet.tabs.size() && i < most; ++i)
        list += fmt::format(R"({}"{}")", i == 0 ? "" : ", ", spreadsheet.tabs[i].title);
    if (spreadsheet.tabs.size() > most)
        list += fmt::format(" and {} more", spreadsheet.tabs.size() - most);
    return list;
}

const TabInfo* find_gid(const gcp::SpreadsheetInfo& spreadsheet, int gid) {
    const auto found = std::find_if(spreadsheet.tabs.begin(), spreadsheet.tabs.end(),
                                    [&](const TabInfo& tab) { return tab.gid == gid; });
    return found == spreadsheet.tabs.end() ? nullptr : &*found;
}

const TabInfo& tab_by_title(const gcp::SpreadsheetInfo& spreadsheet, const std::string& title) {
    for (const auto& tab : spreadsheet.tabs)
        if (tab.title == title) return tab;
    throw Error{Code::not_found,
                fmt::format(R"(the spreadsheet "{}" has no tab "{}")", spreadsheet.title, title)}
        .because(fmt::format("its tabs are {}", titles(spreadsheet)))
        .fix(
            "Set GOOGLE_SHEET_TAB_NAME to one of these titles, exactly as written; or leave it out "
            "and "
            "use the address of the tab (with #gid=...), which survives renaming.");
}

const TabInfo& tab_by_gid(const gcp::SpreadsheetInfo& spreadsheet, int gid) {
    if (const TabInfo* tab = find_gid(spreadsheet, gid); tab != nullptr) return *tab;
    throw Error{Code::not_found, fmt::format("the spreadsheet \"{}\" has no tab with gid {}",
                                             spreadsheet.title, gid)}
        .because(fmt::format("the tab was deleted; its tabs are {}", titles(spreadsheet)))
        .fix("Open the tab in a browser and copy its address into GOOGLE_SHEET_URL again.");
}

const TabInfo& first_grid_tab(const gcp::SpreadsheetInfo& spreadsheet) {
    for (const auto& tab : spreadsheet.tabs)
        if (tab.type == "GRID") return tab;
    throw Error{Code::bad_config,
                fmt::format("the spreadsheet \"{}\" has no tab with cells", spreadsheet.title)}
        .because(fmt::format("its tabs are {}: charts or connected sheets", titles(spreadsheet)))
        .fix("Set GOOGLE_SHEET_URL to a spreadsheet that has a tab with cells.");
}

const gcp::NamedRange* find_named_range(const gcp::SpreadsheetInfo& spreadsheet,
                                        const std::string& name) {
    for (const auto& named : spreadsheet.named_ranges)
        if (named.name == name) return &named;
    return nullptr;
}

void check_type(const TabInfo& tab) {
    if (tab.type == "GRID") return;
    const bool chart = tab.type == "OBJECT";
    throw Error{Code::bad_config, fmt::format("the tab \"{}\" cannot be loaded", tab.title)}
        .because(chart ? "it holds a chart or picture and has no cells"
                       : "it is a connected sheet, a view of data that lives elsewhere")
        .fix(chart ? "Set GOOGLE_SHEET_TAB_NAME to the tab that has the chart's data."
                   : "Query the data where it lives, or make an extract of it and load the "
                     "extract's tab.");
}

[[noreturn]] void refuse_range(const gcp::SpreadsheetInfo& spreadsheet, const std::string& range) {
    std::string names;
    for (const auto& named : spreadsheet.named_ranges)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", named.name);
    throw Error{Code::not_found, fmt::format("there is no range \"{}\"", range)}
        .because(names.empty()
                     ? "the spreadsheet has no named ranges, and this is no A1 notation"
                     : fmt::format("the named ranges are {}, and this is no A1 notation", names))
        .fix("Set SHEET_RANGE to e.g. A1:F200, A:F, B3:H, or to the name of a named range.");
}

/// SHEET_RANGE, and the tab that it names (null: none).
std::pair<GridRange, const TabInfo*> read_range(const gcp::SpreadsheetInfo& spreadsheet,
                                                const std::string& range) {
    if (const auto* named = find_named_range(spreadsheet, range); named != nullptr)
        return {named->range, find_gid(spreadsheet, named->gid)};
    const auto a1 = table::parse_a1(range);
    if (!a1) refuse_range(spreadsheet, range);
    return {a1->range, a1->title ? &tab_by_title(spreadsheet, *a1->title) : nullptr};
}

/// SHEET_RANGE as cells of `tab`; switches to the range's own tab when none was asked for.
GridRange wanted_range(const gcp::SpreadsheetInfo& spreadsheet, const Options& options,
                       const TabInfo*& tab, bool tab_was_named) {
    if (options.sheet_range.empty()) return {};
    const auto [range, own_tab] = read_range(spreadsheet, options.sheet_range);
    if (own_tab == nullptr || own_tab == tab) return range;
    if (tab_was_named)
        throw Error{Code::bad_config, fmt::format("SHEET_RANGE {} is not in the tab \"{}\"",
                                                  options.sheet_range, tab->title)}
            .because(fmt::format("it belongs to the tab \"{}\"", own_tab->title))
            .fix(fmt::format("Set GOOGLE_SHEET_TAB_NAME={}, or choose another range.",
                             own_tab->title));
    tab = own_tab;
    return range;
}

GridRange clamp(const GridRange& wanted, const TabInfo& tab, const std::string& text) {
    GridRange range = wanted;
    if (range.last_row == GridRange::unbounded || range.last_row >= tab.rows)
        range.last_row = tab.rows - 1;
    if (range.last_column == GridRange::unbounded || range.last_column >= tab.columns)
        range.last_column = tab.columns - 1;
    if (range.first_row > range.last_row || range.first_column > range.last_column)
        throw Error{Code::bad_config,
                    fmt::format("SHEET_RANGE {} lies outside the tab \"{}\"", text, tab.title)}
            .because(
                fmt::format("the tab ends at {}", table::address(tab.rows - 1, tab.columns - 1)))
            .fix("Set SHEET_RANGE to cells inside the tab.");
    return range;
}

}  // namespace

std::string Source::link(const std::string& a1) const {
    return fmt::format("https://docs.google.com/spreadsheets/d/{}/edit#gid={}{}{}", spreadsheet.id,
                       tab.gid, a1.empty() ? "" : "&range=", a1);
}

Source choose_source(gcp::SpreadsheetInfo spreadsheet, const Options& options,
                     std::optional<int> known_gid) {
    const bool named = !options.tab_title.empty();
    const TabInfo* tab = known_gid && find_gid(spreadsheet, *known_gid) != nullptr
                             ? find_gid(spreadsheet, *known_gid)
                         : named             ? &tab_by_title(spreadsheet, options.tab_title)
                         : options.sheet.gid ? &tab_by_gid(spreadsheet, *options.sheet.gid)
                         : known_gid         ? &tab_by_gid(spreadsheet, *known_gid)
                                             : &first_grid_tab(spreadsheet);
    const GridRange wanted =
        wanted_range(spreadsheet, options, tab, named || options.sheet.gid.has_value());
    check_type(*tab);

    Source source;
    source.tab = *tab;
    source.range = clamp(wanted, *tab, options.sheet_range);
    source.header_row =
        options.header_row == 0 ? -1 : source.range.first_row + options.header_row - 1;
    source.first_data_row = source.range.first_row + options.header_row;
    if (source.header_row > source.range.last_row)
        throw Error{Code::bad_config,
                    fmt::format("HEADER_ROW={} lies below the last row", options.header_row)}
            .because(fmt::format("the range ends at row {} of the tab \"{}\"",
                                 source.range.last_row + 1, tab->title))
            .fix("Set HEADER_ROW to the row that has the column names.");
    source.spreadsheet = std::move(spreadsheet);
    return source;
}

Destination look_at_destination(gcp::BigQuery& bigquery, const gcp::TableId& id,
                                std::stop_token stop) {
    Destination destination{
        .id = id, .location = bigquery.location(id.project, id.dataset, stop), .live = {}};
    destination.live = bigquery.find_table(id, stop);
    if (destination.live && destination.live->type != "TABLE")
        throw Error{Code::bad_config,
                    fmt::format("{} is not a table that can be loaded", id.dotted())}
            .because(fmt::format("its type is {}", destination.live->type))
            .fix("Set BIGQUERY_TABLE_ID to another name, or drop what stands there.");
    return destination;
}

}  // namespace sheetbq::etl
