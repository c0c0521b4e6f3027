#pragma once

#include "sheetbq/app/flags.hpp"

#include <vector>

namespace sheetbq::orchestrator {

/// All flags of sheetbq-orchestrator.
const std::vector<app::Flag>& flags();

/// The text of --help.
std::string help();

/// The page for man(1).
std::string manual();

}  // namespace sheetbq::orchestrator
