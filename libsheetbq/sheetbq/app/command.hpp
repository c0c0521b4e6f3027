#pragma once

#include "sheetbq/app/flags.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// A word of a command line that is no flag.
struct Argument {
    std::string_view name;         ///< what help calls it, e.g. RUN
    std::string_view description;  ///< one line, lower case
    bool required = false;
    bool many = false;  ///< may be given several times; only the last of a command
    /// `config`, `run` or `file`; else words, separated by spaces, `command` for all commands.
    std::string_view completes{};
};

/// A command line, and what it is good for.
struct Example {
    std::string_view line;
    std::string_view effect;
};

/// A command of a program. The table of these serves parsing, help, completion, man pages and docs.
struct Command {
    std::string_view path;     ///< e.g. `configs list`; its first words name the group
    std::string_view heading;  ///< under which the program's help lists it
    std::string_view summary;  ///< one line, lower case
    std::string_view details;  ///< paragraphs, separated by empty lines
    std::vector<Argument> arguments;
    std::vector<Example> examples;
    std::vector<std::span<const Flag>> flags;  ///< its own first
    bool hidden = false;

    /// All flags of the command, in order.
    std::vector<Flag> all_flags() const;
};

/// A program with its commands, for help, completion and man pages.
struct CommandSet {
    std::string_view program;  ///< as it is typed
    std::string_view summary;
    std::vector<Example> examples;
    std::vector<Command> commands;

    /// The command that the words begin with, the longest; nothing when they begin none.
    const Command* find(std::span<const std::string> words) const;
    /// Whether the words name a group such as `configs`.
    bool is_group(std::string_view path) const;
};

/// A meaning of the program's exit codes.
struct ExitCode {
    int code;
    std::string_view meaning;
};
std::span<const ExitCode> exit_codes();

enum class HelpLength { brief, full };

/// Purpose, usage, examples, flags.
std::string command_help(const CommandSet& set, const Command& command, HelpLength length);
/// What stands directly below a path: a command, or a group of them.
struct Child {
    std::string word;
    std::string_view heading;
    std::string summary;
};
/// In the order of the table, hidden ones left out. @param path  empty: the whole program.
std::vector<Child> children(const CommandSet& set, std::string_view path);

/// The commands of a group; of the whole program when `path` is empty.
std::string group_help(const CommandSet& set, std::string_view path);

/// What the words, which name no command, may have meant. @returns an Error usage.
Error unknown_command(const CommandSet& set, std::span<const std::string> words);

/// Checks how many arguments there are. @throws Error usage with how the command is used.
void check_arguments(const CommandSet& set, const Command& command,
                     std::span<const std::string> arguments);

/// `helper configs show CONFIG [flags]`.
std::string usage_line(const CommandSet& set, const Command& command);

}  // namespace sheetbq::app
