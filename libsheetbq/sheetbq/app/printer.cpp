#include "sheetbq/app/printer.hpp"

#include "sheetbq/app/console.hpp"
#include "sheetbq/app/json_text.hpp"
#include "sheetbq/core/nearest.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

constexpr std::array flags{
    Flag{"output", "FORMAT", "SHEETBQ_OUTPUT", "", "Output",
         "table, json, yaml, csv or name; default: table on a terminal, else lines of values "
         "separated by tabs",
         false, 'o', "table json yaml csv name"},
    Flag{"fields", "NAME,...", "", "", "Output",
         "only these fields, named as in -o json; a.b is the field b of a"},
    Flag{"headers", "", "", "true", "Output", "names above the columns of tables, lines and csv"},
    Flag{"color", "WHEN", "", "auto", "Output", "auto, always or never", false, '\0',
         "auto always never"},
    Flag{"quiet", "", "", "false", "Output", "no remarks, only results and errors", false, 'q'},
    Flag{"verbose", "", "", "false", "Output", "log everything that is done", false, 'v'},
    Flag{"help", "", "", "false", "Output", "print this text; -h is shorter", false, 'h'},
};

Format format_of(const std::string& word, bool terminal) {
    if (word == "json") return Format::json;
    if (word == "yaml") return Format::yaml;
    if (word == "csv") return Format::csv;
    if (word == "name") return Format::name;
    if (word == "table" || terminal) return Format::table;
    return Format::lines;
}

/// One line of tab-separated values holds neither tabs nor line breaks.
std::string line_value(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return text;
}

std::string csv_value(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

/// The item with these fields only.
json::object picked(const json::object& item, const std::vector<std::string>& fields) {
    if (fields.empty()) return item;
    json::object out;
    for (const auto& field : fields) {
        const auto* const value = value_at(item, field);
        out[field] = value == nullptr ? json::value(nullptr) : *value;
    }
    return out;
}

void collect_paths(const json::object& item, const std::string& before,
                   std::vector<std::string>& out) {
    for (const auto& [key, value] : item) {
        const auto path = before + std::string{key};
        if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
        if (const auto* const inner = value.if_object()) collect_paths(*inner, path + ".", out);
    }
}

/// A field that no item has is a mistake.
void check_fields(const json::array& items, const std::vector<std::string>& fields) {
    if (fields.empty() || items.empty()) return;
    std::vector<std::string> known;
    for (const auto& item : items) collect_paths(item.as_object(), "", known);
    for (const auto& field : fields) {
        if (std::find(known.begin(), known.end(), field) != known.end()) continue;
        const auto meant = nearest(field, known);
        throw Error{Code::usage, fmt::format("there is no field \"{}\"", field)}
            .because(fmt::format("there are: {}", fmt::join(known, ", ")))
            .fix(meant.empty() ? "Leave --fields out with -o json to see all of them."
                               : fmt::format("Did you mean --fields={}?", meant));
    }
}

std::size_t sum(const std::vector<std::size_t>& widths) {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
           gap * (widths.empty() ? 0 : widths.size() - 1);
}

/// Takes from the widest columns that may shrink until all fit.
void shrink(std::vector<std::size_t>& widths, const std::vector<SetColumn>& columns,
            std::size_t width) {
    while (sum(widths) > width) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i)
            if (columns[i].shrinks && widths[i] > narrowest &&
                (widest == widths.size() || widths[i] > widths[widest]))
                widest = i;
        if (widest == widths.size()) return;
        --widths[widest];
    }
}

/// Labels, and what stands behind them; further lines of a text stand under its first.
std::string set_details(const std::vector<Detail>& details, bool colour) {
    std::size_t width = 0;
    for (const auto& detail : details) width = std::max(width, text_width(detail.label));
    std::string out;
    for (const auto& detail : details) {
        if (detail.shown.text.empty()) continue;
        const auto blanks = std::string(width - text_width(detail.label) + gap, ' ');
        out += toned(detail.label, Tone::dim, colour) + blanks;
        std::string_view rest = detail.shown.text;
        while (!rest.empty()) {
            const auto line = rest.substr(0, rest.find('\n'));
            out += toned(line, detail.shown.tone, colour);
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (!rest.empty()) out += "\n" + std::string(width + gap, ' ');
        }
        out += "\n";
    }
    return out;
}

}  // namespace

std::span<const Flag> output_flags() { return flags; }

const json::value* value_at(const json::object& item, std::string_view path) {
    if (const auto* const whole = item.if_contains(path)) return whole;
    const auto dot = path.find('.');
    if (dot == std::string_view::npos) return nullptr;
    const auto* const inner = item.if_contains(path.substr(0, dot));
    if (inner == nullptr || !inner->is_object()) return nullptr;
    return value_at(inner->get_object(), path.substr(dot + 1));
}

std::string plain_text(const json::value* value) {
    if (value == nullptr || value->is_null()) return {};
    if (const auto* const text = value->if_string()) return std::string{*text};
    if (const auto* const list = value->if_array(); list != nullptr && list->empty()) return {};
    if (const auto* const number = value->if_double()) return fmt::format("{}", *number);
    return json::serialize(*value);
}

json::object error_json(const Error& error) {
    return {{"error",
             {{"code", to_string(error.code())},
              {"exit_code", exit_code(error.code())},
              {"text", error.text()},
              {"reason", error.reason()},
              {"hint", error.hint()}}}};
}

