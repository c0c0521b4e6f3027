#include "bigquery_schema.hpp"

#include "bigquery_name_ranges.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;
using enum BigQueryType;

struct TypeNames {
    BigQueryType type;
    std::string_view legacy;
    std::string_view sql;
    std::string_view parser;
};

constexpr auto types = std::to_array<TypeNames>({
    {string, "STRING", "STRING", "STRING"},
    {bytes, "BYTES", "BYTES", "BYTES"},
    {integer, "INTEGER", "INT64", "INT64"},
    {real, "FLOAT", "FLOAT64", "DOUBLE"},
    {numeric, "NUMERIC", "DECIMAL", "NUMERIC"},
    {bignumeric, "BIGNUMERIC", "BIGDECIMAL", "BIGNUMERIC"},
    {boolean, "BOOLEAN", "BOOL", "BOOL"},
    {date, "DATE", "DATE", "DATE"},
    {time, "TIME", "TIME", "TIME"},
    {datetime, "DATETIME", "DATETIME", "DATETIME"},
    {timestamp, "TIMESTAMP", "TIMESTAMP", "TIMESTAMP"},
    {interval, "INTERVAL", "INTERVAL", "INTERVAL"},
    {json_text, "JSON", "JSON", "JSON"},
    {geography, "GEOGRAPHY", "GEOGRAPHY", "GEOGRAPHY"},
    {record, "RECORD", "STRUCT", "RECORD"},
});

constexpr auto reserved_prefixes = std::to_array<std::string_view>(
    {"_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier",
     "_change_sequence_number", "_change_type", "_change_timestamp"});

constexpr auto known_fields = std::to_array<std::string_view>(
    {"categories", "collation", "dataPolicies", "dataPolicyList", "defaultValueExpression",
     "description", "fields", "foreignTypeDefinition", "generatedColumn", "maxLength", "mode",
     "name", "policyTags", "precision", "rangeElementType", "roundingMode", "scale",
     "timestampPrecision", "type"});

std::string upper(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

bool is_refused(char32_t c) {
    constexpr std::string_view refused_ascii = "!\"$()*,./;?@[\\]^`{}~";
    if (c < 0x20 || c == 0x7F) return c < 0x09 || c > 0x0D;
    if (c < 0x80) return refused_ascii.find(static_cast<char>(c)) != std::string_view::npos;
    const auto* const range =
        std::upper_bound(refused_in_names.begin(), refused_in_names.end(), c,
                         [](char32_t point, const auto& r) { return point < r.first; });
    return range != refused_in_names.begin() && c <= std::prev(range)->second;
}

void check_name(const std::string& name) {
    if (name.empty()) throw invalid("Field name cannot be empty.");
    if (count_code_points(name) > 300)
        throw invalid(
            fmt::format("Invalid field name \"{}\". Fields must be at most 300 "
                        "characters long.",
                        name));
    for (std::string_view rest = name; !rest.empty();)
        if (is_refused(next_code_point(rest)))
            throw invalid(fmt::format(
                "Invalid field name \"{}\". Fields must contain the allowed characters, and be at "
                "most 300 characters long. For allowed characters, please refer to "
                "https://cloud.google.com/bigquery/docs/schemas#column_names",
                name));
    const auto key = column_key(name);
    for (const auto prefix : reserved_prefixes)
        if (key.starts_with(prefix))
            throw invalid(
                fmt::format("Invalid field name \"{}\". Field names are not allowed to "
                            "start with the (case-insensitive) prefixes _PARTITION, "
                            "_TABLE_, _FILE_, _ROW_TIMESTAMP, __ROOT__ and "
                            "_COLIDENTIFIER",
                            name));
}

/// int64 fields come as text or as a number. Nothing when absent.
int small_number(const json::object& field, std::string_view name) {
    const auto* const value = field.if_contains(name);
    if (value == nullptr) return 0;
    const auto text =
        value->is_string() ? json::value_to<std::string>(*value) : json::serialize(*value);
    int out = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || out > 100'000'000)
            throw invalid(fmt::format("Invalid value for {}: {}", name, text));
        out = out * 10 + (c - '0');
    }
    return out;
}

std::string text_of(const json::object& field, std::string_view name, std::string fallback) {
    const auto* const value = field.if_contains(name);
    if (value == nullptr) return fallback;
    if (!value->is_string())
        throw invalid(fmt::format("Invalid value at 'schema.fields.{}' (TYPE_STRING), {}", name,
                                  json::serialize(*value)));
    return json::value_to<std::string>(*value);
}

void check_parameters(const BigQueryColumn& column) {
    const bool decimal = column.type == numeric || column.type == bignumeric;
    if (column.max_length > 0 && column.type != string && column.type != bytes)
        throw invalid(fmt::format("Field {} of type {} cannot have maxLength", column.name,
                                  legacy_name(column.type)));
    if ((column.precision > 0 || column.scale > 0) && !decimal)
        throw invalid(fmt::format("Field {} of type {} cannot have precision or scale", column.name,
                                  legacy_name(column.type)));
    if (!decimal) return;
    const int scale = column.type == numeric ? 9 : 38;
    const int whole = column.type == numeric ? 29 : 38;
    if (column.scale > scale || (column.scale > 0 && column.precision == 0) ||
        column.precision > whole + column.scale ||
        (column.precision > 0 && column.precision < std::max(1, column.scale)))
        throw invalid(fmt::format("Invalid precision or scale for field {}", column.name));
}

