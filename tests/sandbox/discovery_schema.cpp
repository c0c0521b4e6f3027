#include "discovery_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

using Problems = std::vector<std::string>;

/// Fields that Google added after the files were taken (discovery/newer_fields.md), and words of
/// fields whose values the files only describe in prose.
const json::object& newer_fields() {
    static const json::object fields = json::parse(R"({
        "JobConfigurationLoad": {
            "dateFormat": {"type": "string"},
            "datetimeFormat": {"type": "string"},
            "timeFormat": {"type": "string"},
            "timestampFormat": {"type": "string"},
            "timeZone": {"type": "string"},
            "nullMarkers": {"type": "array", "items": {"type": "string"}},
            "sourceColumnMatch": {"type": "string", "enum": ["POSITION", "NAME"]},
            "timestampTargetPrecision": {"type": "array", "items": {"type": "integer"}},
            "writeDisposition": {"type": "string", "enum": ["WRITE_TRUNCATE", "WRITE_APPEND",
                "WRITE_EMPTY", "WRITE_TRUNCATE_DATA"]},
            "createDisposition": {"type": "string", "enum": ["CREATE_IF_NEEDED", "CREATE_NEVER"]},
            "sourceFormat": {"type": "string", "enum": ["CSV", "DATASTORE_BACKUP",
                "NEWLINE_DELIMITED_JSON", "AVRO", "PARQUET", "ORC"]},
            "encoding": {"type": "string", "enum": ["UTF-8", "ISO-8859-1", "UTF-16BE", "UTF-16LE",
                "UTF-32BE", "UTF-32LE"]}
        },
        "JobConfiguration": {
            "maxSlots": {"type": "integer"},
            "reservation": {"type": "string"}
        },
        "CsvOptions": {
            "nullMarkers": {"type": "array", "items": {"type": "string"}},
            "sourceColumnMatch": {"type": "string"}
        },
        "TableFieldSchema": {
            "timestampPrecision": {"type": "string", "format": "int64"},
            "dataPolicyList": {"type": "any"},
            "generatedColumn": {"type": "any"}
        },
        "QueryRequest": {
            "jobTimeoutMs": {"type": "string", "format": "int64"},
            "maxSlots": {"type": "integer"},
            "reservation": {"type": "string"}
        },
        "GoogleCloudRunV2Overrides": {"delayExecution": {"type": "boolean"}},
        "GoogleCloudRunV2Execution": {
            "client": {"type": "string"},
            "clientVersion": {"type": "string"},
            "creator": {"type": "string"}
        },
        "GoogleCloudRunV2TaskAttemptResult": {"termSignal": {"type": "integer"}}
    })")
                                           .as_object();
    return fields;
}

std::string join(const std::string& path, std::string_view field) {
    return path.empty() ? std::string{field} : fmt::format("{}.{}", path, field);
}

bool fits(const json::value& value, std::string_view type, std::string_view format) {
    if (type == "any") return true;
    if (type == "string" && value.is_string())
        return format.find("int") == std::string_view::npos ||
               is_integer_text(value.get_string(), format);
    // Google takes int64 as a JSON number too.
    if (type == "string") return format.find("int") == 0 && (value.is_int64() || value.is_uint64());
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_bool();
    if (type == "array") return value.is_array();
    return type != "object" || value.is_object();
}

bool in_enum(const json::value& value, const json::object& schema) {
    const auto* words = schema.if_contains("enum");
    return words == nullptr || !value.is_string() ||
           std::ranges::count(words->as_array(), value) != 0;
}

}  // namespace

std::string_view member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

bool is_integer_text(std::string_view text, std::string_view format) {
    const auto whole = [&](auto number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size();
    };
    if (format == "int32") return whole(std::int32_t{});
    if (format == "uint32") return whole(std::uint32_t{});
    if (format == "uint64") return whole(std::uint64_t{});
    return whole(std::int64_t{});
}

const json::object* SchemaCheck::find(const std::string& name) const {
    const auto* schema = schemas_.if_contains(name);
    return schema == nullptr ? nullptr : &schema->as_object();
}

const json::object* SchemaCheck::property(const json::object& schema, std::string_view field) {
    if (const auto* newer = newer_fields().if_contains(member(schema, "id")))
        if (const auto* found = newer->as_object().if_contains(field)) return &found->as_object();
    const auto* properties = schema.if_contains("properties");
    const auto* found =
        properties == nullptr ? nullptr : properties->as_object().if_contains(field);
    return found == nullptr ? nullptr : &found->as_object();
}

void SchemaCheck::body(const json::value& given, const std::string& name,
                       Problems& problems) const {
    value(given, json::object{{"$ref", name}}, {}, problems);
}

void SchemaCheck::value(const json::value& given, const json::object& schema,
                        const std::string& path, Problems& problems) const {
    if (given.is_null()) return;
    const auto* followed = follow(&schema);
    if (followed == nullptr) return;
    const auto type = member(*followed, "type");
    if (!fits(given, type, member(*followed, "format"))) {
        problems.push_back(fmt::format(R"(field "{}" is not a {}{}{})", path, type,
                                       member(*followed, "format").empty() ? "" : " of format ",
                                       member(*followed, "format")));
        return;
    }
    if (!in_enum(given, *followed))
        problems.push_back(fmt::format(R"(field "{}" has the unknown word "{}")", path,
                                       std::string{given.get_string()}));
    if (given.is_object()) resource(given.get_object(), *followed, path, problems);
    if (!given.is_array()) return;
    const auto* items = followed->if_contains("items");
    std::size_t index = 0;
    for (const auto& item : given.get_array())
        if (items != nullptr)
            value(item, items->as_object(), fmt::format("{}[{}]", path, index++), problems);
}

void SchemaCheck::resource(const json::object& object, const json::object& schema,
                           const std::string& path, Problems& problems) const {
    if (member(schema, "type") != "object") return;
    const auto* rest = schema.if_contains("additionalProperties");
    for (const auto& item : object) {
        const std::string_view key{item.key().data(), item.key().size()};
        const auto here = join(path, key);
        if (const auto* known = property(schema, key))
            value(item.value(), *known, here, problems);
        else if (rest != nullptr)
            value(item.value(), rest->as_object(), here, problems);
        else
            problems.push_back(fmt::format(R"(unknown field "{}")", here));
    }
}

const json::object* SchemaCheck::follow(const json::object* schema) const {
    while (schema != nullptr && schema->contains("$ref"))
        schema = find(std::string{member(*schema, "$ref")});
    return schema;
}

void SchemaCheck::mask(const FieldMask& mask, const std::string& name, Problems& problems) const {
    mask_at(mask, find(name), {}, problems);
}

void SchemaCheck::mask_at(const FieldMask& mask, const json::object* schema,
                          const std::string& path, Problems& problems) const {
    schema = follow(schema);
    while (schema != nullptr && schema->contains("items"))
        schema = follow(&schema->at("items").as_object());
    if (schema == nullptr || schema->contains("additionalProperties")) return;
    for (const auto& [field, below] : mask.children) {
        if (field == "*") continue;
        const auto here = join(path, field);
        const auto* found = property(*schema, field);
        if (found == nullptr)
            problems.push_back(fmt::format(R"(unknown path "{}" in parameter "fields")", here));
        else
            mask_at(below, found, here, problems);
    }
}

}  // namespace sheetbq::sandbox
