#include "target.hpp"

#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/table_argument.hpp"

#include <fmt/format.h>

namespace sheetbq::helper {

Target find_target(World& world, const std::string& argument) {
    if (auto table = app::read_table_name(argument)) return {*table};
    if (!world.fleet().knows_postgres())
        throw Error{Code::usage, "\"" + argument + "\" is no table"}
            .because(
                "it is not of the form PROJECT.DATASET.TABLE, and no PostgreSQL is configured in "
                "which to look for a configuration of that name")
            .fix("Write PROJECT.DATASET.TABLE, or add --postgres-host.");
    auto config = app::find_config(world.fleet().read_only_store(), argument);
    return {{config.project, config.dataset, config.table}, std::move(config)};
}

std::optional<control::Config> config_of(World& world, const gcp::TableId& table) {
    try {
        std::optional<control::Config> found;
        for (auto& config : world.fleet().read_only_store().configs({})) {
            if (config.target() != table.dotted()) continue;
            if (found) return std::nullopt;
            found = std::move(config);
        }
        return found;
    } catch (const Error& error) {
        if (error.code() != Code::database) throw;
        world.printer.note(
            fmt::format("PostgreSQL does not say which runs load the table: {}", error.what()));
        return std::nullopt;
    }
}

}  // namespace sheetbq::helper
