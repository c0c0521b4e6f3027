#include "sheetbq/app/command.hpp"

#include "sheetbq/core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

constexpr std::array codes{
    ExitCode{0, "done; also: nothing was to be done"},
    ExitCode{1, "failed for another reason, or a bug"},
    ExitCode{2, "the command line cannot be understood"},
    ExitCode{3, "not found: configuration, run, spreadsheet, tab, table ..."},
    ExitCode{4, "no or bad credentials"},
    ExitCode{5, "PostgreSQL cannot be reached, refuses, or its schema is not ready"},
    ExitCode{6, "conflict: something else is in the way"},
    ExitCode{8, "pending: it runs still"},
    ExitCode{10, "the configuration is refused; running again cannot help"},
    ExitCode{11, "permission is missing"},
    ExitCode{12, "a quota is spent; waiting helps"},
    ExitCode{13, "a service or the network failed; repeating may help"},
    ExitCode{14, "the time was up"},
    ExitCode{15, "the sheet's contents are refused"},
    ExitCode{75, "started too late; nothing was touched"},
    ExitCode{130, "interrupted (Ctrl-C)"},
    ExitCode{143, "terminated"},
};

std::vector<std::string> split_words(std::string_view path) {
    std::vector<std::string> words;
    while (!path.empty()) {
        const auto word = path.substr(0, path.find(' '));
        words.emplace_back(word);
        path.remove_prefix(std::min(word.size() + 1, path.size()));
    }
    return words;
}

bool begins(std::span<const std::string> words, std::string_view path) {
    const auto own = split_words(path);
    return words.size() >= own.size() && std::equal(own.begin(), own.end(), words.begin());
}

std::string examples_text(std::span<const Example> examples) {
    std::string out = "Examples\n";
    for (const auto& example : examples)
        out += fmt::format("  {}\n      {}\n", example.line, example.effect);
    return out;
}

std::string paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto paragraph = text.substr(0, text.find("\n\n"));
        out += set_words("", 0, paragraph) + "\n";
        text.remove_prefix(std::min(paragraph.size() + 2, text.size()));
    }
    return out;
}

std::string argument_form(const Argument& argument) {
    const auto name = fmt::format("{}{}", argument.name, argument.many ? " ..." : "");
    return argument.required ? name : fmt::format("[{}]", name);
}

std::string arguments_text(const Command& command) {
    std::string out;
    for (const auto& argument : command.arguments) {
        auto line = fmt::format("  {}", argument.name);
        line.resize(std::max<std::size_t>(line.size() + 2, 16), ' ');
        const auto indent = line.size();
        out += set_words(std::move(line), indent, argument.description);
    }
    return out;
}

std::string exit_codes_text() {
    std::string out = "Exit codes\n";
    for (const auto& [code, meaning] : codes) out += fmt::format("  {:>3}  {}\n", code, meaning);
    return out;
}

std::string listed(std::string_view path, std::string_view summary, std::size_t width) {
    auto line = fmt::format("  {:<{}}  ", path, width);
    const auto indent = line.size();
    return set_words(std::move(line), indent, summary);
}

}  // namespace

std::vector<Flag> Command::all_flags() const {
    std::vector<Flag> out;
    for (const auto group : flags) out.insert(out.end(), group.begin(), group.end());
    return out;
}

const Command* CommandSet::find(std::span<const std::string> words) const {
    const Command* found = nullptr;
    for (const auto& command : commands)
        if (begins(words, command.path) &&
            (found == nullptr || command.path.size() > found->path.size()))
            found = &command;
    return found;
}

bool CommandSet::is_group(std::string_view path) const {
    return std::any_of(commands.begin(), commands.end(), [&](const Command& command) {
        return command.path.size() > path.size() && command.path.substr(0, path.size()) == path &&
               command.path[path.size()] == ' ';
    });
}

std::span<const ExitCode> exit_codes() { return codes; }

std::vector<Child> children(const CommandSet& set, std::string_view path) {
    const auto above = split_words(path);
    std::vector<Child> out;
    for (const auto& command : set.commands) {
        const auto words = split_words(command.path);
        if (command.hidden || words.size() <= above.size() || !begins(words, path)) continue;
        const auto& next = words[above.size()];
        const bool leaf = words.size() == above.size() + 1;
        const auto known = std::find_if(out.begin(), out.end(),
                                        [&](const Child& each) { return each.word == next; });
        if (known == out.end())
            out.push_back(
                {next, command.heading, leaf ? std::string{command.summary} : words.back()});
        else if (!leaf)
            known->summary += ", " + words.back();
    }
    return out;
}

