// spreadsheet_from_json: the file form of docs/sandbox.md.

#include "sheetbq/core/error.hpp"
#include "sheets_world.hpp"
#include "typed_cell.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
    throw Error{Code::bad_data, fmt::format("the spreadsheet file is refused at {}", where)}
        .because(why)
        .fix("Write it as docs/sandbox.md describes.");
}

void check_keys(const json::object& object, const std::string& where,
                std::initializer_list<std::string_view> known) {
    for (const auto& item : object)
        if (std::ranges::count(known, std::string_view{item.key().data(), item.key().size()}) == 0)
            refuse(where, fmt::format(R"(there is no field "{}")", std::string{item.key()}));
}

const json::object& object_at(const json::value& value, const std::string& where) {
    if (!value.is_object()) refuse(where, "an object is expected");
    return value.get_object();
}

std::string text_of(const json::value& value, const std::string& where) {
    if (!value.is_string()) refuse(where, "a string is expected");
    return std::string{value.get_string()};
}

void read(const json::object& from, const char* key, const std::string& where, std::string& into) {
    if (const auto* value = from.if_contains(key)) into = text_of(*value, where + "." + key);
}

void read(const json::object& from, const char* key, const std::string& where, bool& into) {
    const auto* value = from.if_contains(key);
    if (value == nullptr) return;
    if (!value->is_bool()) refuse(where + "." + key, "true or false is expected");
    into = value->get_bool();
}

template <class Number>
void read_number(const json::object& from, const char* key, const std::string& where,
                 Number& into) {
    const auto* value = from.if_contains(key);
    if (value == nullptr) return;
    if (!value->is_int64() || value->get_int64() < 0)
        refuse(where + "." + key, "a whole number is expected");
    into = static_cast<Number>(value->get_int64());
}

std::vector<std::string> read_words(const json::object& from, const char* key,
                                    const std::string& where) {
    std::vector<std::string> out;
    const auto* value = from.if_contains(key);
    if (value == nullptr) return out;
    if (!value->is_array()) refuse(where + "." + key, "a list is expected");
    for (const auto& item : value->get_array()) out.push_back(text_of(item, where + "." + key));
    return out;
}

Cell plain_cell(const json::value& value, const std::string& where) {
    using Kind = Cell::Kind;
    if (value.is_null()) return {};
    if (value.is_bool()) return {Kind::boolean, 0, value.get_bool() ? "TRUE" : "FALSE"};
    if (value.is_int64()) return {Kind::number, 0, std::to_string(value.get_int64())};
    if (value.is_uint64()) return {Kind::number, 0, std::to_string(value.get_uint64())};
    if (value.is_double()) return {Kind::number, 0, number_token(value.get_double())};
    return {Kind::text, 0, text_of(value, where)};
}

std::uint16_t read_format(Tab& tab, const json::value& value, const std::string& where) {
    if (value.is_string()) return tab.format(text_of(value, where), "");
    const auto& object = object_at(value, where);
    check_keys(object, where, {"type", "pattern"});
    NumberFormat format;
    read(object, "type", where, format.type);
    read(object, "pattern", where, format.pattern);
    return tab.format(format.type, format.pattern);
}

/// An object cell: its value in one of four forms, and what goes with it.
Cell rich_cell(Tab& tab, const json::object& object, std::pair<int, int> at,
               const std::string& where) {
    check_keys(object, where,
               {"value", "number", "typed", "error", "format", "formula", "displayed"});
    Cell cell;
    if (const auto* value = object.if_contains("value")) cell = plain_cell(*value, where);
    if (const auto* token = object.if_contains("number"))
        cell = {Cell::Kind::number, 0, text_of(*token, where)};
    if (const auto* text = object.if_contains("typed"))
        cell = typed_cell(tab, text_of(*text, where));
    if (const auto* error = object.if_contains("error"))
        cell = {Cell::Kind::error, 0, text_of(*error, where)};
    if (const auto* format = object.if_contains("format"))
        cell.format = read_format(tab, *format, where + ".format");
    if (const auto* formula = object.if_contains("formula"))
        tab.formulas[at] = text_of(*formula, where);
    if (const auto* shown = object.if_contains("displayed"))
        tab.displayed[at] = text_of(*shown, where);
    return cell;
}

