#include "sheetbq/control/pg_config_table.hpp"

#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace sheetbq::control {
namespace {

constexpr std::array needed{"id",
                            "name",
                            "google_sheet_url",
                            "google_sheet_tab_name",
                            "is_active",
                            "last_run",
                            "run_frequency_hours",
                            "google_cloud_project_id",
                            "created_at",
                            "custom_schema",
                            "bigquery_dataset_id",
                            "bigquery_table_id",
                            "schema_handling"};

/// `schema.table` as SQL reads it, else the whole as one name: a table may be called "My Table".
constexpr auto find_sql = R"(
SELECT t.oid, format('%I.%I', n.nspname, t.relname), current_user, current_database()
  FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE t.oid = CASE WHEN $1 ~ '^([A-Za-z_][^ ]*|".*")$' THEN coalesce(to_regclass($1), to_regclass(quote_ident($1)))
                    ELSE to_regclass(quote_ident($1)) END
   AND t.relkind IN ('r', 'p', 'v', 'f'))";

constexpr auto columns_sql = R"(
SELECT a.attname, has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       has_column_privilege(a.attrelid, a.attnum, 'UPDATE')
  FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped)";

struct Column {
    std::string name;
    bool readable = false;
    bool writable = false;
};

const Column* find(const std::vector<Column>& columns, std::string_view name) {
    for (const auto& column : columns)
        if (column.name == name) return &column;
    return nullptr;
}

Error missing_table(const std::string& name) {
    return Error{Code::bad_config,
                 fmt::format("there is no table {} of configurations in this database", name)}
        .because("it is not on the search_path of the role that connected")
        .fix(
            "Name it with its schema: --config-table SCHEMA.TABLE; or connect to the database "
            "that holds it: --postgres-db NAME; or create it: sheetbq-helper example --kind sql.");
}

void check_columns(const std::vector<Column>& columns, const std::string& table) {
    std::vector<std::string> missing;
    for (const auto* name : needed)
        if (find(columns, name) == nullptr) missing.emplace_back(name);
    if (missing.empty()) return;
    throw Error{Code::bad_config, fmt::format("the table {} is not one of configurations", table)}
        .because(fmt::format("it lacks the columns {}", fmt::join(missing, ", ")))
        .fix(
            "Name the right table with --config-table, or add the columns: sheetbq-helper "
            "example --kind sql prints their types.");
}

void check_rights(const std::vector<Column>& columns, const std::string& table,
                  const std::string& role, const std::string& grant, bool write) {
    std::vector<std::string> lacking;
    for (const auto* name : needed)
        if (!find(columns, name)->readable) lacking.push_back(fmt::format("SELECT ({})", name));
    if (write && !find(columns, "last_run")->writable) lacking.emplace_back("UPDATE (last_run)");
    if (lacking.empty()) return;
    throw Error{Code::bad_config, fmt::format("the role {} may not use the table {}", role, table)}
        .because(fmt::format("it lacks {}", fmt::join(lacking, ", ")))
        .fix("Let the table's owner run: " + grant);
}

}  // namespace

std::string PgConfigTable::columns() const {
    return fmt::format(
        "c.id, c.name, c.google_sheet_url, c.google_sheet_tab_name, c.google_cloud_project_id,"
        " c.bigquery_dataset_id, c.bigquery_table_id, c.schema_handling, c.custom_schema,"
        " {}, coalesce(c.is_active, false), date_part('epoch', c.last_run), c.run_frequency_hours,"
        " date_part('epoch', c.created_at), {}",
        has_options ? "c.options" : "NULL", hash());
}

std::string PgConfigTable::hash() const {
    return fmt::format(
        "encode(sha256(convert_to(ROW(c.name, c.google_sheet_url, c.google_sheet_tab_name,"
        " c.google_cloud_project_id, c.bigquery_dataset_id, c.bigquery_table_id,"
        " c.schema_handling, c.custom_schema{})::text, 'UTF8')), 'hex')",
        has_options ? ", c.options" : "");
}

PgConfigTable find_config_table(PgPool& pool) {
    const auto& wanted = pool.settings().config_table;
    auto transaction = pool.begin();
    transaction.run("SET LOCAL search_path TO DEFAULT");
    const auto found = transaction.run(find_sql, {wanted});
    if (found.empty()) throw missing_table(wanted);
    PgRow row{found};
    const auto oid = row.text();
    PgConfigTable table{.name = row.text()};
    const auto role = row.text();
    pool.failures().note_role(role, row.text());
    pool.failures().note_table(table.name);
    const auto columns = read_all(transaction.run(columns_sql, {oid}), [](PgRow& column) {
        return Column{column.text(), column.flag(), column.flag()};
    });
    check_columns(columns, table.name);
    check_rights(columns, table.name, role, pool.failures().table_grants(table.name),
                 !pool.settings().read_only);
    const auto* options = find(columns, "options");
    table.has_options = options != nullptr && options->readable;
    const auto* updated = find(columns, "updated_at");
    table.dates_changes = updated != nullptr && updated->writable;
    return table;
}

Config read_config(PgRow& row) {
    Config config;
    config.id = row.integer();
    config.name = row.text();
    config.sheet_url = row.text();
    config.tab = row.optional_text();
    config.project = row.text();
    config.dataset = row.text();
    config.table = row.text();
    config.schema_handling = row.text();
    config.custom_schema = row.optional_text();
    config.options = row.optional_text();
    config.active = row.flag();
    config.last_run = row.optional_time();
    config.frequency_hours = row.optional_integer();
    config.created_at = row.optional_time();
    config.hash = row.text();
    return config;
}

}  // namespace sheetbq::control
