#include "sheetbq/etl/load_job.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::etl {
namespace {

namespace json = boost::json;

/// An offset such as GMT-07:00 is written -07:00.
std::string zone_name(const std::string& zone) {
    const bool offset =
        zone.starts_with("GMT") && zone.size() > 3 && (zone[3] == '+' || zone[3] == '-');
    return offset ? zone.substr(3) : zone;
}

std::string_view write_disposition(const Destination& destination, const Verdict& verdict,
                                   const Options& options) {
    if (options.write_mode == WriteMode::append) return "WRITE_APPEND";
    return destination.live && !verdict.rebuild ? "WRITE_TRUNCATE_DATA" : "WRITE_TRUNCATE";
}

/// Under WRITE_TRUNCATE of a live table its own policy tags go along, or they would be lost.
json::array schema_fields(const Destination& destination, const ReadResult& read,
                          const Verdict& verdict) {
    json::array fields;
    for (std::size_t i = 0; i < verdict.schema.size(); ++i) {
        json::object field = table::to_json(verdict.schema[i]);
        const auto& live = read.layout.columns[i].live;
        if (verdict.rebuild && live) {
            const auto& before = destination.live->fields[*live].as_object();
            if (const auto* tags = before.if_contains("policyTags"); tags != nullptr)
                field["policyTags"] = *tags;
        }
        fields.push_back(std::move(field));
    }
    return fields;
}

json::object labels(const Options& options, const ReadResult& read) {
    json::object labels{{"tool", "sheetbq"},
                        {"config", label_value(options.config_name)},
                        {"run_id", label_value(options.run_id)},
                        {"rows", std::to_string(read.stats.rows)}};
    if (!options.config_id.empty()) labels["config_id"] = label_value(options.config_id);
    return labels;
}

bool has_timestamps(const table::Schema& schema) {
    return std::any_of(schema.begin(), schema.end(), [](const table::Column& column) {
        return column.type == table::Type::timestamp;
    });
}

}  // namespace

json::object load_job(const gcp::JobId& id, const Source& source, const Destination& destination,
                      const ReadResult& read, const Verdict& verdict, const Options& options,
                      bool add_columns) {
    json::object load{{"destinationTable",
                       {{"projectId", destination.id.project},
                        {"datasetId", destination.id.dataset},
                        {"tableId", destination.id.table}}},
                      {"schema", {{"fields", schema_fields(destination, read, verdict)}}},
                      {"sourceFormat", "CSV"},
                      {"encoding", "UTF-8"},
                      {"fieldDelimiter", ","},
                      {"nullMarker", read.layout.encoding.null_marker},
                      {"allowQuotedNewlines", true},
                      {"preserveAsciiControlCharacters", true},
                      {"maxBadRecords", 0},
                      {"createDisposition", "CREATE_IF_NEEDED"},
                      {"writeDisposition", write_disposition(destination, verdict, options)}};
    if (add_columns) load["schemaUpdateOptions"] = json::array{"ALLOW_FIELD_ADDITION"};
    if (has_timestamps(verdict.schema) && !source.spreadsheet.time_zone.empty())
        load["timeZone"] = zone_name(source.spreadsheet.time_zone);
    if (!destination.live)
        load["destinationTableProperties"] = {
            {"description",
             fmt::format(R"(Loaded by sheetbq from the tab "{}" of the Google Sheet "{}": {})",
                         source.tab.title, source.spreadsheet.title, source.link())}};
    return {
        {"jobReference", {{"projectId", id.project}, {"jobId", id.id}, {"location", id.location}}},
        {"configuration", {{"load", std::move(load)}, {"labels", labels(options, read)}}}};
}

std::string label_value(std::string_view text) {
    std::string value;
    for (char c : text.substr(0, 63)) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const bool allowed =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        value += allowed ? c : '_';
    }
    return value;
}

}  // namespace sheetbq::etl