BigQueryColumn read_column(const json::value& value) {
    if (!value.is_object()) throw invalid("Schema field must be an object");
    BigQueryColumn column;
    column.field = value.get_object();
    for (const auto& member : column.field)
        if (std::find(known_fields.begin(), known_fields.end(), member.key()) == known_fields.end())
            throw invalid(
                fmt::format("Invalid JSON payload received. Unknown name \"{}\" at "
                            "'schema.fields': Cannot find field.",
                            std::string{member.key()}));
    column.name = text_of(column.field, "name", "");
    check_name(column.name);
    column.type = bigquery_type(text_of(column.field, "type", ""));
    column.mode = upper(text_of(column.field, "mode", "NULLABLE"));
    if (column.mode != "NULLABLE" && column.mode != "REQUIRED" && column.mode != "REPEATED")
        throw invalid(fmt::format("Invalid value for mode: {} is not a valid value", column.mode));
    if (count_code_points(text_of(column.field, "description", "")) > 1024)
        throw invalid(
            fmt::format("Description of field {} is longer than 1024 characters", column.name));
    column.max_length = small_number(column.field, "maxLength");
    column.precision = small_number(column.field, "precision");
    column.scale = small_number(column.field, "scale");
    check_parameters(column);
    column.field["type"] = legacy_name(column.type);
    column.field["mode"] = column.mode;
    return column;
}

/// Why `now` cannot become `then`, "" when it can.
std::string difference(const BigQueryColumn& now, const BigQueryColumn& then,
                       const SchemaChange& allowed) {
    if (now.type != then.type)
        return fmt::format("Field {} has changed type from {} to {}", now.name,
                           legacy_name(now.type), legacy_name(then.type));
    const bool relaxes = now.mode == "REQUIRED" && then.mode == "NULLABLE" && allowed.relax_fields;
    if (now.mode != then.mode && !relaxes)
        return fmt::format("Field {} has changed mode from {} to {}", now.name, now.mode,
                           then.mode);
    const bool same = now.max_length == then.max_length && now.precision == then.precision &&
                      now.scale == then.scale;
    if (!same) return fmt::format("Field {} has changed its type parameters", now.name);
    return {};
}

std::string addition(const BigQueryColumn& column, const SchemaChange& allowed) {
    if (!allowed.add_fields) return fmt::format("Cannot add fields (field: {})", column.name);
    if (column.mode == "REQUIRED")
        return fmt::format("Cannot add required fields to an existing schema. (field: {})",
                           column.name);
    return {};
}

/// The first thing wrong with `wanted`, "" when nothing is.
std::string first_problem(const std::vector<BigQueryColumn>& live,
                          const std::vector<BigQueryColumn>& wanted, const SchemaChange& allowed) {
    const auto live_at = column_positions(live);
    for (const auto& column : wanted) {
        const auto at = live_at.find(column_key(column.name));
        auto problem = at == live_at.end() ? addition(column, allowed)
                                           : difference(live[at->second], column, allowed);
        if (!problem.empty()) return problem;
    }
    const auto wanted_at = column_positions(wanted);
    for (const auto& column : live)
        if (!wanted_at.contains(column_key(column.name)) &&
            (column.mode == "REQUIRED" || !allowed.leave_out_fields))
            return fmt::format("Field {} is missing in new schema", column.name);
    return {};
}

}  // namespace

std::string_view legacy_name(BigQueryType type) {
    return types.at(static_cast<std::size_t>(type)).legacy;
}

std::string_view parser_name(BigQueryType type) {
    return types.at(static_cast<std::size_t>(type)).parser;
}

BigQueryType bigquery_type(std::string_view name) {
    const auto wanted = upper(name);
    for (const auto& names : types)
        if (names.legacy == wanted || names.sql == wanted) return names.type;
    throw invalid(fmt::format("Invalid value for type: {} is not a valid value", name));
}

std::vector<BigQueryColumn> read_schema(const json::array& fields) {
    if (fields.size() > 10'000)
        throw invalid(fmt::format("Too many total leaf fields: {}, max allowed field count: 10000",
                                  fields.size()));
    std::vector<BigQueryColumn> out;
    std::set<std::string> seen;
    for (const auto& field : fields) {
        out.push_back(read_column(field));
        if (!seen.insert(column_key(out.back().name)).second)
            throw invalid(
                fmt::format("Duplicate field name \"{}\". Field names are "
                            "case-insensitive.",
                            out.back().name));
    }
    return out;
}

json::array write_schema(const std::vector<BigQueryColumn>& columns) {
    json::array out;
    for (const auto& column : columns) out.push_back(column.field);
    return out;
}

std::string column_key(std::string_view name) {
    std::string out;
    while (!name.empty()) append_utf8(out, to_lower(next_code_point(name)));
    return out;
}

std::map<std::string, std::size_t> column_positions(const std::vector<BigQueryColumn>& columns) {
    std::map<std::string, std::size_t> out;
    for (std::size_t i = 0; i < columns.size(); ++i) out.emplace(column_key(columns[i].name), i);
    return out;
}

void check_schema_change(const std::string& table, const std::vector<BigQueryColumn>& live,
                         const std::vector<BigQueryColumn>& wanted, const SchemaChange& allowed) {
    const auto problem = first_problem(live, wanted, allowed);
    if (!problem.empty())
        throw invalid(fmt::format("Provided Schema does not match Table {}. {}", table, problem));
}

}  // namespace sheetbq::sandbox
