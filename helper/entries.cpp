#include "sheetbq/app/settings_file.hpp"
#include "world.hpp"

#include <algorithm>

namespace sheetbq::helper {

const std::vector<Entry>& entries() {
    static const auto all = [] {
        std::vector<Entry> joined;
        for (auto part :
             {execute_entries(), preview_entries(), validate_entries(), control_entries(),
              rollback_entries(), status_entries(), runs_entries(), logs_entries(), table_entries(),
              doctor_entries(), configs_entries(), example_entries(), db_entries(),
              notify_entries(), settings_entries(), completion_entries(), help_entries()})
            for (auto& entry : part) joined.push_back(std::move(entry));
        return joined;
    }();
    return all;
}

const app::CommandSet& command_set() {
    static const auto set = [] {
        app::CommandSet made{
            .program = "helper",
            .summary =
                "runs, previews, checks, watches and administers copies of Google Sheets in "
                "BigQuery",
            .examples = {{"helper example > config.json", "a configuration to start from"},
                         {"helper preview --config-file config.json",
                          "what would be loaded; writes nothing"},
                         {"helper execute --config-file config.json", "loads the sheet"},
                         {"helper status", "how everything stands"},
                         {"helper doctor", "what is missing, and the command that mends it"}},
            .commands = {}};
        for (const auto& entry : entries()) made.commands.push_back(entry.command);
        return made;
    }();
    return set;
}

std::vector<app::Flag> every_flag() {
    std::vector<app::Flag> flags;
    for (const auto& command : command_set().commands)
        for (const auto& flag : command.all_flags()) {
            const bool known = std::any_of(flags.begin(), flags.end(), [&](const app::Flag& each) {
                return each.name == flag.name;
            });
            if (!known) flags.push_back(flag);
        }
    return flags;
}

std::vector<app::SettingsFile> settings_files(const std::string& given) {
    std::vector<std::string> names;
    for (const auto& flag : every_flag()) names.emplace_back(flag.name);
    return app::read_settings_files(given, names);
}

}  // namespace sheetbq::helper
