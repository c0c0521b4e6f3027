#pragma once

#include "sheetbq/control/pg_connection.hpp"
#include "sheetbq/control/store.hpp"

#include <string>
#include <vector>

namespace sheetbq::control {

/// A step of the schema. What was once released never changes.
struct PgMigration {
    int version = 0;
    std::string name{};
    std::string sql{};
};
const std::vector<PgMigration>& pg_migrations();

/// Whether our tables stand as this program knows them; looks without any right on them.
/// @throws Error database when they are newer, or are not those of this program.
bool schema_is_ready(PgTransaction& transaction);

/// What the database has, against what this program knows; looks without any right on them, and
/// then knows of no step.
std::vector<SchemaStep> schema_steps(PgTransaction& transaction);

/// Takes every missing step up to `last`, each in a transaction of its own; waits while another
/// process does. @returns how many were taken.
/// @throws Error database with the SQL for somebody who may, when our role may not.
int migrate_schema(PgPool& pool, int last);

}  // namespace sheetbq::control
