#include "cloud_executions.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/run_events.hpp"
#include "sheetbq/app/run_listing.hpp"
#include "sheetbq/app/status_json.hpp"
#include "sheetbq/core/nearest.hpp"
#include "sheetbq/core/uuid.hpp"
#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace sheetbq::helper {
namespace {

using app::Flag;
using control::RunState;

constexpr std::array list_flags{
    Flag{"limit", "N", "", "20", "List", "at most so many"},
    Flag{"state", "WORD,...", "", "", "List",
         "claimed, starting, running, cancelling, succeeded, failed, cancelled, lost, abandoned; "
         "or live, finished"},
    Flag{"config", "CONFIG", "", "", "List", "only of this configuration, by id or name"},
    Flag{"since", "TIME", "", "", "List", "only those created within it, e.g. 24h, 7d"},
    Flag{"sort", "WORD", "", "-created", "List", "-created: newest first; created: oldest first",
         false, '\0', "-created created"},
};

constexpr std::array all_states{RunState::claimed,    RunState::starting,  RunState::running,
                                RunState::cancelling, RunState::succeeded, RunState::failed,
                                RunState::cancelled,  RunState::lost,      RunState::abandoned};

/// All that --state may say.
std::vector<std::string> state_words() {
    std::vector<std::string> words{"live", "finished"};
    for (const auto state : all_states) words.emplace_back(to_string(state));
    return words;
}

/// @throws Error usage when the word is none of those known.
void check_state_word(const std::string& word, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), word) != known.end()) return;
    const auto meant = nearest(word, known);
    throw Error{Code::usage, fmt::format("there is no state \"{}\"", word)}
        .because(fmt::format("there are: {}", fmt::join(known, ", ")))
        .fix(fmt::format("{}Write e.g. --state={}.",
                         meant.empty() ? "" : fmt::format("Did you mean {}?  ", meant),
                         meant.empty() ? "failed,lost" : meant));
}

/// Whether the word is the state's own name, or stands for it among others.
bool covers(std::string_view word, RunState state) {
    if (word == "live") return is_live(state);
    if (word == "finished") return !is_live(state);
    return word == to_string(state);
}

std::vector<RunState> read_states(const std::vector<std::string>& words) {
    std::vector<RunState> states;
    const auto known = state_words();
    for (const auto& word : words) {
        check_state_word(word, known);
        std::copy_if(all_states.begin(), all_states.end(), std::back_inserter(states),
                     [&](RunState state) { return covers(word, state); });
    }
    return states;
}

int list(World& world) {
    const auto limit = static_cast<int>(world.flags.number("limit", 1, 10'000));
    control::RunFilter filter{.states = read_states(world.flags.words("state")),
                              .limit = limit,
                              .newest_first = world.flags.text("sort") == "-created"};
    if (shows_cloud_run(world)) return list_executions(world, limit);
    auto& store = world.fleet().store();
    const auto now = store.hello().now;
    if (const auto config = world.flags.given("config"))
        filter.config_id = app::find_config(store, *config).id;
    if (world.flags.given("since")) filter.since = now - world.flags.duration("since");
    const auto runs = store.runs(filter);
    const auto& terminal = world.printer.terminal();
    constexpr std::size_t roomy = 110;
    world.printer.list(app::run_listing(runs, app::config_names(store, runs), now,
                                        !terminal.out || terminal.width >= roomy));
    if (runs.size() == static_cast<std::size_t>(limit) && world.printer.for_people())
        world.printer.note(fmt::format("There may be more: --limit={}", limit * 5));
    return 0;
}

int show(World& world) {
    auto& store = world.fleet().store();
    const auto run = app::find_run(store, world.argument(0));
    auto details = app::run_details(run, store.config(run.config_id), store.hello().now);
    for (auto& detail : app::report_details(run)) details.insert(details.end() - 1, detail);
    if (run.state == RunState::succeeded) details.pop_back();  // there is no more to see
    world.printer.one("sheetbq.run/v1", app::run_json(run, app::config_names(store, {run})),
                      "run_id", details);
    return 0;
}

int retry(World& world) {
    auto& store = world.fleet().store();
    const auto run = app::find_run(store, world.argument(0));
    const auto config = store.config(run.config_id);
    if (!config)
        throw Error{Code::not_found,
                    fmt::format("the configuration {} of this run is gone", run.config_id)}
            .because("its row was deleted")
            .fix("helper configs list shows those that are there.");
    if (is_live(run.state))
        throw Error{Code::conflict, "this run has not ended"}
            .because(fmt::format("it is {}", to_string(run.state)))
            .fix(fmt::format("helper status {0} --watch   or stop it: helper cancel {0}",
                             app::short_id(run.run_id)));
    const auto key = make_uuid(world.fleet().clock());
    store.request_run(config->id, key);
    const bool paused = store.pool_state().paused;
    world.printer.one("sheetbq.request/v1",
                      {{"config_id", config->id},
                       {"config_name", config->name},
                       {"key", key},
                       {"waits_for", paused ? "runs are paused" : boost::json::value(nullptr)}},
                      "config_id",
                      {{"asked", {fmt::format("for a new run of {}", config->name)}},
                       {"when",
                        {paused ? "after helper resume: runs are paused"
                                : "with the next tick, before all that is due"}},
                       {"next", {fmt::format("helper status --config {} --watch", config->id)}}});
    return 0;
}

int events(World& world) {
    auto& store = world.fleet().store();
    const auto run = app::find_run(store, world.argument(0));
    const auto messages = store.outbox({.waiting = false, .run_id = run.run_id});
    world.printer.list(app::run_events(run, messages, store.hello().now));
    return 0;
}

std::vector<app::Argument> run_argument() {
    return {{.name = "RUN",
             .description = "its id, the beginning of it, or the name of its execution",
             .required = true,
             .completes = "run"}};
}

}  // namespace

std::vector<Entry> runs_entries() {
    return {
        {{.path = "list",
          .heading = "Look",
          .summary = "list runs, newest first",
          .details =
              "Where no PostgreSQL is configured but a Cloud Run job is, lists the executions "
              "of that job.",
          .arguments = {},
          .examples = {{"helper list --limit=20", "the last 20"},
                       {"helper list --state=failed,lost --since=24h", "what went wrong today"},
                       {"helper list --config=orders -o json", "for programs: sheetbq.run/v1"},
                       {"helper list --state=live -o name | xargs -n1 helper cancel",
                        "stop what runs"}},
          .flags = fleet_flags(list_flags)},
         list},
        {{.path = "runs show",
          .heading = "Look",
          .summary = "show everything about a run: its report, columns and times",
          .details = {},
          .arguments = run_argument(),
          .examples = {{"helper runs show 019a2f3e-1b2c", "the beginning of the id is enough"},
                       {"helper runs show 019a2f3e-1b2c -o json --fields state,report.rows",
                        "for programs"}},
          .flags = fleet_flags({})},
         show},
        {{.path = "runs retry",
          .heading = "Run",
          .summary = "ask for a new run of a run's configuration",
          .details = "The next tick of an orchestrator starts it, before all that is due; its "
                     "configuration stops backing off.",
          .arguments = run_argument(),
          .examples = {{"helper runs retry 019a2f3e-1b2c", "once more"}},
          .flags = fleet_flags({})},
         retry},
        {{.path = "runs events",
          .heading = "Look",
          .summary = "show the life of a run, event by event",
          .details = {},
          .arguments = run_argument(),
          .examples = {{"helper runs events 019a2f3e-1b2c", "when what happened"}},
          .flags = fleet_flags({})},
         events},
    };
}

}  // namespace sheetbq::helper
