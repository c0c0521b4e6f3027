#include "cloud_executions.hpp"
#include "config_details.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/fleet_status.hpp"
#include "sheetbq/app/run_listing.hpp"
#include "sheetbq/app/run_result.hpp"
#include "world.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>

namespace sheetbq::helper {
namespace {

using app::Flag;

constexpr int last_runs = 5;

constexpr std::array status_flags{
    Flag{"config", "CONFIG", "", "", "Status", "how this configuration stands, by id or name"},
    Flag{"watch", "", "", "false", "Status",
         "on a terminal draw it anew every 2 s; ends with the run"},
    Flag{"exit-status", "", "", "false", "Status",
         "exit with what became of the run: 0 succeeded, 8 pending, else its failure's class"},
};

/// What one look found.
struct Look {
    bool ended = false;
    int exit_code = 0;
};

int exit_code_of(const control::Run& run) {
    if (is_live(run.state)) return app::exit_pending;
    if (run.state == control::RunState::succeeded) return 0;
    return run.exit_code.value_or(0) != 0 ? *run.exit_code : 1;
}

Look show_run(World& world, control::Store& store, const std::string& word) {
    const auto run = app::find_run(store, word);
    world.printer.one("sheetbq.run/v1", app::run_json(run, app::config_names(store, {run})),
                      "run_id",
                      app::run_details(run, store.config(run.config_id), store.hello().now));
    return {!is_live(run.state), exit_code_of(run)};
}

Look show_config(World& world, control::Store& store, const std::string& word) {
    const auto config = app::find_config(store, word);
    const auto runs = store.runs({.config_id = config.id, .limit = last_runs});
    print_config(world, store, config, runs);
    const bool asked = store.config_state(config.id).run_requested_at.has_value();
    if (runs.empty() || asked) return {false, app::exit_pending};
    return {!is_live(runs.front().state), exit_code_of(runs.front())};
}

Look show_fleet(World& world, control::Store& store) {
    const auto metrics = store.metrics();
    const app::FleetStatus status{.pool = store.pool_state(),
                                  .configs = store.overview(1),
                                  .last = store.runs({.limit = last_runs}),
                                  .oldest_unseen_poll = metrics.oldest_unseen_poll,
                                  .messages_waiting = metrics.outbox_pending};
    const auto& terminal = world.printer.terminal();
    if (world.printer.for_people() && world.flags.words("fields").empty())
        world.printer.text(app::fleet_status_text(
            status, terminal.out ? terminal.width : std::string::npos, terminal.colour));
    else
        world.printer.one("sheetbq.status/v1", app::fleet_status_json(status), "live", {});
    return {};
}

/// Looks again and again. Off a terminal nothing is erased, and only the last look is printed.
int watch(World& world, const std::function<Look()>& look, const std::function<bool()>& ended) {
    constexpr std::chrono::milliseconds pause{2'000};
    const auto& terminal = world.printer.terminal();
    auto& clock = world.fleet().clock();
    for (;;) {
        if (terminal.out) {
            world.printer.text("\033[H\033[2J");
            const auto seen = look();
            if (seen.ended) return seen.exit_code;
        } else if (ended()) {
            return look().exit_code;
        }
        clock.sleep(pause, world.stop());
        if (world.stop().stop_requested())
            throw Error{Code::cancelled, "stopped watching"}.because("somebody pressed Ctrl-C");
    }
}

/// Whether a word that people typed for a run names a configuration instead.
bool names_config(control::Store& store, const std::string& word) {
    if (word.empty() || !store.find_runs(word).empty()) return false;
    const bool digits =
        word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
    return digits ? store.config(std::stoi(word)).has_value()
                  : !store.configs({.ids = {}, .name = word}).empty();
}

/// What people ask about: a configuration, else a run, else the fleet.
struct Subject {
    std::string run;  ///< empty: none
    std::optional<std::string> config;

    bool is_one() const { return config || !run.empty(); }
};

Look look_at(World& world, control::Store& store, const Subject& subject) {
    if (subject.config) return show_config(world, store, *subject.config);
    return subject.run.empty() ? show_fleet(world, store) : show_run(world, store, subject.run);
}

/// Whether the newest run of a configuration has ended, and no other is asked for.
bool config_ended(control::Store& store, const std::string& word) {
    const auto id = app::find_config(store, word).id;
    const auto newest = store.runs({.config_id = id, .limit = 1});
    return !newest.empty() && !is_live(newest.front().state) &&
           !store.config_state(id).run_requested_at;
}

/// Whether there is nothing to wait for; with the fleet there never is.
bool has_ended(control::Store& store, const Subject& subject) {
    if (subject.config) return config_ended(store, *subject.config);
    return subject.run.empty() || !is_live(app::find_run(store, subject.run).state);
}

/// The same of executions, where there is no database.
int cloud_status(World& world, const std::string& word) {
    if (word.empty()) return list_executions(world, last_runs);
    const int code = show_execution(world, word);
    return world.flags.on("exit-status") ? code : 0;
}

int status(World& world) {
    const auto word = world.argument(0);
    auto config = world.flags.given("config");
    if (!word.empty() && config)
        throw Error{Code::usage, "a run and --config do not go together"}.fix(
            "Leave one of the two out.");
    if (shows_cloud_run(world)) return cloud_status(world, word);
    auto& store = world.fleet().store();
    if (!config && names_config(store, word)) config = word;
    const Subject subject{word, config};
    const auto look = [&] { return look_at(world, store, subject); };
    const auto ended = [&] { return has_ended(store, subject); };
    const int code = world.flags.on("watch") ? watch(world, look, ended) : look().exit_code;
    return world.flags.on("exit-status") && subject.is_one() ? code : 0;
}

}  // namespace

std::vector<Entry> status_entries() {
    return {
        {{.path = "status",
          .heading = "Look",
          .summary = "show how everything, a run, or a configuration stands",
          .details =
              "Without a run: whether runs may start, how the configurations stand, the last runs "
              "and what comes next.\n\nWhere no PostgreSQL is configured but a Cloud Run job is, "
              "shows the executions of that job.",
          .arguments = {{.name = "RUN",
                         .description = "its id, the beginning of it, or the name of its execution",
                         .completes = "run"}},
          .examples = {{"helper status", "the health of everything on one screen"},
                       {"helper status 019a2f3e-1b2c", "one run: since when, rows, error, log"},
                       {"helper status --config orders", "a configuration and its last runs"},
                       {"helper status 019a2f3e-1b2c --watch --exit-status",
                        "wait for its end; the exit code tells how it went"}},
          .flags = fleet_flags(status_flags)},
         status},
    };
}

}  // namespace sheetbq::helper
