#include "bigquery_api.hpp"
#include "bigquery_history.hpp"
#include "bigquery_json.hpp"
#include "bigquery_query.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_schema.hpp"
#include "bigquery_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

constexpr auto table_members = std::to_array<std::string_view>({"clustering",
                                                                "creationTime",
                                                                "defaultCollation",
                                                                "defaultRoundingMode",
                                                                "description",
                                                                "encryptionConfiguration",
                                                                "etag",
                                                                "expirationTime",
                                                                "externalDataConfiguration",
                                                                "friendlyName",
                                                                "id",
                                                                "kind",
                                                                "labels",
                                                                "lastModifiedTime",
                                                                "location",
                                                                "materializedView",
                                                                "maxStaleness",
                                                                "numBytes",
                                                                "numLongTermBytes",
                                                                "numRows",
                                                                "rangePartitioning",
                                                                "requirePartitionFilter",
                                                                "resourceTags",
                                                                "schema",
                                                                "selfLink",
                                                                "tableConstraints",
                                                                "tableReference",
                                                                "timePartitioning",
                                                                "type",
                                                                "view"});

/// Where a call points: projects/P/datasets/D/tables/T.
struct Place {
    std::string project;
    std::string dataset;
    std::string table;

    std::string dataset_name() const { return project + ":" + dataset; }
    std::string name() const { return dataset_name() + "." + table; }
};

Place place_of(const Call& call) {
    return {call.path.at(3), call.path.at(5), call.path.size() > 7 ? call.path[7] : ""};
}

std::string etag_of(const Table& table) {
    return fmt::format("{:x}.{:x}", table.created_ms, table.version);
}

Dataset& readable(BigQueryWorld& world, const Call& call, const std::string& permission) {
    const auto place = place_of(call);
    auto& dataset = find_dataset(world, place.project, place.dataset);
    if (may(dataset.readers, call.account)) return dataset;
    if (!place.table.empty())
        require_table_permission(dataset.readers, call, place.name(), permission);
    throw denied(
        fmt::format("Access Denied: Dataset {0}: Permission {1} denied on dataset {0} "
                    "(or it may not exist).",
                    place.dataset_name(), permission));
}

Table& find_table(Dataset& dataset, const Place& place) {
    const auto found = dataset.tables.find(place.table);
    if (found == dataset.tables.end()) throw absent("Not found: Table " + place.name());
    return found->second;
}

json::object reference(const Place& place) {
    return {{"projectId", place.project}, {"datasetId", place.dataset}, {"tableId", place.table}};
}

void add_statistics(json::object& out, const Table& table) {
    std::uint64_t bytes = 0;
    for (const auto& row : table.rows)
        for (const auto& cell : row) bytes += cell ? cell->size() : 0;
    out["numRows"] = std::to_string(table.rows.size() + table.rows_not_kept);
    out["numBytes"] = std::to_string(bytes);
    out["numLongTermBytes"] = "0";
    out["lastModifiedTime"] = std::to_string(table.modified_ms);
}

json::object show(const Call& call, const Place& place, const Dataset& dataset, const Table& table,
                  bool statistics) {
    json::object out{
        {"kind", "bigquery#table"},
        {"etag", etag_of(table)},
        {"id", place.name()},
        {"selfLink", fmt::format("{}/bigquery/v2/projects/{}/datasets/{}/tables/{}", call.base_url,
                                 place.project, place.dataset, place.table)},
        {"tableReference", reference(place)},
        {"type", table.type},
        {"location", dataset.location},
        {"creationTime", std::to_string(table.created_ms)}};
    if (!table.fields.empty())
        out["schema"] = {{"fields", write_schema(read_schema(table.fields))}};
    if (!table.description.empty()) out["description"] = table.description;
    if (!table.labels.empty()) out["labels"] = table.labels;
    if (statistics) add_statistics(out, table);
    return out;
}

const json::array* fields_of(const json::object& body) {
    const auto* const schema = body.if_contains("schema");
    if (schema == nullptr || !schema->is_object()) return nullptr;
    const auto* const fields = schema->get_object().if_contains("fields");
    return fields != nullptr && fields->is_array() ? &fields->get_array() : nullptr;
}

/// description and labels; a label that is null goes away.
void change_texts(Table& table, const json::object& body) {
    if (body.if_contains("description") != nullptr)
        table.description = text_member(body, "description");
    for (const auto& label : object_member(body, "labels")) {
        if (label.value().is_null())
            table.labels.erase(label.key());
        else
            table.labels[label.key()] = label.value();
    }
}

/// Who may do what: the members that a dataset has by itself, and the accounts that are named.
json::array access_of(const Dataset& dataset) {
    json::array access{{{"role", "OWNER"}, {"specialGroup", "projectOwners"}},
                       {{"role", "WRITER"}, {"specialGroup", "projectWriters"}}};
    for (const auto& account : dataset.writers)
        if (account != "*") access.push_back({{"role", "WRITER"}, {"userByEmail", account}});
    return access;
}

}  // namespace

void check_table_id(const std::string& id) {
    constexpr std::string_view refused = "!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~";
    const bool bad =
        id.empty() || id.size() > 1024 || std::any_of(id.begin(), id.end(), [&](char c) {
            return (c >= 0 && c < 0x20) || refused.find(c) != std::string_view::npos;
        });
    if (bad) throw invalid(fmt::format("Invalid table ID \"{}\".", id));
}

