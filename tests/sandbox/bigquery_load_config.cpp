#include "bigquery_json.hpp"
#include "bigquery_load.hpp"
#include "bigquery_refusal.hpp"

#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

constexpr auto known_members =
    std::to_array<std::string_view>({"allowJaggedRows",
                                     "allowQuotedNewlines",
                                     "autodetect",
                                     "clustering",
                                     "columnNameCharacterMap",
                                     "connectionProperties",
                                     "copyFilesOnly",
                                     "createDisposition",
                                     "createSession",
                                     "dateFormat",
                                     "datetimeFormat",
                                     "decimalTargetTypes",
                                     "destinationEncryptionConfiguration",
                                     "destinationTable",
                                     "destinationTableProperties",
                                     "encoding",
                                     "fieldDelimiter",
                                     "fileSetSpecType",
                                     "hivePartitioningOptions",
                                     "ignoreUnknownValues",
                                     "jsonExtension",
                                     "maxBadRecords",
                                     "nullMarker",
                                     "nullMarkers",
                                     "parquetOptions",
                                     "preserveAsciiControlCharacters",
                                     "projectionFields",
                                     "quote",
                                     "rangePartitioning",
                                     "referenceFileSchemaUri",
                                     "schema",
                                     "schemaInline",
                                     "schemaInlineFormat",
                                     "schemaUpdateOptions",
                                     "skipLeadingRows",
                                     "sourceColumnMatch",
                                     "sourceFormat",
                                     "sourceUris",
                                     "timeFormat",
                                     "timePartitioning",
                                     "timeZone",
                                     "timestampFormat",
                                     "timestampTargetPrecision",
                                     "useAvroLogicalTypes",
                                     "writeDisposition"});

/// What Google knows and this stand-in does not do. Said, rather than silently left out.
constexpr auto not_done = std::to_array<std::string_view>(
    {"clustering", "dateFormat", "datetimeFormat", "hivePartitioningOptions", "rangePartitioning",
     "sourceUris", "timeFormat", "timePartitioning", "timestampFormat"});

std::string one_of(const json::object& load, std::string_view name,
                   std::initializer_list<std::string_view> allowed) {
    auto value = text_member(load, name);
    if (value.empty()) return std::string{*allowed.begin()};
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
        throw invalid(fmt::format("Invalid value for {}: {} is not a valid value", name, value));
    return value;
}

void read_destination(const json::object& load, LoadConfig& out) {
    constexpr auto members = std::to_array<std::string_view>({"projectId", "datasetId", "tableId"});
    const auto table = object_member(load, "destinationTable");
    check_members(table, members, "job.configuration.load.destination_table");
    out.project = text_member(table, "projectId");
    out.dataset = text_member(table, "datasetId");
    out.table = text_member(table, "tableId");
    if (out.project.empty() || out.dataset.empty() || out.table.empty())
        throw invalid("Required parameter is missing: destinationTable");
}

void read_schema_member(const json::object& load, LoadConfig& out) {
    const auto schema = object_member(load, "schema");
    const auto* const fields = schema.if_contains("fields");
    constexpr auto members = std::to_array<std::string_view>({"fields", "foreignTypeInfo"});
    check_members(schema, members, "job.configuration.load.schema");
    if (fields != nullptr && fields->is_array() && !fields->get_array().empty())
        out.schema = read_schema(fields->get_array());
}

char one_character(const json::object& load, std::string_view name, char fallback) {
    if (load.if_contains(name) == nullptr) return fallback;
    const auto text = text_member(load, name);
    if (name == "fieldDelimiter" && (text == "\\t" || text == "tab")) return '\t';
    if (name == "quote" && text.empty()) return '\0';
    if (text.size() != 1)
        throw invalid(fmt::format("Invalid value for {}: must be one single-byte character", name));
    return text.front();
}

void read_null_markers(const json::object& load, LoadConfig& out) {
    const auto* const one = load.if_contains("nullMarker");
    const auto* const many = load.if_contains("nullMarkers");
    const bool has_many = many != nullptr && many->is_array() && !many->get_array().empty();
    if (one != nullptr && has_many)
        throw invalid("null_marker and null_markers can't be set at the same time.");
    if (one != nullptr) out.null_markers = {text_member(load, "nullMarker")};
    if (has_many) out.null_markers = json::value_to<std::vector<std::string>>(*many);
    out.default_marker =
        std::find(out.null_markers.begin(), out.null_markers.end(), "") != out.null_markers.end();
}