std::string usage_line(const CommandSet& set, const Command& command) {
    auto line = fmt::format("{} {}", set.program, command.path);
    for (const auto& argument : command.arguments) line += " " + argument_form(argument);
    return line + " [flags]";
}

std::string command_help(const CommandSet& set, const Command& command, HelpLength length) {
    const bool full = length == HelpLength::full;
    auto out = fmt::format("{} {}: {}\n\nUsage\n  {}\n\n", set.program, command.path,
                           command.summary, usage_line(set, command));
    if (!command.examples.empty()) out += examples_text(command.examples) + "\n";
    if (full) out += paragraphs(command.details);
    if (!command.arguments.empty()) out += "Arguments\n" + arguments_text(command) + "\n";
    const auto flags = command.all_flags();
    const auto own = command.flags.empty() ? std::span<const Flag>{} : command.flags.front();
    out += describe_flags(full ? std::span<const Flag>{flags} : own);
    if (!full)
        return out + fmt::format("\n{} {} --help shows all flags and exit codes.\n", set.program,
                                 command.path);
    return out + "\n" + exit_codes_text() +
           fmt::format("\nMore: {0} help environment, {0} help formatting, {0} help errors\n",
                       set.program);
}

namespace {

std::vector<std::string_view> headings_of(const std::vector<Child>& below) {
    std::vector<std::string_view> headings;
    for (const auto& each : below)
        if (std::find(headings.begin(), headings.end(), each.heading) == headings.end())
            headings.push_back(each.heading);
    return headings;
}

/// The lines below a heading; all of them when there is none.
std::string listed_under(std::string_view heading, const std::vector<Child>& below) {
    std::size_t width = 0;
    for (const auto& each : below) width = std::max(width, each.word.size());
    std::string out;
    for (const auto& each : below)
        if (heading.empty() || each.heading == heading)
            out += listed(each.word, each.summary, width);
    return out;
}

}  // namespace

std::string group_help(const CommandSet& set, std::string_view path) {
    auto out = path.empty() ? fmt::format("{}: {}\n\n", set.program, set.summary)
                            : fmt::format("{} {}: one of these\n\n", set.program, path);
    if (path.empty()) out += examples_text(set.examples);
    const auto below = children(set, path);
    if (!path.empty()) out += listed_under("", below);
    for (const auto heading : path.empty() ? headings_of(below) : std::vector<std::string_view>{})
        out += fmt::format("\n{}\n{}", heading, listed_under(heading, below));
    return out + fmt::format("\n{}{}{} COMMAND --help tells more of each.\n", set.program,
                             path.empty() ? "" : " ", path);
}

Error unknown_command(const CommandSet& set, std::span<const std::string> words) {
    std::string path;
    std::size_t at = 0;
    while (at < words.size() && set.is_group(path.empty() ? words[at] : path + " " + words[at])) {
        path += (path.empty() ? "" : " ") + words[at];
        ++at;
    }
    std::vector<std::string> known;
    for (const auto& each : children(set, path)) known.push_back(each.word);
    const auto word = at < words.size() ? words[at] : "";
    const auto meant = nearest(word, known);
    const auto begin = fmt::format("{}{}{}", set.program, path.empty() ? "" : " ", path);
    const auto list = fmt::format("{} --help lists all commands.", begin);
    return Error{Code::usage, fmt::format("there is no command \"{} {}\"", begin, word)}
        .because(fmt::format("{} knows: {}", begin, fmt::join(known, ", ")))
        .fix(meant.empty() ? list : fmt::format("Did you mean: {} {}   {}", begin, meant, list));
}

void check_arguments(const CommandSet& set, const Command& command,
                     std::span<const std::string> arguments) {
    const auto& known = command.arguments;
    const auto required = static_cast<std::size_t>(std::count_if(
        known.begin(), known.end(), [](const Argument& each) { return each.required; }));
    const auto use = fmt::format("Write: {}", usage_line(set, command));
    if (arguments.size() < required)
        throw Error{Code::usage, fmt::format("{} {} needs {}", set.program, command.path,
                                             known[arguments.size()].name)}
            .because(std::string{known[arguments.size()].description})
            .fix(use);
    const bool many = !known.empty() && known.back().many;
    if (!many && arguments.size() > known.size())
        throw Error{Code::usage,
                    fmt::format("\"{}\" is one word too many", arguments[known.size()])}
            .because(known.empty()
                         ? "the command takes no arguments, and flags begin with two dashes"
                         : "texts with blanks in them are quoted, and flags begin with two dashes")
            .fix(use);
}

}  // namespace sheetbq::app
