#pragma once

#include "sheetbq/app/command.hpp"
#include "sheetbq/app/console.hpp"
#include "sheetbq/app/flags.hpp"
#include "sheetbq/app/fleet.hpp"
#include "sheetbq/app/interrupter.hpp"
#include "sheetbq/app/printer.hpp"
#include "sheetbq/app/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sheetbq::helper {

/// What every command works with.
class World {
public:
    World(const app::Command& command, const app::FlagValues& flags,
          std::vector<std::string> arguments, app::Settings settings, app::Interrupter& interrupter,
          const app::Printer& printer, app::Console& console);

    const app::Command& command;
    const app::FlagValues& flags;
    const std::vector<std::string> arguments;  ///< behind the command's own words
    const app::Settings settings;
    app::Interrupter& interrupter;
    const app::Printer& printer;
    app::Console& console;
    const Log log;

    std::stop_token stop() const { return interrupter.interruption().stop; }
    /// The n-th argument; empty when it was not given.
    std::string argument(std::size_t n) const {
        return n < arguments.size() ? arguments[n] : std::string{};
    }
    /// PostgreSQL, Cloud Run and Slack; made when first asked for. The command's flags must hold
    /// fleet_flags.
    app::Fleet& fleet();

private:
    std::unique_ptr<app::Fleet> fleet_;
};

/// Whether a command's flags are also read from variables and settings files.
enum class Fallback { everywhere, variables, none };

/// A command and what it does. `run` returns the exit code, and throws Error.
struct Entry {
    app::Command command;
    int (*run)(World& world) = nullptr;
    Fallback fallback = Fallback::everywhere;
};

/// All flags that say where the fleet is, for Command::flags.
std::vector<std::span<const app::Flag>> fleet_flags(std::span<const app::Flag> own);
/// The same for commands that need PostgreSQL alone.
std::vector<std::span<const app::Flag>> store_flags(std::span<const app::Flag> own);
/// The same for commands that need Google but no fleet.
std::vector<std::span<const app::Flag>> google_flags(std::span<const app::Flag> own);
/// The same for commands that need nothing of the outside.
std::vector<std::span<const app::Flag>> plain_flags(std::span<const app::Flag> own);

/// All commands, in the order of help.
const std::vector<Entry>& entries();
/// The same for help, completion and man pages.
const app::CommandSet& command_set();
/// The flags of all commands, each name once: what a settings file may set.
std::vector<app::Flag> every_flag();
/// The settings files that there are, read; see app::read_settings_files.
std::vector<app::SettingsFile> settings_files(const std::string& given);

/// Asks on the terminal, unless --yes is given.
/// @param question  without question mark, e.g. `delete configuration 12 (orders)`.
/// @throws Error usage when nobody can be asked; cancelled when the answer is not yes.
void confirm(World& world, const std::string& question);

// Each file of commands has one of these.
std::vector<Entry> execute_entries();
std::vector<Entry> preview_entries();
std::vector<Entry> validate_entries();
std::vector<Entry> control_entries();
std::vector<Entry> rollback_entries();
std::vector<Entry> status_entries();
std::vector<Entry> runs_entries();
std::vector<Entry> logs_entries();
std::vector<Entry> table_entries();
std::vector<Entry> doctor_entries();
std::vector<Entry> configs_entries();
std::vector<Entry> example_entries();
std::vector<Entry> db_entries();
std::vector<Entry> notify_entries();
std::vector<Entry> settings_entries();
std::vector<Entry> completion_entries();
std::vector<Entry> help_entries();

}  // namespace sheetbq::helper
