#pragma once

#include "sheetbq/control/config.hpp"
#include "sheetbq/control/pg_connection.hpp"
#include "sheetbq/control/pg_value.hpp"

#include <string>

namespace sheetbq::control {

/// The owner's table of configurations, as it was found. Its SQL calls the table `c`.
struct PgConfigTable {
    std::string name{};          ///< quoted, with its schema
    bool has_options = false;    ///< the column `options`, which is the owner's choice
    bool dates_changes = false;  ///< there is a column `updated_at` that we may write

    /// The columns that read_config reads.
    std::string columns() const;
    /// SHA-256, hexadecimal, over what a run depends on.
    std::string hash() const;
};

/// Finds it along the role's own search_path, and looks at its columns and at our rights.
/// @throws Error bad_config naming what is missing, and the SQL that mends it.
PgConfigTable find_config_table(PgPool& pool);

Config read_config(PgRow& row);

}  // namespace sheetbq::control
