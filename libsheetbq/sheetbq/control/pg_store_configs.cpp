#include "sheetbq/control/postgres_store.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

/// The owner's rows, as a person reads and writes them.
namespace sheetbq::control {
namespace {

/// A column with what belongs into it.
struct Cell {
    std::string_view column;
    PgArgument value;
};

std::vector<Cell> cells_of(const Config& config, const PgConfigTable& table) {
    std::vector<Cell> cells{{"name", config.name},
                            {"google_sheet_url", config.sheet_url},
                            {"google_sheet_tab_name", config.tab},
                            {"google_cloud_project_id", config.project},
                            {"bigquery_dataset_id", config.dataset},
                            {"bigquery_table_id", config.table},
                            {"schema_handling", config.schema_handling},
                            {"custom_schema", config.custom_schema},
                            {"is_active", config.active},
                            {"run_frequency_hours", config.frequency_hours}};
    if (table.has_options) cells.push_back({"options", config.options});
    return cells;
}

void check_options(const Config& config, const PgConfigTable& table) {
    if (table.has_options || config.options.value_or("{}") == "{}") return;
    throw Error{Code::bad_config, "the options cannot be stored"}
        .because(fmt::format("the table {} has no column options", table.name))
        .fix(
            fmt::format("Let its owner run: ALTER TABLE {} ADD COLUMN options jsonb;", table.name));
}

Error may_not(std::string_view what, const PgConfigTable& table, std::string grants) {
    if (grants.ends_with('\n')) grants.pop_back();
    return Error{Code::permission_denied,
                 fmt::format("this role may not {} the table {}", what, table.name)}
        .because("the orchestrator needs no more than SELECT and UPDATE (last_run)")
        .fix("Let the table's owner run:\n" + std::move(grants));
}

std::string joined(const std::vector<Cell>& cells) {
    std::string out;
    for (const auto& cell : cells) out += fmt::format("{}{}", out.empty() ? "" : ", ", cell.column);
    return out;
}

/// Whether we have a right on each of the columns; `updated_at` is not asked about.
bool may_write(PgTransaction& transaction, const PgConfigTable& table,
               const std::vector<Cell>& cells, std::string_view right) {
    std::vector<std::string> names;
    names.reserve(cells.size());
    for (const auto& cell : cells) names.emplace_back(cell.column);
    const auto answer = transaction.run(
        "SELECT coalesce(bool_and(has_column_privilege($1::regclass, name, $3)), true)"
        " FROM unnest($2::text[]) AS name",
        {table.name, names, right});
    return PgRow{answer}.flag();
}

void check_insert(PgTransaction& transaction, const PgConfigTable& table,
                  const std::vector<Cell>& cells) {
    // A view, or an id that its owner gives otherwise, has no sequence.
    const auto answer = transaction.run(
        "SELECT s.name, s.name IS NULL OR has_sequence_privilege(s.name, 'USAGE')"
        " FROM (SELECT pg_get_serial_sequence($1, 'id') AS name) AS s",
        {table.name});
    PgRow row{answer};
    const auto sequence = row.text();
    const bool may_number = row.flag();
    std::string grants;
    if (!may_write(transaction, table, cells, "INSERT"))
        grants += transaction.failures().grant("INSERT", table.name);
    if (!may_number) grants += transaction.failures().grant("USAGE", "SEQUENCE " + sequence);
    if (!grants.empty()) throw may_not("add rows to", table, std::move(grants));
}

}  // namespace

std::optional<Config> PostgresStore::config(int id) {
    const auto answer =
        look(fmt::format("SELECT {} FROM {} c WHERE c.id = $1::int", table_.columns(), table_.name),
             {id}, PgPlan::kept);
    if (answer.empty()) return std::nullopt;
    PgRow row{answer};
    return read_config(row);
}

std::vector<Config> PostgresStore::configs(const ConfigFilter& filter) {
    return read_all(look(fmt::format("SELECT {} FROM {} c WHERE (cardinality($1::int[]) = 0 OR"
                                     " c.id = ANY ($1::int[])) AND ($2 = '' OR"
                                     " lower(c.name) = lower($2)) ORDER BY c.id",
                                     table_.columns(), table_.name),
                         {filter.ids, filter.name}),
                    read_config);
}

int PostgresStore::create_config(const Config& config) {
    check_options(config, table_);
    const auto cells = cells_of(config, table_);
    auto transaction = pool_.begin();
    check_insert(transaction, table_, cells);
    std::string places;
    std::vector<PgArgument> values;
    for (const auto& cell : cells) {
        values.push_back(cell.value);
        places += fmt::format("{}${}", places.empty() ? "" : ", ", values.size());
    }
    const auto made = transaction.run(fmt::format("INSERT INTO {} ({}) VALUES ({}) RETURNING id",
                                                  table_.name, joined(cells), places),
                                      values);
    transaction.commit();
    return PgRow{made}.integer();
}

bool PostgresStore::update_config(const Config& config, const Config& before) {
    check_options(config, table_);
    auto changed = cells_of(config, table_);
    const auto old = cells_of(before, table_);
    std::size_t place = 0;
    std::erase_if(changed,
                  [&](const Cell& cell) { return cell.value.text() == old[place++].value.text(); });
    auto transaction = pool_.begin();
    if (!may_write(transaction, table_, changed, "UPDATE"))
        throw may_not(
            "change rows of", table_,
            transaction.failures().grant(fmt::format("UPDATE ({})", joined(changed)), table_.name));
    std::vector<PgArgument> values{before.id, before.hash};
    std::string set;
    for (const auto& cell : changed) {
        values.push_back(cell.value);
        set += fmt::format("{}{} = ${}", set.empty() ? "" : ", ", cell.column, values.size());
    }
    if (set.empty()) return true;
    if (table_.dates_changes) set += ", updated_at = now()";
    const auto done = transaction.run(
        fmt::format("UPDATE {} AS c SET {} WHERE c.id = $1::int AND {} = $2 RETURNING 1",
                    table_.name, set, table_.hash()),
        values);
    transaction.commit();
    return !done.empty();
}

bool PostgresStore::delete_config(int id) {
    auto transaction = pool_.begin();
    const auto right =
        transaction.run("SELECT has_table_privilege($1::regclass, 'DELETE')", {table_.name});
    if (!PgRow{right}.flag())
        throw may_not("delete rows of", table_,
                      transaction.failures().grant("DELETE", table_.name));
    const auto gone = transaction.run(
        fmt::format("DELETE FROM {} c WHERE c.id = $1::int RETURNING 1", table_.name), {id});
    transaction.run("DELETE FROM sheetbq.config_state WHERE config_id = $1::int", {id});
    transaction.commit();
    return !gone.empty();
}

}  // namespace sheetbq::control
