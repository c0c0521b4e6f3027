#include "sheetbq/control/pg_migrations.hpp"

#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace sheetbq::control {
namespace {

/// Of the advisory lock under which the schema changes: "sheetbq" in ASCII.
constexpr auto lock_sql = "SELECT pg_advisory_xact_lock(32484407024837233);\n";

constexpr auto schema_sql = "CREATE SCHEMA IF NOT EXISTS sheetbq;\n";

constexpr auto base_sql = R"(CREATE TABLE IF NOT EXISTS sheetbq.migration (
  version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL);
)";

constexpr auto present_sql = R"(
SELECT n.oid IS NOT NULL, c.oid IS NOT NULL, has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
       CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
            ELSE has_schema_privilege(n.oid, 'CREATE') END
  FROM (SELECT 1) AS one
  LEFT JOIN pg_namespace n ON n.nspname = 'sheetbq'
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'migration')";

/// One step as anybody may run it, any number of times.
std::string step_sql(const PgMigration& step) {
    return fmt::format(
        "DO $do$ DECLARE body text := $body${2}$body$;\n"
        "BEGIN\n"
        "  IF NOT EXISTS (SELECT FROM sheetbq.migration WHERE version = {0}) THEN\n"
        "    EXECUTE body;\n"
        "    INSERT INTO sheetbq.migration (version, name, checksum, applied_at)\n"
        "    VALUES ({0}, '{1}', encode(sha256(convert_to(body, 'UTF8')), 'hex'), now());\n"
        "  END IF;\n"
        "END $do$;\n",
        step.version, step.name, step.sql);
}

Error newer_schema(int theirs, int ours) {
    return Error{Code::database, "this program is older than the database's schema"}
        .because(
            fmt::format("the schema sheetbq is at version {}, this program knows {}", theirs, ours))
        .fix(
            "Install the newer sheetbq that made the schema (SELECT * FROM sheetbq.migration tells "
            "when), everywhere.");
}

Error other_step(const PgMigration& step) {
    return Error{Code::database, "the schema sheetbq is not the one that this program makes"}
        .because(
            fmt::format("the checksum of its step {} (\"{}\") differs", step.version, step.name))
        .fix(
            "Use the program that made it. If the schema holds nothing of worth: DROP SCHEMA "
            "sheetbq CASCADE; and start again.");
}

/// @returns the last version that is applied.
int check_versions(PgTransaction& transaction) {
    const auto& steps = pg_migrations();
    std::vector<std::string> bodies;
    bodies.reserve(steps.size());
    for (const auto& step : steps) bodies.push_back(step.sql);
    const auto applied = transaction.run(
        "SELECT m.version, m.checksum IS NOT DISTINCT FROM"
        " encode(sha256(convert_to(($1::text[])[m.version], 'UTF8')), 'hex')"
        " FROM sheetbq.migration m ORDER BY m.version",
        {bodies});
    int last = 0;
    for (int i = 0; i < applied.size(); ++i) {
        PgRow row{applied, i};
        last = row.integer();
        if (last > static_cast<int>(steps.size()))
            throw newer_schema(PgRow{applied, applied.size() - 1}.integer(),
                               static_cast<int>(steps.size()));
        if (!row.flag()) throw other_step(steps[static_cast<std::size_t>(last - 1)]);
    }
    return last;
}

/// What is there, and what we may do, seen without any right on it.
struct Present {
    bool schema = false;
    bool table = false;  ///< of migrations
    bool usable = false;
    bool readable = false;
    bool may_create = false;
};

Present look(PgTransaction& transaction) {
    const auto answer = transaction.run(present_sql);
    PgRow row{answer};
    return {row.flag(), row.flag(), row.flag(), row.flag(), row.flag()};
}

Error may_not_create(const PgFailures& failures) {
    return Error{Code::database, "the schema sheetbq cannot be created or brought up to date"}
        .because("the role that connected may not create anything there")
        .fix(fmt::format("Either let the database's owner run:\n{}and start again; or let somebody "
                         "who may create schemas run:\n{}{}",
                         failures.grant_to_create(), migration_sql(), failures.grants()));
}

/// @returns false when somebody else took it while we waited.
bool take_step(PgPool& pool, const PgMigration& step) {
    auto transaction = pool.begin();
    transaction.run("SELECT set_config('lock_timeout', '120s', true)");
    transaction.allow(std::chrono::seconds{600});
    transaction.run(lock_sql);
    const auto present = look(transaction);
    if (present.table && check_versions(transaction) >= step.version) return false;
    if (!present.may_create) throw may_not_create(pool.failures());
    if (!present.schema) transaction.run(schema_sql);
    if (!present.table) transaction.run(base_sql);
    transaction.run(step_sql(step));
    crash_point("migrate_mid");
    transaction.commit();
    return true;
}

}  // namespace

std::string migration_sql() {
    std::string sql = fmt::format("BEGIN;\n{}{}{}", lock_sql, schema_sql, base_sql);
    for (const auto& step : pg_migrations()) sql += step_sql(step);
    return sql + "COMMIT;\n";
}

bool schema_is_ready(PgTransaction& transaction) {
    const auto present = look(transaction);
    if ((present.schema && !present.usable) || (present.table && !present.readable))
        throw Error{Code::database, "the schema sheetbq may not be used"}
            .because("the role that connected has no rights on it")
            .fix("Let its owner run:\n" + transaction.failures().grants());
    return present.table && check_versions(transaction) == static_cast<int>(pg_migrations().size());
}

std::vector<SchemaStep> schema_steps(PgTransaction& transaction) {
    std::vector<SchemaStep> steps;
    std::vector<std::string> bodies;
    for (const auto& step : pg_migrations()) {
        steps.push_back({.version = step.version, .name = step.name});
        bodies.push_back(step.sql);
    }
    const auto present = look(transaction);
    if (!present.table || !present.readable) return steps;
    const auto applied = transaction.run(
        "SELECT m.version, m.name, date_part('epoch', m.applied_at), m.checksum IS NOT DISTINCT"
        " FROM encode(sha256(convert_to(($1::text[])[m.version], 'UTF8')), 'hex')"
        " FROM sheetbq.migration m WHERE m.version > 0 ORDER BY m.version",
        {bodies});
    for (int i = 0; i < applied.size(); ++i) {
        PgRow row{applied, i};
        SchemaStep step{.version = row.integer(), .name = row.text()};
        step.applied_at = row.time();
        step.sound = row.flag();
        const auto place = static_cast<std::size_t>(step.version - 1);
        if (place < steps.size())
            steps[place] = step;
        else
            steps.push_back(step);
    }
    return steps;
}

int migrate_schema(PgPool& pool, int last) {
    if (auto transaction = pool.begin(); schema_is_ready(transaction)) return 0;
    int taken = 0;
    for (const auto& step : pg_migrations())
        if (step.version <= last && take_step(pool, step)) ++taken;
    auto transaction = pool.begin();
    schema_is_ready(transaction);
    return taken;
}

}  // namespace sheetbq::control
