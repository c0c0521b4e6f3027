#pragma once

#include "sheetbq/app/config_file.hpp"
#include "sheetbq/control/store.hpp"
#include "world.hpp"

#include <span>
#include <string>
#include <vector>

namespace sheetbq::helper {

/// What a load is of, as the command line says.
struct LoadSource {
    std::string file;    ///< `-`: standard input; empty: a configuration of the database
    std::string config;  ///< its id or name
};

/// --config-file, --config-id, --config-name and --set.
std::span<const app::Flag> source_flags();
/// fleet_flags with these before.
std::vector<std::span<const app::Flag>> load_flags(std::span<const app::Flag> own);
/// `[CONFIG]`.
std::vector<app::Argument> source_arguments();

/// @throws Error usage when it is not exactly one.
LoadSource chosen_source(const World& world);

/// The file, checked. @throws Error as read_config_file and check.
app::ConfigFile read_source_file(const World& world, const LoadSource& source);

/// The job's variables for either source; a configuration is read from PostgreSQL, and --set wins.
control::Variables source_variables(World& world, const LoadSource& source);

/// Shows what would be loaded, and writes nothing.
int preview_load(World& world, std::size_t rows);

}  // namespace sheetbq::helper
