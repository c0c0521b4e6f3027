#pragma once

#include "sheetbq/app/command.hpp"

#include <string>

namespace sheetbq::app {

/// All commands with arguments, flags and examples, as Markdown: docs/helper.md.
std::string command_reference(const CommandSet& set);

}  // namespace sheetbq::app
