#pragma once

#include "sheetbq/app/config_document.hpp"
#include "world.hpp"

#include <boost/json/array.hpp>

#include <vector>

namespace sheetbq::helper {

/// create, update.
std::vector<Entry> config_change_entries();
/// delete, enable, disable, retry.
std::vector<Entry> config_switch_entries();
/// export, import.
std::vector<Entry> config_transfer_entries();

/// @throws Error bad_config with every problem.
void check_draft(const app::ConfigDraft& draft, const std::string& what);

/// Says which other active configurations write to the same table.
void warn_of_duplicates(const World& world, const control::Config& config,
                        const std::vector<control::Config>& all);

/// The only argument of commands on one configuration.
std::vector<app::Argument> config_argument(bool many = false);

/// Changes as `{"field","before","after"}`; null: not set.
boost::json::array changes_json(const std::vector<app::FieldChange>& changes);

}  // namespace sheetbq::helper