Answer get_dataset(BigQueryWorld& world, const Call& call) {
    const auto& dataset = readable(world, call, "bigquery.datasets.get");
    const auto place = place_of(call);
    json::object out{
        {"kind", "bigquery#dataset"},
        {"etag", "dataset"},
        {"id", place.dataset_name()},
        {"selfLink", fmt::format("{}/bigquery/v2/projects/{}/datasets/{}", call.base_url,
                                 place.project, place.dataset)},
        {"datasetReference", {{"projectId", place.project}, {"datasetId", place.dataset}}},
        {"access", access_of(dataset)},
        {"location", dataset.location},
        {"type", "DEFAULT"}};
    if (dataset.time_travel_hours != Dataset{}.time_travel_hours)
        out["maxTimeTravelHours"] = std::to_string(dataset.time_travel_hours);
    return json_answer(out);
}

Answer list_tables(BigQueryWorld& world, const Call& call) {
    const auto& dataset = readable(world, call, "bigquery.tables.list");
    auto place = place_of(call);
    json::array tables;
    for (const auto& [id, table] : dataset.tables) {
        place.table = id;
        tables.push_back({{"kind", "bigquery#table"},
                          {"id", place.name()},
                          {"tableReference", reference(place)},
                          {"type", table.type},
                          {"creationTime", std::to_string(table.created_ms)}});
    }
    return json_answer(json::object{{"kind", "bigquery#tableList"},
                                    {"etag", "tables"},
                                    {"totalItems", tables.size()},
                                    {"tables", tables}});
}

Answer get_table(BigQueryWorld& world, const Call& call) {
    auto& dataset = readable(world, call, "bigquery.tables.get");
    const auto place = place_of(call);
    const auto view = call.parameter("view");
    constexpr auto views = std::to_array<std::string_view>(
        {"", "BASIC", "STORAGE_STATS", "FULL", "TABLE_METADATA_VIEW_UNSPECIFIED"});
    if (std::find(views.begin(), views.end(), view) == views.end())
        throw invalid(
            fmt::format("Invalid value at 'view' "
                        "(type.googleapis.com/google.cloud.bigquery.v2.GetTableRequest."
                        "TableMetadataView), \"{}\"",
                        view));
    return json_answer(show(call, place, dataset, find_table(dataset, place), view != "BASIC"));
}

Answer insert_table(BigQueryWorld& world, const Call& call) {
    auto place = place_of(call);
    auto& dataset = find_dataset(world, place.project, place.dataset);
    if (!may(dataset.writers, call.account))
        throw denied(
            fmt::format("Access Denied: Dataset {0}: Permission bigquery.tables.create "
                        "denied on dataset {0} (or it may not exist).",
                        place.dataset_name()));
    const auto body = parse_object(call.body);
    check_members(body, table_members, "table");
    place.table = text_member(object_member(body, "tableReference"), "tableId");
    check_table_id(place.table);
    if (dataset.tables.contains(place.table))
        throw Error{Code::conflict, "Already Exists: Table " + place.name()};
    Table table;
    if (const auto* const fields = fields_of(body))
        table.fields = write_schema(read_schema(*fields));
    table.created_ms = world.now_ms;
    table.modified_ms = world.now_ms;
    change_texts(table, body);
    const auto& made = dataset.tables.emplace(place.table, std::move(table)).first->second;
    return json_answer(show(call, place, dataset, made, true));
}

Answer patch_table(BigQueryWorld& world, const Call& call) {
    const auto place = place_of(call);
    auto& dataset = find_dataset(world, place.project, place.dataset);
    auto& table = find_table(dataset, place);
    require_table_permission(dataset.writers, call, place.name(), "bigquery.tables.update");
    const auto wanted_etag = call.headers.find("if-match");
    if (wanted_etag && *wanted_etag != etag_of(table) && *wanted_etag != "*")
        return old_style_error(412, "conditionNotMet", "Precondition check failed.", "global",
                               "FAILED_PRECONDITION");
    const auto body = parse_object(call.body);
    check_members(body, table_members, "table");
    remember(dataset, place.table, world.now_ms);
    if (const auto* const fields = fields_of(body)) {
        const auto wanted = read_schema(*fields);
        check_schema_change(place.name(), read_schema(table.fields), wanted,
                            {.add_fields = true, .relax_fields = true, .leave_out_fields = false});
        // The rows follow the columns, which a patch may have put in another order.
        const auto old = read_schema(table.fields);
        const auto at = column_positions(wanted);
        for (auto& row : table.rows) {
            Row moved(wanted.size());
            for (std::size_t i = 0; i < old.size() && i < row.size(); ++i)
                moved[at.at(column_key(old[i].name))] = std::move(row[i]);
            row = std::move(moved);
        }
        table.fields = write_schema(wanted);
    }
    change_texts(table, body);
    table.modified_ms = world.now_ms;
    ++table.version;
    return json_answer(show(call, place, dataset, table, true));
}

Answer delete_table(BigQueryWorld& world, const Call& call) {
    const auto place = place_of(call);
    auto& dataset = find_dataset(world, place.project, place.dataset);
    find_table(dataset, place);
    require_table_permission(dataset.writers, call, place.name(), "bigquery.tables.delete");
    remember(dataset, place.table, world.now_ms);
    dataset.tables.erase(place.table);
    return {.status = 204};
}

}  // namespace sheetbq::sandbox
