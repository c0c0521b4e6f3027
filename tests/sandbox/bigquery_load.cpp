#include "bigquery_load.hpp"

#include "bigquery_history.hpp"
#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"

#include <fmt/format.h>

#include <iterator>
#include <numeric>
#include <utility>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

/// What a load will do, decided before the data is looked at.
struct Plan {
    std::vector<BigQueryColumn> file;   ///< of the data, by position
    std::vector<BigQueryColumn> table;  ///< of the table afterwards
    bool replace_rows = false;
    bool replace_schema = false;
};

void check_properties(const LoadConfig& config, const Table& table) {
    const auto& wanted = config.table_properties;
    const auto* const labels = wanted.if_contains("labels");
    const bool same_text = wanted.if_contains("description") == nullptr ||
                           text_member(wanted, "description") == table.description;
    const bool same_labels = labels == nullptr || *labels == json::value(table.labels);
    if (!same_text || !same_labels)
        throw invalid(fmt::format("Destination table properties do not match existing table {}",
                                  config.table_name()));
}

Plan plan_new(const LoadConfig& config) {
    if (!config.create) throw absent(fmt::format("Not found: Table {}", config.table_name()));
    if (!config.schema) throw invalid("No schema specified on job or table.");
    return {*config.schema, *config.schema, true, true};
}

/// The live columns with the job's relaxations, then the job's new ones.
std::vector<BigQueryColumn> merge(std::vector<BigQueryColumn> live,
                                  const std::vector<BigQueryColumn>& wanted) {
    const auto positions = column_positions(live);
    for (const auto& column : wanted) {
        const auto at = positions.find(column_key(column.name));
        if (at == positions.end()) {
            live.push_back(column);
            continue;
        }
        live[at->second].mode = column.mode;
        live[at->second].field["mode"] = column.mode;
    }
    return live;
}

Plan plan_existing(const LoadConfig& config, const Table& table) {
    if (table.type != "TABLE")
        throw invalid(
            fmt::format("{} is not allowed for this operation because it is currently "
                        "a {}.",
                        config.table_name(), table.type));
    check_properties(config, table);
    const bool has_rows = !table.rows.empty() || table.rows_not_kept != 0;
    if (config.write == "WRITE_EMPTY" && has_rows)
        throw Error{Code::conflict, fmt::format("Already Exists: Table {}", config.table_name())};
    auto live = read_schema(table.fields);
    if (config.write == "WRITE_TRUNCATE" && config.schema)
        return {*config.schema, *config.schema, true, true};
    const bool replace = config.write == "WRITE_TRUNCATE" || config.write == "WRITE_TRUNCATE_DATA";
    if (live.empty() && config.schema) return {*config.schema, *config.schema, replace, true};
    if (!config.schema) {
        if (live.empty()) throw invalid("No schema specified on job or table.");
        return {live, live, replace, config.write == "WRITE_TRUNCATE"};
    }
    check_schema_change(config.table_name(), live, *config.schema,
                        {.add_fields = config.add_fields,
                         .relax_fields = config.relax_fields,
                         .leave_out_fields = true});
    return {*config.schema, merge(std::move(live), *config.schema), replace, false};
}

/// Rows of the file in the order of the table.
void arrange(std::vector<Row>& rows, const Plan& plan) {
    std::vector<std::size_t> at;
    const auto positions = column_positions(plan.table);
    for (const auto& column : plan.file) at.push_back(positions.at(column_key(column.name)));
    std::vector<std::size_t> same(plan.table.size());
    std::iota(same.begin(), same.end(), std::size_t{0});
    if (at == same) return;
    for (auto& row : rows) {
        Row arranged(plan.table.size());
        for (std::size_t i = 0; i < at.size(); ++i) arranged[at[i]] = std::move(row[i]);
        row = std::move(arranged);
    }
}

void describe_new(Table& table, const LoadConfig& config, std::int64_t now_ms) {
    table.created_ms = now_ms;
    table.description = text_member(config.table_properties, "description");
    table.labels = object_member(config.table_properties, "labels");
}

void apply(Table& table, const Plan& plan, LoadedRows& loaded, bool truncates_policies) {
    for (auto& row : table.rows) row.resize(plan.table.size());
    if (plan.replace_rows) {
        table.rows.clear();
        table.rows_not_kept = 0;
    }
    arrange(loaded.rows, plan);
    if (loaded.rows.empty()) table.rows_not_kept += loaded.count;
    std::move(loaded.rows.begin(), loaded.rows.end(), std::back_inserter(table.rows));
    loaded.rows.clear();
    table.fields = write_schema(plan.table);
    if (truncates_policies) table.row_access_policies.clear();
}

Dataset& find_dataset(BigQueryWorld& world, const LoadConfig& config) {
    const auto project = world.projects.find(config.project);
    if (project != world.projects.end()) {
        const auto dataset = project->second.find(config.dataset);
        if (dataset != project->second.end()) return dataset->second;
    }
    throw absent(fmt::format("Not found: Dataset {}:{}", config.project, config.dataset));
}

}  // namespace

LoadedRows run_load(BigQueryWorld& world, const LoadConfig& config, std::string_view body) {
    auto& dataset = find_dataset(world, config);
    auto& tables = dataset.tables;
    const auto live = tables.find(config.table);
    const bool exists = live != tables.end();
    const auto plan = exists ? plan_existing(config, live->second) : plan_new(config);
    auto loaded = read_rows(config, plan.file, body, world.keep_rows);
    world.quoted_markers += loaded.quoted_markers;
    if (!loaded.failure.empty()) return loaded;
    remember(dataset, config.table, world.now_ms);
    auto& table = tables[config.table];
    if (!exists) describe_new(table, config, world.now_ms);
    apply(table, plan, loaded, plan.replace_schema && exists && config.write == "WRITE_TRUNCATE");
    table.modified_ms = world.now_ms;
    if (exists) ++table.version;
    return loaded;
}

}  // namespace sheetbq::sandbox
