#include "sheetbq/core/error.hpp"
#include "sheetbq/table/field_reader.hpp"
#include "sheetbq/table/schema.hpp"
#include "sheetbq/table/trim.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::table {
namespace {

namespace json = boost::json;

/// `line 2, column 14` of a byte.
std::string line_and_column(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;
    return fmt::format("line {}, column {}", line, column);
}

void read_json(std::string_view text, FieldReader& reader, SchemaProblems& problems) {
    json::parser parser;
    json::error_code error;
    const auto offset = parser.write(text.data(), text.size(), error);
    if (error)
        return problems.add_alone(
            fmt::format("{}: {}", line_and_column(text, offset), error.message()));
    json::value root = parser.release();
    if (auto* const object = root.if_object()) {
        for (const auto& [key, ignored] : *object)
            if (key != std::string_view{"fields"})
                problems.add_alone(fmt::format("unknown key {} beside \"fields\"",
                                               in_quotes(std::string_view{key})));
        const auto* const fields = object->if_contains("fields");
        if (fields == nullptr) return problems.add_alone("the object has no \"fields\"");
        root = json::value(*fields);
    }
    if (!root.is_array()) return problems.add_alone("\"fields\" is no list");
    for (const auto& field : root.get_array()) reader.read(field);
}

/// Takes a `name:TYPE` off the front, up to a comma outside of backticks and parentheses.
std::string_view take_item(std::string_view& text) {
    bool quote = false;
    int depth = 0;
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
        const char c = text[end];
        if (c == '`') quote = !quote;
        if (!quote && (c == '(' || c == '<')) ++depth;
        if (!quote && (c == ')' || c == '>')) --depth;
        if (!quote && depth <= 0 && c == ',') break;
    }
    const auto item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trim(item);
}

void read_item(std::string_view item, FieldReader& reader) {
    if (!item.empty() && item.front() == '`') {
        const auto end = item.find('`', 1);
        if (end != std::string_view::npos) {
            const auto rest = trim(item.substr(end + 1));
            const bool typed = !rest.empty() && rest.front() == ':';
            return reader.read(item.substr(1, end - 1), typed ? trim(rest.substr(1)) : rest);
        }
    }
    const auto colon = item.find(':');
    if (colon == std::string_view::npos) return reader.read(item, "");
    reader.read(trim(item.substr(0, colon)), trim(item.substr(colon + 1)));
}

}  // namespace

Schema parse_custom_schema(std::string_view text) {
    SchemaProblems problems;
    FieldReader reader{problems};
    const auto shown = trim(text);
    if (!shown.empty() && (shown.front() == '[' || shown.front() == '{')) {
        read_json(text, reader, problems);
    } else {
        const bool comma_at_end = !shown.empty() && shown.back() == ',';
        for (auto rest = shown; !rest.empty();) read_item(take_item(rest), reader);
        if (comma_at_end) read_item("", reader);
    }
    problems.throw_if_any();
    Schema schema = reader.take();
    if (schema.empty()) problems.add_alone("it is empty");
    problems.throw_if_any();
    return schema;
}

}  // namespace sheetbq::table
