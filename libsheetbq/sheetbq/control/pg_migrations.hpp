#pragma once

#include "sheetbq/control/pg_connection.hpp"

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

/// Takes every missing step, each in a transaction of its own; waits while another process does.
/// @returns how many were taken.
/// @throws Error database with the SQL for somebody who may, when our role may not.
int migrate_schema(PgPool& pool);

}  // namespace sheetbq::control
