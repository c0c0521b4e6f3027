#pragma once

#include "sheetbq/app/status_rows.hpp"
#include "sheetbq/control/store.hpp"
#include "world.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <vector>

namespace sheetbq::helper {

/// Everything about a configuration and its newest runs: `sheetbq.config/v1` for programs.
void print_config(World& world, control::Store& store, const control::Config& config,
                  const std::vector<control::Run>& runs);

/// `every 24 h`, `with every tick`.
std::string frequency_words(const control::Config& config);

/// Adds how it stands to a configuration's `sheetbq.config/v1`: `standing`, `next_at`, `target`.
void add_standing(boost::json::object& item, const app::StatusRow& row);
/// What keeps a due configuration from starting; null: nothing.
boost::json::value blocked_by_json(const control::DueLine& line, Clock::TimePoint now);

}  // namespace sheetbq::helper
