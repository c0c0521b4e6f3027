#include "sheetbq/control/postgres_store.hpp"

#include <fmt/format.h>

/// The owner's rows.
namespace sheetbq::control {

std::optional<Config> PostgresStore::config(int id) {
    const auto answer =
        look(fmt::format("SELECT {} FROM {} c WHERE c.id = $1::int", table_.columns(), table_.name),
             {id}, PgPlan::kept);
    if (answer.empty()) return std::nullopt;
    PgRow row{answer};
    return read_config(row);
}

std::vector<Config> PostgresStore::configs() {
    return read_all(
        look(fmt::format("SELECT {} FROM {} c ORDER BY c.id", table_.columns(), table_.name)),
        read_config);
}

std::vector<Config> PostgresStore::configs_named(const std::string& name) {
    return read_all(look(fmt::format("SELECT {} FROM {} c WHERE lower(c.name) = lower($1)"
                                     " ORDER BY c.id",
                                     table_.columns(), table_.name),
                         {name}),
                    read_config);
}

}  // namespace sheetbq::control
