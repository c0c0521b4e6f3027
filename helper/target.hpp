#pragma once

#include "sheetbq/app/environment.hpp"
#include "sheetbq/control/config.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "world.hpp"

#include <optional>
#include <string>

namespace sheetbq::helper {

/// Google for a person who waits: what fails for longer than this is told at once.
inline constexpr RetryPolicy short_patience{.attempts = 4,
                                            .max_delay = std::chrono::milliseconds{4'000},
                                            .quota_delay = std::chrono::milliseconds{8'000},
                                            .budget = std::chrono::milliseconds{15'000}};

/// The table that an argument means.
struct Target {
    gcp::TableId table;
    std::optional<control::Config> config{};  ///< that writes it, as far as known
    /// For people: the configuration's name, else the table's.
    std::string name() const { return config ? config->name : table.dotted(); }
};

/// `PROJECT.DATASET.TABLE`, or else a configuration by id or name.
/// @throws Error not_found, usage, database.
Target find_target(World& world, const std::string& argument);

/// The configuration that writes this table; nothing when there is none, several, or no answer from
/// PostgreSQL, which is said.
std::optional<control::Config> config_of(World& world, const gcp::TableId& table);

}  // namespace sheetbq::helper
