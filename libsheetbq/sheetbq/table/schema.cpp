#include "sheetbq/table/schema.hpp"

#include <boost/json/value.hpp>

#include <charconv>
#include <string_view>

namespace sheetbq::table {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return {};
    return std::string{std::string_view{value->get_string()}};
}

/// An int64, which Google's JSON writes as a string.
std::optional<std::int64_t> number_of(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    const std::string text = text_of(object, key);
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// The name that every version of the API understands.
std::string legacy_name(const Column& column) {
    switch (column.type) {
        case Type::int64:
            return "INTEGER";
        case Type::float64:
            return "FLOAT";
        case Type::boolean:
            return "BOOLEAN";
        case Type::other:
            return column.type_name;
        default:
            return std::string{to_string(column.type)};
    }
}

}  // namespace

Schema schema_from_json(const json::array& fields) {
    Schema schema;
    schema.reserve(fields.size());
    for (const auto& value : fields) {
        if (!value.is_object()) continue;
        const auto& field = value.get_object();
        const std::string mode = text_of(field, "mode");
        std::string type_name = text_of(field, "type");
        const Type type = type_from_name(type_name).value_or(Type::other);
        schema.push_back({.name = text_of(field, "name"),
                          .type = type,
                          .required = mode == "REQUIRED",
                          .repeated = mode == "REPEATED",
                          .description = text_of(field, "description"),
                          .max_length = number_of(field, "maxLength"),
                          .precision = number_of(field, "precision"),
                          .scale = number_of(field, "scale"),
                          .type_name = std::move(type_name)});
    }
    return schema;
}

json::object to_json(const Column& column) {
    json::object field;
    field["name"] = column.name;
    field["type"] = legacy_name(column);
    if (column.repeated)
        field["mode"] = "REPEATED";
    else
        field["mode"] = column.required ? "REQUIRED" : "NULLABLE";
    if (!column.description.empty()) field["description"] = column.description;
    const auto add = [&](const char* key, const std::optional<std::int64_t>& number) {
        if (number) field[key] = std::to_string(*number);
    };
    add("maxLength", column.max_length);
    add("precision", column.precision);
    add("scale", column.scale);
    return field;
}

}  // namespace sheetbq::table
