#pragma once

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

}  // namespace sheetbq::helper
