#pragma once

#include "options.hpp"
#include "sandbox.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sheetbq::sandbox {

/// The spreadsheet id that belongs to a name: 44 characters, always the same.
std::string stable_id(const std::string& name);

/// Fills the worlds with what the command line names.
/// @returns name and URL of every sheet. @throws Error usage or bad_data.
std::vector<std::pair<std::string, std::string>> set_up(Sandbox& sandbox, const Options& options);

/// Writes every table into `folder`, a JSON file each.
void save_tables(const Sandbox& sandbox, const std::string& folder);

}  // namespace sheetbq::sandbox
