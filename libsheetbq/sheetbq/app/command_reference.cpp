#include "sheetbq/app/command_reference.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::app {
namespace {

/// A cell of a table: on one line, without a bar.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string flag_row(const Flag& flag) {
    const auto form = fmt::format("--{}{}", flag.name,
                                  flag.argument.empty() ? "" : fmt::format(" {}", flag.argument));
    const auto letter = flag.letter == '\0' ? "" : fmt::format(" `-{}`", flag.letter);
    const auto variable = flag.variables.empty() ? "" : fmt::format("`{}`", flag.variables);
    return fmt::format("| `{}`{} | {} | {} | {} |\n", form, letter, cell(flag.description),
                       flag.initial.empty() ? "" : fmt::format("`{}`", flag.initial), variable);
}

std::string flag_table(std::span<const Flag> flags) {
    std::string out = "| flag | meaning | default | variable |\n| --- | --- | --- | --- |\n";
    for (const auto& flag : flags) out += flag_row(flag);
    return out + "\n";
}

std::string section(const CommandSet& set, const Command& command) {
    auto out = fmt::format("## {} {}\n\n`{}`: {}\n\n", set.program, command.path,
                           usage_line(set, command), command.summary);
    if (!command.details.empty()) out += fmt::format("{}\n\n", command.details);
    for (const auto& argument : command.arguments)
        out += fmt::format("- `{}`: {}\n", argument.name, argument.description);
    if (!command.arguments.empty()) out += "\n";
    if (!command.flags.empty() && !command.flags.front().empty())
        out += flag_table(command.flags.front());
    if (command.examples.empty()) return out;
    out += "```\n";
    for (const auto& example : command.examples)
        out += fmt::format("{}\n    # {}\n", example.line, example.effect);
    return out + "```\n\n";
}

/// The groups of flags that several commands share, once each.
std::string shared_flags(const CommandSet& set) {
    std::vector<std::span<const Flag>> groups;
    for (const auto& command : set.commands)
        for (std::size_t i = 1; i < command.flags.size(); ++i)
            if (std::none_of(groups.begin(), groups.end(), [&](std::span<const Flag> known) {
                    return known.data() == command.flags[i].data();
                }))
                groups.push_back(command.flags[i]);
    std::string out = "## Flags of many commands\n\n";
    for (const auto group : groups)
        if (!group.empty())
            out += fmt::format("### {}\n\n{}", group.front().group, flag_table(group));
    return out;
}

std::string exit_code_table() {
    std::string out = "## Exit codes\n\n| code | meaning |\n| --- | --- |\n";
    for (const auto& [code, meaning] : exit_codes())
        out += fmt::format("| {} | {} |\n", code, meaning);
    return out;
}

}  // namespace

std::string command_reference(const CommandSet& set) {
    auto out = fmt::format(
        "# {}\n\n{}.\n\nThis page is made from the program's own table of commands and flags "
        "(`{} reference`), as are its help, completion and manual page.\n\n",
        set.program, set.summary, set.program);
    for (const auto& command : set.commands)
        if (!command.hidden) out += section(set, command);
    return out + shared_flags(set) + exit_code_table();
}

}  // namespace sheetbq::app
