#pragma once

#include "sheetbq/app/flags.hpp"

#include <span>
#include <string>
#include <vector>

namespace sheetbq::app {

/// Where settings files are looked for, the one that wins first: `given` alone, if there is one;
/// else ./sheetbq.toml, the user's and the machine's.
std::vector<std::string> settings_paths(const std::string& given);

/// Reads TOML whose keys are names of flags: `postgres-host = "db"`, `max-parallel-jobs = 3`,
/// `fields = ["id", "name"]`.
/// @param known  names of all flags of the program; others are mistakes.
/// @throws Error bad_config with line and column, or naming the key and the nearest known one;
///     permission_denied when others may write to the file, since it decides which programs run.
SettingsFile read_settings_file(const std::string& path, std::span<const std::string> known);

/// The files that exist, read. @throws Error not_found when `given` is set and does not exist.
std::vector<SettingsFile> read_settings_files(const std::string& given,
                                              std::span<const std::string> known);

/// A settings file to begin with: every flag that a file may set, with what it means and its
/// default, all in comments. Ends with a line break.
std::string settings_file_text(std::span<const Flag> flags);

/// Writes it for the owner's eyes only, and makes its folder; whole or not at all.
/// @throws Error internal when that cannot be done, with the system's words.
void write_settings_file(const std::string& path, const std::string& text);

}  // namespace sheetbq::app
