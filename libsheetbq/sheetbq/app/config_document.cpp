#include "sheetbq/app/config_document.hpp"

#include "sheetbq/app/config_file.hpp"
#include "sheetbq/app/json_document.hpp"
#include "sheetbq/app/json_text.hpp"
#include "sheetbq/app/printer.hpp"
#include "sheetbq/core/error.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using control::Config;

/// Of listings: what is known of a configuration besides.
constexpr std::array<std::string_view, 14> told_besides{
    "hash",        "due_at",     "state", "live_run",   "recent_runs", "standing", "next_at",
    "last_run_at", "updated_at", "id",    "blocked_by", "target",      "due",      "why"};

constexpr std::array<std::string_view, 9> columns{"config_id",
                                                  "config_name",
                                                  "google_sheet_url",
                                                  "google_sheet_tab_name",
                                                  "google_cloud_project_id",
                                                  "bigquery_dataset_id",
                                                  "bigquery_table_id",
                                                  "schema_handling",
                                                  "custom_schema"};

/// JSON of a column; what is none stays a text.
json::value parsed(const std::string& text) {
    boost::system::error_code broken;
    auto value = json::parse(text, broken);
    if (broken) value = text;
    return !broken && value.is_object() && value.get_object().empty() ? json::value(nullptr)
                                                                      : value;
}

void add_problem(ConfigDraft& draft, std::string key, Error error) {
    draft.problems.push_back({std::move(key), std::move(error)});
}

void read_frequency(ConfigDraft& draft, const json::object& document) {
    const auto* const value = document.if_contains("run_frequency_hours");
    if (value == nullptr || value->is_null()) return;
    constexpr std::int64_t most = 87'600;
    const auto* const hours = value->if_int64();
    if (hours == nullptr || *hours < 0 || *hours > most)
        return add_problem(draft, "run_frequency_hours",
                           Error{Code::bad_config, fmt::format("is {}", json::serialize(*value))}
                               .because("it is a whole number of hours; 0: with every tick")
                               .fix("Write e.g. 24"));
    draft.config.frequency_hours = static_cast<int>(*hours);
}

void read_active(ConfigDraft& draft, const json::object& document) {
    const auto* const value = document.if_contains("is_active");
    if (value == nullptr || value->is_null()) return;
    if (!value->is_bool())
        return add_problem(
            draft, "is_active",
            Error{Code::bad_config, fmt::format("is {}", json::serialize(*value))}.because(
                "it is true or false"));
    draft.config.active = value->get_bool();
}

/// The column of the table takes JSON alone, so the short form `id:INT64` becomes a list.
std::optional<std::string> stored_schema(const std::string& text, const etl::Options& options) {
    if (text.empty()) return std::nullopt;
    boost::system::error_code broken;
    json::parse(text, broken);
    if (!broken) return text;
    json::array fields;
    for (const auto& column : options.custom_schema.value_or(table::Schema{}))
        fields.push_back(table::to_json(column));
    if (fields.empty()) return std::nullopt;
    return json::serialize(fields);
}

/// Everything that is neither a column nor told besides: keys of the object `options`, and others.
void read_options(Config& config, const json::object& document) {
    json::object options;
    if (const auto* const given = document.if_contains("options"); given && given->is_object())
        options = given->get_object();
    for (const auto& [key, value] : document) {
        const auto& keys = config_file_keys();
        const bool option = std::find(keys.begin(), keys.end(), key) != keys.end() &&
                            std::find(columns.begin(), columns.end(), key) == columns.end();
        if (option && !value.is_null()) options[key] = value;
    }
    if (!options.empty()) config.options = json::serialize(options);
}

}  // namespace

json::object config_fields(const Config& config) {
    return {{"name", config.name},
            {"google_sheet_url", config.sheet_url},
            {"google_sheet_tab_name", text_or_null(config.tab.value_or(""))},
            {"google_cloud_project_id", config.project},
            {"bigquery_dataset_id", config.dataset},
            {"bigquery_table_id", config.table},
            {"schema_handling",
             config.schema_handling.empty() ? "auto_detect" : config.schema_handling},
            {"custom_schema", config.custom_schema ? parsed(*config.custom_schema) : nullptr},
            {"options", config.options ? parsed(*config.options) : nullptr},
            {"is_active", config.active},
            {"run_frequency_hours",
             config.frequency_hours ? json::value(*config.frequency_hours) : json::value(nullptr)}};
}

ConfigDraft draft_config(const json::object& whole) {
    auto document = whole;
    for (const auto key : told_besides) document.erase(key);
    const auto file = parse_config_file(json::serialize(document), "the configuration");
    ConfigDraft draft{.config = {}, .problems = file.problems};
    const auto lookup = file.lookup();
    const auto text = [&](std::string_view variable) { return lookup(variable).value_or(""); };
    auto& config = draft.config;
    config.name = text("CONFIG_NAME");
    config.sheet_url = text("GOOGLE_SHEET_URL");
    if (auto tab = text("GOOGLE_SHEET_TAB_NAME"); !tab.empty()) config.tab = std::move(tab);
    config.project = text("GOOGLE_CLOUD_PROJECT_ID");
    config.dataset = text("BIGQUERY_DATASET_ID");
    config.table = text("BIGQUERY_TABLE_ID");
    config.schema_handling = text("SCHEMA_HANDLING");
    if (config.schema_handling.empty()) config.schema_handling = "auto_detect";
    config.custom_schema = stored_schema(text("CUSTOM_SCHEMA"), file.options);
    read_options(config, document);
    read_frequency(draft, document);
    read_active(draft, document);
    return draft;
}

std::vector<json::object> documents_in(std::string_view content, const std::string& name) {
    const auto value = read_json(content, name);
    const auto* list = value.if_array();
    if (const auto* const object = value.if_object()) {
        const auto* const configs = object->if_contains("configs");
        if (configs == nullptr) return {*object};
        list = configs->if_array();
    }
    std::vector<json::object> out;
    if (list != nullptr)
        for (const auto& each : *list)
            if (const auto* const object = each.if_object()) out.push_back(*object);
    if (list == nullptr || out.size() != list->size())
        throw Error{Code::bad_config, name + " has no configurations"}
            .because(R"(they stand in {"configs": [{"name": ...}, ...]})")
            .fix("See a valid document: helper configs export");
    return out;
}

std::vector<FieldChange> config_changes(const Config& before, const Config& after) {
    const auto old = config_fields(before);
    std::vector<FieldChange> out;
    for (const auto& [key, value] : config_fields(after))
        if (const auto& was = old.at(key); was != value)
            out.push_back({std::string{key}, plain_text(&was), plain_text(&value)});
    return out;
}

std::string sheet_link(const Config& config) {
    const bool address = config.sheet_url.find("://") != std::string::npos;
    return address
               ? config.sheet_url
               : fmt::format("https://docs.google.com/spreadsheets/d/{}/edit", config.sheet_url);
}

}  // namespace sheetbq::app
