#include "sheetbq/control/pg_migrations.hpp"
#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/postgres_store.hpp"

#include <fmt/format.h>

#include <array>

/// Does what is stored hold together?
namespace sheetbq::control {
namespace {

using Level = Finding::Level;

/// Looks for rows that should not be: `sql` answers texts that name them. `{table}`: the owner's,
/// `{live}`: the live states. In the words, `{first}` is the first of them and `{list}` a few.
struct Check {
    std::string_view name;
    Level level;
    std::string_view sql;
    std::string_view good;
    std::string_view bad;
    std::string_view fix;
};

constexpr std::array checks{
    Check{"cap", Level::failed,
          "SELECT 'default' WHERE NOT EXISTS (SELECT 1 FROM sheetbq.pool WHERE name = 'default')",
          "the pool's row is there", "the row of sheetbq.pool is gone: nothing can start",
          "INSERT INTO sheetbq.pool (name, max_running) VALUES ('default', 3);"},
    Check{"one live run", Level::failed,
          "SELECT config_id::text FROM sheetbq.run WHERE {live} GROUP BY config_id"
          " HAVING count(*) > 1 ORDER BY config_id",
          "no configuration has two live runs", "configurations with two: {list}",
          "helper cancel --config {first}"},
    Check{"index of live runs", Level::failed,
          "SELECT 'gone' WHERE to_regclass('sheetbq.run_one_live_per_config') IS NULL",
          "the unique index is there", "the index that forbids two live runs is gone",
          "CREATE UNIQUE INDEX run_one_live_per_config ON sheetbq.run (config_id) WHERE state IN"
          " ('claimed', 'starting', 'running', 'cancelling');"},
    Check{"unseen runs", Level::failed,
          "SELECT run_id::text FROM sheetbq.run WHERE {live} AND next_poll_at < clock_timestamp() -"
          " interval '10 minutes' AND (lease_owner IS NULL OR lease_expires_at <"
          " clock_timestamp()) ORDER BY next_poll_at",
          "every live run was looked at lately", "nobody looked at them for long: {list}",
          "Let a tick come: sheetbq-orchestrator; and see whether the scheduler runs."},
    Check{"overlong runs", Level::warning,
          "SELECT run_id::text FROM sheetbq.run WHERE {live} AND deadline_at < clock_timestamp()"
          " - interval '10 minutes' ORDER BY deadline_at",
          "no live run is past its deadline", "past their deadline: {list}",
          "helper cancel {first}"},
    Check{"live runs of nothing", Level::warning,
          "SELECT run_id::text FROM sheetbq.run r WHERE {live} AND NOT EXISTS"
          " (SELECT 1 FROM {table} c WHERE c.id = r.config_id) ORDER BY run_id",
          "every live run has its configuration", "their configurations were deleted: {list}",
          "helper cancel {first}"},
    Check{
        "state of nothing", Level::warning,
        "SELECT config_id::text FROM sheetbq.config_state s WHERE NOT EXISTS"
        " (SELECT 1 FROM {table} c WHERE c.id = s.config_id) ORDER BY config_id",
        "every row of config_state has its configuration",
        "rows of config_state whose configurations were deleted: {list}",
        "DELETE FROM sheetbq.config_state s WHERE NOT EXISTS (SELECT 1 FROM {table} c WHERE c.id ="
        " s.config_id);"},
    Check{"ids", Level::failed,
          "SELECT id::text FROM {table} c GROUP BY id HAVING count(*) > 1 ORDER BY id",
          "every id stands once", "they stand on several rows: {list}",
          "ALTER TABLE {table} ADD PRIMARY KEY (id);"},
    Check{
        "targets", Level::warning,
        "SELECT string_agg(c.id::text, '+' ORDER BY c.id) FROM {table} c WHERE c.is_active GROUP BY"
        " c.google_cloud_project_id, c.bigquery_dataset_id, c.bigquery_table_id"
        " HAVING count(*) > 1 ORDER BY min(c.id)",
        "no two active configurations write to one table",
        "several active configurations write to one table: {list}",
        "helper configs disable ID, or helper configs update ID --table NAME"},
    Check{"future", Level::warning,
          "SELECT c.id::text FROM {table} c WHERE c.is_active AND c.last_run > clock_timestamp() +"
          " interval '2 minutes' ORDER BY c.id",
          "no last_run lies in the future", "they wait for a last_run in the future: {list}",
          "helper configs show {first} tells until when."},
    Check{"messages", Level::warning,
          "SELECT id::text FROM sheetbq.outbox WHERE dead AND sent_at IS NULL ORDER BY id",
          "no message was given up", "they were given up: {list}", "helper notify pending"},
};

constexpr std::size_t most_named = 5;

using Marks = std::vector<std::pair<std::string_view, std::string>>;

std::string filled(std::string_view words, const Marks& marks) {
    std::string out{words};
    for (const auto& [mark, text] : marks)
        for (auto at = out.find(mark); at != std::string::npos;
             at = out.find(mark, at + text.size()))
            out.replace(at, mark.size(), text);
    return out;
}

Finding look_into(PgTransaction& transaction, const Check& check, const std::string& table) {
    Marks marks{{"{live}", live_states}, {"{table}", table}};
    const auto answer = transaction.run(filled(check.sql, marks) + " LIMIT 1000");
    if (answer.empty()) return {Level::ok, std::string{check.name}, std::string{check.good}, ""};
    const auto found = read_all(answer, [](PgRow& row) { return row.text(); });
    std::string list;
    for (std::size_t i = 0; i < std::min(found.size(), most_named); ++i)
        list += (i == 0 ? "" : ", ") + found[i];
    if (found.size() > most_named) list += fmt::format(" and {} more", found.size() - most_named);
    marks.insert(marks.begin(), {{"{list}", list}, {"{first}", found.front()}});
    return {check.level, std::string{check.name}, filled(check.bad, marks),
            filled(check.fix, marks)};
}

Finding verify_steps(const std::vector<SchemaStep>& steps) {
    Finding found{Level::ok, "schema", "", ""};
    for (const auto& step : steps) {
        const bool known = step.version <= pg_migrations().back().version;
        if (!step.applied_at)
            return {Level::failed, "schema",
                    fmt::format("step {} (\"{}\") is missing", step.version, step.name),
                    "helper db migrate"};
        if (!known)
            return {Level::failed, "schema",
                    fmt::format("step {} is newer than this program", step.version),
                    "Install the newer sheetbq."};
        if (!step.sound)
            return {Level::failed, "schema",
                    fmt::format("step {} (\"{}\") is not the one that this program makes",
                                step.version, step.name),
                    "Use the program that made it."};
    }
    found.text = fmt::format("all {} steps are applied and unchanged", steps.size());
    return found;
}

Finding verify_grants(PgTransaction& transaction) {
    const auto lacking = transaction.run(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'sheetbq' AND ((c.relkind = 'r' AND NOT (has_table_privilege(c.oid,"
        " 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid,"
        " 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))) OR (c.relkind = 'S' AND"
        " NOT has_sequence_privilege(c.oid, 'USAGE'))) ORDER BY c.relname");
    if (lacking.empty())
        return {Level::ok, "rights on the schema", "this role may use every table of sheetbq", ""};
    return {Level::failed, "rights on the schema",
            fmt::format("this role lacks rights on {} of sheetbq", lacking.size()),
            transaction.failures().grants()};
}

Finding verify_owners_table(PgTransaction& transaction, const PgConfigTable& table) {
    const auto answer = transaction.run(
        "SELECT has_column_privilege($1::regclass, 'last_run', 'UPDATE'),"
        " format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
        " WHERE a.attrelid = $1::regclass AND a.attname = 'last_run'",
        {table.name});
    PgRow row{answer};
    const bool may_stamp = row.flag();
    const auto type = row.text();
    const std::string check = "owner's table";
    if (!may_stamp)
        return {Level::failed, check,
                fmt::format("this role may not note last_run in {}", table.name),
                transaction.failures().table_grants(table.name)};
    if (type != "timestamp with time zone")
        return {Level::warning, check,
                fmt::format("last_run of {} is {}: it is read in the session's zone, UTC",
                            table.name, type),
                fmt::format("ALTER TABLE {} ALTER COLUMN last_run TYPE timestamptz;", table.name)};
    return {Level::ok, check,
            fmt::format("{} has all columns{} and the rights suffice", table.name,
                        table.has_options ? ", options too," : ""),
            ""};
}

}  // namespace

std::vector<SchemaStep> PostgresStore::schema() {
    auto transaction = pool_.begin();
    return schema_steps(transaction);
}

std::vector<Finding> PostgresStore::verify() {
    auto transaction = pool_.begin();
    transaction.allow(std::chrono::seconds{120});
    std::vector<Finding> found{verify_steps(schema_steps(transaction)),
                               verify_owners_table(transaction, table_)};
    if (found.front().level != Level::ok) return found;
    found.push_back(verify_grants(transaction));
    if (found.back().level != Level::ok) return found;
    for (const auto& check : checks) found.push_back(look_into(transaction, check, table_.name));
    return found;
}

}  // namespace sheetbq::control
