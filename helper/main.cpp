#include "sheetbq/app/console.hpp"
#include "sheetbq/app/version.hpp"
#include "sheetbq/core/process.hpp"
#include "world.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <iostream>

namespace {

namespace app = sheetbq::app;
namespace helper = sheetbq::helper;
using sheetbq::Code;
using sheetbq::Error;

/// The words before the first flag: a command, or a group.
std::vector<std::string> leading_words(int argc, char** argv) {
    std::vector<std::string> words;
    for (int i = 1; i < argc && argv[i][0] != '-'; ++i) words.emplace_back(argv[i]);
    return words;
}

bool has_word(int argc, char** argv, std::initializer_list<std::string_view> any) {
    const auto is = [](std::string_view known) {
        return [known](const char* word) { return known == word; };
    };
    auto* const end = std::find_if(argv + std::min(argc, 1), argv + argc, is("--"));
    return std::any_of(any.begin(), any.end(), [&](std::string_view known) {
        return std::any_of(argv + std::min(argc, 1), end, is(known));
    });
}

/// What is asked of the program itself, or of a group. @returns nothing for a command.
std::optional<int> without_command(int argc, char** argv, const std::vector<std::string>& words) {
    const auto& set = helper::command_set();
    if (set.find(words) != nullptr) return std::nullopt;
    if (words.empty() && has_word(argc, argv, {"--version"})) {
        std::cout << app::version_line("helper") << "\n";
        return 0;
    }
    std::string path;
    for (const auto& word : words) path += (path.empty() ? "" : " ") + word;
    if (!words.empty() && !set.is_group(path)) throw app::unknown_command(set, words);
    const bool lone_flag = words.empty() && argc > 1 && !has_word(argc, argv, {"--help", "-h"});
    if (lone_flag)
        throw Error{Code::usage, "there is no command"}
            .because("the command comes before its flags")
            .fix("Write e.g.: helper status --output=json   helper --help lists all commands.");
    std::cout << app::group_help(set, path);
    return 0;
}

sheetbq::Level level_of(const app::FlagValues& flags) {
    if (flags.on("verbose")) return sheetbq::Level::debug;
    return flags.on("quiet") ? sheetbq::Level::error : sheetbq::Level::warning;
}

int run_entry(const helper::Entry& entry, const app::FlagValues& flags,
              std::vector<std::string> arguments, const app::Printer& printer) {
    app::Interrupter interrupter;
    auto settings = app::read_settings();
    settings.log_format = app::LogFormat::text;  // results alone go to standard output
    settings.log_level = level_of(flags);
    settings.progress = settings.progress && !flags.on("quiet");
    if (flags.on("quiet")) settings.progress_every = std::chrono::seconds{0};
    app::Console console{settings};
    helper::World world{entry.command, flags,  std::move(arguments), settings, interrupter,
                        printer,       console};
    try {
        return entry.run(world);
    } catch (const Error& error) {
        if (interrupter.signal() != 0 && error.code() == Code::cancelled)
            return 128 + interrupter.signal();
        throw;
    }
}

int run_command(int argc, char** argv, const std::vector<std::string>& words) {
    const auto& set = helper::command_set();
    const auto* const command = set.find(words);
    const auto& entry = *std::find_if(
        helper::entries().begin(), helper::entries().end(),
        [&](const helper::Entry& each) { return each.command.path == command->path; });
    if (has_word(argc, argv, {"--help", "-h"})) {
        std::cout << app::command_help(
            set, *command,
            has_word(argc, argv, {"--help"}) ? app::HelpLength::full : app::HelpLength::brief);
        return 0;
    }
    const auto known = command->all_flags();
    const bool alone = entry.fallback == helper::Fallback::none;
    const auto variable = [&](std::string_view name) {
        return alone ? std::nullopt : app::environment_variable(name);
    };
    app::FlagValues flags{known, argc, argv, variable, app::Arguments::some};
    if (entry.fallback == helper::Fallback::everywhere)
        for (const auto& file : helper::settings_files(flags.text("settings")))
            flags.fall_back_to(file);
    const app::Printer printer{flags};
    try {
        const auto depth = std::count(command->path.begin(), command->path.end(), ' ') + 1;
        std::vector<std::string> arguments{flags.arguments().begin() + depth,
                                           flags.arguments().end()};
        app::check_arguments(set, *command, arguments);
        return run_entry(entry, flags, std::move(arguments), printer);
    } catch (const Error& error) {
        printer.failure(error);
        return exit_code(error.code());
    }
}

/// Whether JSON is asked for, of a command line that cannot be understood as a whole.
bool wants_json(int argc, char** argv) {
    if (has_word(argc, argv, {"--output=json", "-o=json", "-ojson"})) return true;
    for (int i = 1; i + 1 < argc; ++i) {
        const std::string_view flag{argv[i]};
        if (flag == "-o" || flag == "--output") return std::string_view{argv[i + 1]} == "json";
    }
    return app::environment_variable("SHEETBQ_OUTPUT") == "json";
}

int failure(int argc, char** argv, const Error& error) {
    if (wants_json(argc, argv))
        std::cerr << boost::json::serialize(app::error_json(error)) << "\n";
    else
        std::cerr << describe(error);
    return exit_code(error.code());
}

}  // namespace

int main(int argc, char** argv) {
    sheetbq::forbid_core_dumps();
    try {
        const auto words = leading_words(argc, argv);
        if (const auto code = without_command(argc, argv, words)) return *code;
        return run_command(argc, argv, words);
    } catch (const Error& error) {
        return failure(argc, argv, error);
    } catch (const std::exception& bug) {
        return failure(argc, argv,
                       Error{Code::internal, "helper failed in a way that it does not know"}
                           .because(bug.what())
                           .fix("Report this as a bug of sheetbq, with the lines above."));
    }
}