void read_rows(Tab& tab, const json::value& rows, const std::string& where) {
    if (!rows.is_array()) refuse(where, "a list of rows is expected");
    for (const auto& row : rows.get_array()) {
        const auto r = static_cast<int>(tab.rows.size());
        if (!row.is_array()) refuse(fmt::format("{}[{}]", where, r), "a list of cells is expected");
        auto& cells = tab.rows.emplace_back();
        for (const auto& value : row.get_array()) {
            const auto c = static_cast<int>(cells.size());
            const auto here = fmt::format("{}[{}][{}]", where, r, c);
            cells.push_back(cell_from_json(tab, value, {r, c}, here));
        }
    }
}

Tab read_tab(const json::value& value, const std::string& where) {
    const auto& object = object_at(value, where);
    check_keys(object, where,
               {"title", "gid", "type", "hidden", "rowCount", "columnCount", "rows"});
    Tab tab;
    read(object, "title", where, tab.title);
    read_number(object, "gid", where, tab.gid);
    read(object, "type", where, tab.sheet_type);
    read(object, "hidden", where, tab.hidden);
    if (const auto* rows = object.if_contains("rows")) read_rows(tab, *rows, where + ".rows");
    tab.row_count = std::max(tab.row_count, static_cast<int>(tab.rows.size()));
    for (const auto& row : tab.rows)
        tab.column_count = std::max(tab.column_count, static_cast<int>(row.size()));
    read_number(object, "rowCount", where, tab.row_count);
    read_number(object, "columnCount", where, tab.column_count);
    return tab;
}

void read_tabs(Spreadsheet& file, const json::object& object) {
    const auto* tabs = object.if_contains("tabs");
    if (tabs == nullptr || !tabs->is_array()) refuse("tabs", "a list of tabs is expected");
    for (const auto& tab : tabs->get_array())
        file.tabs.push_back(read_tab(tab, fmt::format("tabs[{}]", file.tabs.size())));
}

}  // namespace

Cell cell_from_json(Tab& tab, const json::value& value, std::pair<int, int> at,
                    const std::string& where) {
    return value.is_object() ? rich_cell(tab, value.get_object(), at, where)
                             : plain_cell(value, where);
}

Spreadsheet spreadsheet_from_json(const std::string& text) {
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    if (error) refuse("its beginning", "it is not JSON: " + error.message());
    const auto& object = object_at(value, "its beginning");
    check_keys(object, "its beginning",
               {"id", "title", "locale", "timeZone", "mimeType", "sharedWith", "version", "trashed",
                "sharedDrive", "shortcutTarget", "namedRanges", "tabs"});
    Spreadsheet file;
    read(object, "id", "file", file.id);
    read(object, "title", "file", file.title);
    read(object, "locale", "file", file.locale);
    read(object, "timeZone", "file", file.time_zone);
    read(object, "mimeType", "file", file.mime_type);
    read(object, "trashed", "file", file.trashed);
    read(object, "sharedDrive", "file", file.shared_drive);
    read(object, "shortcutTarget", "file", file.shortcut_target);
    read_number(object, "version", "file", file.version);
    const auto readers = read_words(object, "sharedWith", "file");
    file.shared_with = {readers.begin(), readers.end()};
    if (const auto* ranges = object.if_contains("namedRanges"))
        for (const auto& item : object_at(*ranges, "namedRanges"))
            file.named_ranges[std::string{item.key()}] = text_of(item.value(), "namedRanges");
    read_tabs(file, object);
    return file;
}

}  // namespace sheetbq::sandbox
