#include "sheetbq/app/completion.hpp"

#include "sheetbq/app/console.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/man_page.hpp"
#include "world.hpp"

#include <fmt/format.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace sheetbq::helper {
namespace {

using app::Candidate;
using app::Completes;

constexpr int most_milliseconds = 100;  ///< that the database may take: a person waits
constexpr int most_runs = 20;

extern "C" void leave(int) { _exit(0); }

/// Ends the program, whatever it waits for then.
void leave_soon() {
    std::signal(SIGALRM, leave);
    itimerval timer{};
    timer.it_value.tv_usec = most_milliseconds * 1'000L;
    setitimer(ITIMER_REAL, &timer, nullptr);
}

std::string_view word_of(Completes completes) {
    if (completes == Completes::files) return "files";
    return completes == Completes::folders ? "folders" : "words";
}

/// A line each: the word, a tab, what it is.
std::string lines_of(const std::vector<Candidate>& candidates) {
    const auto plain = [](std::string text) {
        std::replace_if(
            text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; },
            ' ');
        return text;
    };
    std::string out;
    for (const auto& each : candidates)
        out += fmt::format("{}\t{}\n", plain(each.word), plain(each.description));
    return out;
}

/// The flags of the line that is being typed, as far as they can be understood, say where the
/// database is.
app::FlagValues flags_of(std::span<const app::Flag> known, const std::vector<std::string>& words) {
    const auto read = [&](std::vector<std::string> line) {
        std::vector<char*> argv;
        argv.reserve(line.size());
        for (auto& word : line) argv.push_back(word.data());
        return app::FlagValues{known, static_cast<int>(argv.size()), argv.data(),
                               app::environment_variable, app::Arguments::some};
    };
    std::vector<std::string> line{"helper"};
    try {
        if (words.size() > 1) line.insert(line.end(), words.begin(), words.end() - 1);
        return read(line);
    } catch (const Error&) {
        return read({"helper"});
    }
}

std::vector<Candidate> configs(control::Store& store, std::string_view typed) {
    const bool ids = !typed.empty() && typed.find_first_not_of("0123456789") == std::string::npos;
    std::vector<Candidate> out;
    for (const auto& config : store.configs({})) {
        const auto id = std::to_string(config.id);
        const auto* const state = config.active ? "" : ", inactive";
        out.push_back(
            ids ? Candidate{id, config.name + state}
                : Candidate{config.name, fmt::format("{}, {}{}", id, config.target(), state)});
    }
    return out;
}

std::vector<Candidate> runs(control::Store& store, Clock::TimePoint now) {
    std::vector<Candidate> out;
    for (const auto& run : store.runs({.limit = most_runs})) {
        const auto config = store.config(run.config_id);
        out.push_back(
            {run.run_id,
             fmt::format("{}, {}, {}", config ? config->name : std::to_string(run.config_id),
                         to_string(run.state), app::relative(run.created_at, now))});
    }
    return out;
}

/// What only the database knows. Silent when it cannot be asked, or not in time.
void print_from_database(World& world, const app::Completion& line) {
    leave_soon();
    try {
        const auto known = every_flag();
        auto flags = flags_of(known, world.arguments);
        for (const auto& file : settings_files(flags.text("settings"))) flags.fall_back_to(file);
        app::Fleet fleet{world.settings, flags, Log{[](const Event&) {}}, world.stop()};
        auto& store = fleet.read_only_store();
        const auto found = line.completes == Completes::configs ? configs(store, line.typed)
                                                                : runs(store, fleet.clock().now());
        app::write_all(STDOUT_FILENO, lines_of(app::beginning_with(found, line.typed)));
    } catch (const std::exception&) {
        return;  // a person who presses the tab key asks for no explanation
    }
}

/// `helper __complete -- WORDS...`: what the scripts ask for at every press of the key.
int candidates(World& world) {
    const auto line = app::complete(command_set(), world.arguments);
    world.printer.text(fmt::format("{}\n{}", word_of(line.completes), lines_of(line.candidates)));
    const bool asks = line.completes == Completes::configs || line.completes == Completes::runs;
    if (asks) print_from_database(world, line);
    return 0;
}

int completion(World& world) {
    world.printer.text(app::completion_script(world.argument(0), command_set().program));
    return 0;
}

/// The flags that commands have in common: all but their own.
std::vector<app::Flag> shared_flags() {
    std::vector<app::Flag> shared;
    for (const auto group : fleet_flags({}))
        shared.insert(shared.end(), group.begin(), group.end());
    return shared;
}

int manual(World& world) {
    const auto& set = command_set();
    auto examples = set.examples;
    for (const auto& command : set.commands)
        if (!command.hidden && !command.examples.empty())
            examples.push_back(command.examples.front());
    world.printer.text(app::man_page(
        {.name = "sheetbq-helper",
         .summary = set.summary,
         .details =
             "Everything a person wants to do with the copies of sheets, in one command that "
             "explains itself: helper COMMAND --help, or -h for the short form.\n\n"
             "Results go to standard output, remarks, progress and errors to standard error. An "
             "error says what happened, why, and what to do, with the exact words to type. A value "
             "is taken from the flag, else from its variable, else from a settings file, else it "
             "is the default. A configuration is named by its id or its name everywhere.",
         .commands = &set,
         .flags = shared_flags(),
         .variables = app::manual_variables(every_flag()),
         .files = app::manual_files(true),
         .examples = std::move(examples),
         .see_also = {"sheetbq-job", "sheetbq-orchestrator"}}));
    return 0;
}

}  // namespace

std::vector<Entry> completion_entries() {
    return {
        {{.path = "completion",
          .heading = "Other",
          .summary = "print a script that lets the shell complete commands, flags and names",
          .details =
              "The script asks helper itself at every press of the key, so it need not be printed "
              "anew for a new version. Names of configurations and ids of runs come from the "
              "database, when it answers within a tenth of a second.\n\n"
              "To have it in every shell: bash reads "
              "~/.local/share/bash-completion/completions/helper, zsh a file _helper in a folder "
              "of its $fpath, fish ~/.config/fish/completions/helper.fish.",
          .arguments = {{.name = "SHELL",
                         .description = "bash, zsh or fish",
                         .required = true,
                         .completes = "bash zsh fish"}},
          .examples = {{"source <(helper completion bash)", "for this bash; the same for zsh"},
                       {"helper completion fish | source", "for this fish"},
                       {"helper completion zsh > ~/.zfunc/_helper", "for every zsh from now on"}},
          .flags = plain_flags({})},
         completion},
        {{.path = "__complete",
          .heading = "Other",
          .summary = "how a command line may go on",
          .details = "Asked by the scripts of helper completion.",
          .arguments = {{.name = "WORD",
                         .description = "of the command line, without the program; behind --",
                         .many = true}},
          .examples = {{"helper __complete -- configs sh", "show, with its summary"}},
          .flags = plain_flags({}),
          .hidden = true},
         candidates,
         Fallback::none},
        {{.path = "man",
          .heading = "Other",
          .summary = "print the manual page, for man(1)",
          .details = "The page is installed with the program: man sheetbq-helper.",
          .arguments = {},
          .examples = {{"helper man > sheetbq-helper.1", "as a file"}},
          .flags = plain_flags({}),
          .hidden = true},
         manual,
         Fallback::none},
    };
}

}  // namespace sheetbq::helper