std::uint64_t count_member(const json::object& load, std::string_view name) {
    const auto value = number_member(load, name).value_or(0);
    if (value < 0) throw invalid(fmt::format("Invalid value for {}: {}", name, value));
    return static_cast<std::uint64_t>(value);
}

void read_csv_members(const json::object& load, LoadConfig& out) {
    out.csv.delimiter = one_character(load, "fieldDelimiter", ',');
    out.csv.quote = one_character(load, "quote", '"');
    out.csv.quoted_newlines = flag_member(load, "allowQuotedNewlines");
    out.jagged_rows = flag_member(load, "allowJaggedRows");
    out.skip_rows = count_member(load, "skipLeadingRows");
    out.literals.keep_control_characters = flag_member(load, "preserveAsciiControlCharacters");
    read_null_markers(load, out);
    one_of(load, "encoding", {"UTF-8"});
    one_of(load, "sourceColumnMatch", {"POSITION"});
    const auto map = text_member(load, "columnNameCharacterMap");
    if (out.json_lines && !map.empty())
        throw invalid("Column name character map is not supported for this source format.");
    one_of(load, "columnNameCharacterMap", {"STRICT", "COLUMN_NAME_CHARACTER_MAP_UNSPECIFIED"});
}

void read_update_options(const json::object& load, bool knows_truncate_data, LoadConfig& out) {
    const auto* const options = load.if_contains("schemaUpdateOptions");
    if (options == nullptr || options->is_null()) return;
    for (const auto& option : json::value_to<std::vector<std::string>>(*options)) {
        if (option == "ALLOW_FIELD_ADDITION") {
            out.add_fields = true;
        } else if (option == "ALLOW_FIELD_RELAXATION") {
            out.relax_fields = true;
        } else {
            throw invalid(fmt::format(
                "Invalid value for schemaUpdateOptions: {} is not a valid value", option));
        }
    }
    const bool allowed =
        out.write == "WRITE_APPEND" || (out.write == "WRITE_TRUNCATE_DATA" && knows_truncate_data);
    if ((out.add_fields || out.relax_fields) && !allowed)
        throw invalid(
            "Schema update options should only be specified with WRITE_APPEND "
            "disposition, or with WRITE_TRUNCATE disposition on a table partition.");
}

}  // namespace

LoadConfig read_load_config(const json::object& load, bool knows_write_truncate_data) {
    check_members(load, known_members, "job.configuration.load");
    for (const auto name : not_done)
        if (load.if_contains(name) != nullptr)
            throw invalid(fmt::format("{} is not done by this stand-in", name));
    LoadConfig out;
    read_destination(load, out);
    out.json_lines = one_of(load, "sourceFormat", {"CSV", "NEWLINE_DELIMITED_JSON"}) != "CSV";
    out.write = one_of(load, "writeDisposition",
                       {"WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA", "WRITE_EMPTY"});
    out.create =
        one_of(load, "createDisposition", {"CREATE_IF_NEEDED", "CREATE_NEVER"}) != "CREATE_NEVER";
    read_schema_member(load, out);
    read_csv_members(load, out);
    read_update_options(load, knows_write_truncate_data, out);
    out.ignore_unknown = flag_member(load, "ignoreUnknownValues");
    out.max_bad_records = count_member(load, "maxBadRecords");
    if (const auto zone = text_member(load, "timeZone"); !zone.empty())
        out.literals.zone = LocalZone{zone};
    out.table_properties = object_member(load, "destinationTableProperties");
    constexpr auto properties =
        std::to_array<std::string_view>({"description", "friendlyName", "labels"});
    check_members(out.table_properties, properties,
                  "job.configuration.load.destination_table_properties");
    if (flag_member(load, "autodetect") && !out.schema)
        throw invalid("autodetect is not done by this stand-in");
    return out;
}

}  // namespace sheetbq::sandbox