std::string set_columns(const std::vector<std::vector<Shown>>& rows,
                        const std::vector<SetColumn>& columns, std::size_t width, bool colour) {
    std::vector<std::size_t> widths(columns.size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], text_width(row[i].text));
    shrink(widths, columns, width);
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        std::size_t pending = 0;  // blanks that are only written when something follows
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const auto text = fitted(row[i].text, widths[i]);
            const auto fill = widths[i] - std::min(widths[i], text_width(text));
            const auto before = columns[i].right ? fill : 0;
            if (!text.empty()) {
                line += std::string(pending + before, ' ') + toned(text, row[i].tone, colour);
                pending = 0;
            }
            pending += fill - (text.empty() ? 0 : before) + gap;
        }
        out += line + "\n";
    }
    return out;
}

Printer::Printer(const FlagValues& values)
    : terminal_{Terminal::look(values.text("color"))},
      format_{format_of(values.text("output"), terminal_.out)},
      fields_{values.words("fields")},
      headers_{values.on("headers")},
      quiet_{values.on("quiet")} {}

std::vector<Column> Printer::chosen(const Listing& listing) const {
    if (fields_.empty()) return listing.columns;
    std::vector<Column> out;
    for (const auto& field : fields_) {
        const auto known = std::find_if(listing.columns.begin(), listing.columns.end(),
                                        [&](const Column& each) { return each.key == field; });
        out.push_back(known == listing.columns.end() ? Column{field, field} : *known);
    }
    return out;
}

void Printer::list(const Listing& listing) const {
    check_fields(listing.items, fields_);
    switch (format_) {
        case Format::table:
            return table(listing);
        case Format::lines:
            return separated(listing, '\t');
        case Format::csv:
            return separated(listing, ',');
        case Format::name:
            for (const auto& item : listing.items)
                text(plain_text(value_at(item.as_object(), listing.name)) + "\n");
            return;
        case Format::json:
        case Format::yaml:
            break;
    }
    json::array items;
    for (const auto& item : listing.items) items.push_back(picked(item.as_object(), fields_));
    document(json::object{{"schema", listing.schema}, {listing.key, std::move(items)}});
}

void Printer::table(const Listing& listing) const {
    if (listing.items.empty()) return note(listing.empty);
    const auto columns = chosen(listing);
    std::vector<std::vector<Shown>> rows;
    std::vector<SetColumn> set;
    set.reserve(columns.size());
    for (const auto& column : columns) set.push_back({column.right, column.shrinks});
    if (headers_) {
        auto& row = rows.emplace_back();
        for (const auto& column : columns)
            row.push_back({std::string{column.heading}, Tone::strong});
    }
    for (const auto& item : listing.items) {
        const auto& object = item.as_object();
        auto& row = rows.emplace_back();
        for (const auto& column : columns)
            row.push_back(column.show ? column.show(object)
                                      : Shown{plain_text(value_at(object, column.key))});
    }
    const auto width = terminal_.out ? terminal_.width : std::string::npos;
    text(set_columns(rows, set, width, terminal_.colour));
}

void Printer::separated(const Listing& listing, char separator) const {
    const auto columns = chosen(listing);
    const bool csv = separator == ',';
    const auto join = [&](const auto& value_of) {
        std::string line;
        for (const auto& column : columns) {
            if (&column != &columns.front()) line += separator;
            const std::string value = value_of(column);
            line += csv ? csv_value(value) : line_value(value);
        }
        return line + (csv ? "\r\n" : "\n");
    };
    std::string out;
    if (headers_) out += join([](const Column& column) { return std::string{column.key}; });
    for (const auto& item : listing.items)
        out += join([&](const Column& column) {
            return plain_text(value_at(item.as_object(), column.key));
        });
    text(out);
}

void Printer::one(std::string_view schema, const json::object& item, std::string_view name,
                  const std::vector<Detail>& details) const {
    check_fields({item}, fields_);
    if (format_ == Format::json || format_ == Format::yaml) {
        json::object whole{{"schema", schema}};
        for (const auto& [key, value] : picked(item, fields_)) whole[key] = value;
        return document(whole);
    }
    if (format_ == Format::name) return text(plain_text(value_at(item, name)) + "\n");
    if (format_ == Format::csv || (format_ == Format::lines && !fields_.empty())) {
        Listing listing{
            .schema = schema, .key = "", .items = {item}, .columns = {}, .name = name, .empty = ""};
        for (const auto& [key, value] : item) listing.columns.push_back({key, key});
        return separated(listing, format_ == Format::csv ? ',' : '\t');
    }
    text(set_details(details, terminal_.colour));
}

void Printer::document(const json::value& value) const {
    text(format_ == Format::yaml ? to_yaml(value) : pretty_json(value));
}

void Printer::text(std::string_view text) const { write_all(descriptor_, text); }

void Printer::note(std::string_view remark) const {
    if (quiet_ || remark.empty()) return;
    write_all(STDERR_FILENO, fmt::format("{}\n", remark));
}

void Printer::failure(const Error& error) const {
    if (format_ == Format::json)
        return write_all(STDERR_FILENO, json::serialize(error_json(error)) + "\n");
    write_all(STDERR_FILENO, describe(error) + fmt::format("  more: helper help errors   [{}]\n",
                                                           to_string(error.code())));
}

}  // namespace sheetbq::app
