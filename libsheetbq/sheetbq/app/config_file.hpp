#pragma once

#include "sheetbq/control/config.hpp"
#include "sheetbq/etl/options.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// What a JSON configuration file says: the job's variables as keys in lower case, e.g.
/// `{"config_name": "orders", "google_sheet_url": "https://...", "header_row": 2}`.
struct ConfigFile {
    std::string name;              ///< for people: its path, or `standard input`
    control::Variables variables;  ///< upper case, texts as the job reads them; `null` is left out
    etl::Options options;          ///< what the variables say; what has a problem keeps its default
    std::vector<etl::OptionProblem> problems;  ///< of keys and values, named as in the file

    etl::Lookup lookup() const;
};

/// Reads a configuration file. A value may be a text, a number, true or false; `custom_schema` also
/// a list or an object; more options may stand in an object `options`. `id` and `name` mean
/// config_id and config_name, and what else only a row of the table of configurations has
/// (`is_active`, `run_frequency_hours` ...) is passed over.
/// @param path  `-`: standard input.
/// @param set  `KEY=VALUE` each, which win over the file.
/// @throws Error not_found for a file that is not there; bad_config with line and column for what
///     is no JSON; usage for a word of `set` that sets no option.
ConfigFile read_config_file(const std::string& path, std::span<const std::string> set = {});

/// The same for a file's content.
ConfigFile parse_config_file(std::string_view content, std::string name,
                             std::span<const std::string> set = {});

/// @throws Error bad_config with every problem of the file, if it has any.
void check(const ConfigFile& file);

/// What `KEY=VALUE` words set, by variable.
/// @throws Error usage for a word that is none, or a key that is no option, with the nearest.
control::Variables read_settings_words(std::span<const std::string> words);

/// Puts `more` in place of variables of the same name, and the rest behind them.
void override_variables(control::Variables& variables, const control::Variables& more);

/// Speaks of a file's keys where `text` speaks of the job's variables.
std::string by_keys(std::string text);

/// Keys that a configuration file may have, in lower case: the nine, and all options.
const std::vector<std::string>& config_file_keys();

}  // namespace sheetbq::app
