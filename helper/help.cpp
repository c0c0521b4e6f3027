#include "sheetbq/app/command_reference.hpp"
#include "sheetbq/app/version.hpp"
#include "sheetbq/core/nearest.hpp"
#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

/// A text that `helper help TOPIC` prints.
struct Topic {
    std::string_view name;
    std::string (*text)();
};

std::string environment_text() {
    std::string out =
        "A value is taken from the flag, else from its variable, else from a settings file (see\n"
        "helper config show --origin), else it is the default.\n\nVariables of flags\n";
    std::vector<std::string> seen;
    for (const auto& entry : entries())
        for (const auto& flag : entry.command.all_flags()) {
            const bool fresh = std::find(seen.begin(), seen.end(), flag.name) == seen.end();
            if (flag.variables.empty() || !fresh) continue;
            seen.emplace_back(flag.name);
            out +=
                fmt::format("  {}\n      --{}: {}\n", flag.variables, flag.name, flag.description);
        }
    out += "\nVariables of the machine\n";
    for (const auto& setting : app::setting_definitions())
        out += fmt::format("  {}\n      {}\n", setting.name, setting.description);
    return out + "  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM, COLUMNS\n      colours and width\n";
}

std::string exit_codes_text() {
    std::string out = "Exit codes of all three programs\n";
    for (const auto& [code, meaning] : app::exit_codes())
        out += fmt::format("  {:>3}  {}\n", code, meaning);
    return out;
}

std::string formatting_text() {
    return "Results go to standard output, remarks, progress and errors to standard error.\n\n"
           "  -o table   columns for people; the default on a terminal\n"
           "  -o json    one document with \"schema\", e.g. sheetbq.run/v1: fields are added to a\n"
           "             version, and neither renamed nor removed\n"
           "  -o yaml    the same document\n"
           "  -o csv     comma-separated, with the names of the fields in the first line\n"
           "  -o name    what names each thing, a line each: for loops and xargs\n"
           "  (nothing)  off a terminal: like csv, separated by tabs\n\n"
           "  --fields id,state,report.rows   only these fields\n"
           "  --no-headers                    no first line\n"
           "  --color always, never; NO_COLOR=1; CLICOLOR_FORCE=1\n\n"
           "Times are RFC 3339 in UTC for programs, and relative for people.\n";
}

std::string errors_text() {
    std::string out =
        "Every error says what happened, why, and what to do. Its class decides the exit code and\n"
        "stands in -o json as error.code:\n\n";
    for (const auto code :
         {Code::internal, Code::usage, Code::not_found, Code::unauthenticated, Code::database,
          Code::conflict, Code::bad_config, Code::permission_denied, Code::quota, Code::unavailable,
          Code::deadline, Code::bad_data, Code::too_late, Code::cancelled})
        out += fmt::format("  {:<18} exit code {}\n", to_string(code), exit_code(code));
    return out + "\ndocs/errors.md lists the errors one by one.\n";
}

constexpr std::array topics{
    Topic{"environment", environment_text},
    Topic{"exit-codes", exit_codes_text},
    Topic{"formatting", formatting_text},
    Topic{"errors", errors_text},
};

int help(World& world) {
    const auto& set = command_set();
    if (world.arguments.empty()) {
        world.printer.text(app::group_help(set, ""));
        return 0;
    }
    const auto* const topic = std::find_if(topics.begin(), topics.end(), [&](const Topic& each) {
        return each.name == world.arguments.front();
    });
    if (topic != topics.end() && world.arguments.size() == 1) {
        world.printer.text(topic->text());
        return 0;
    }
    const auto path = fmt::format("{}", fmt::join(world.arguments, " "));
    if (const auto* const found = set.find(world.arguments);
        found != nullptr && found->path == path)
        world.printer.text(app::command_help(set, *found, app::HelpLength::full));
    else if (set.is_group(path))
        world.printer.text(app::group_help(set, path));
    else
        throw app::unknown_command(set, world.arguments);
    return 0;
}

int version(World& world) {
    const auto line = app::version_line("helper");
    if (world.printer.for_people())
        world.printer.text(line + "\n");
    else
        world.printer.one("sheetbq.version/v1", {{"version", app::version()}, {"line", line}},
                          "version", {});
    return 0;
}

/// docs/helper.md.
int reference(World& world) {
    world.printer.text(app::command_reference(command_set()));
    return 0;
}

}  // namespace

std::vector<Entry> help_entries() {
    return {
        {{.path = "help",
          .heading = "Other",
          .summary = "explain a command or a topic",
          .details = "Topics: environment, exit-codes, formatting, errors.",
          .arguments = {{.name = "COMMAND",
                         .description = "a command, or environment, exit-codes, formatting, errors",
                         .many = true,
                         .completes = "environment exit-codes formatting errors"}},
          .examples = {{"helper help configs create", "the same as helper configs create --help"},
                       {"helper help exit-codes", "what each exit code means"}},
          .flags = plain_flags({})},
         help},
        {{.path = "version",
          .heading = "Other",
          .summary = "print the version",
          .details = {},
          .arguments = {},
          .examples = {{"helper version -o json", "for programs"}},
          .flags = plain_flags({})},
         version},
        {{.path = "reference",
          .heading = "Other",
          .summary = "print docs/helper.md",
          .details = {},
          .arguments = {},
          .examples = {},
          .flags = plain_flags({}),
          .hidden = true},
         reference},
    };
}

}  // namespace sheetbq::helper
