#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/run_listing.hpp"
#include "sheetbq/core/counted.hpp"
#include "sheetbq/core/uuid.hpp"
#include "world.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

using app::Flag;
using control::Run;
using control::RunState;

constexpr std::array cancel_flags{
    Flag{"config", "CONFIG", "", "", "Cancel", "the live run of this configuration"},
    Flag{"all", "", "", "false", "Cancel", "every live run"},
    Flag{"yes", "", "", "false", "Cancel", "do not ask", false, 'y'},
    Flag{"wait", "", "", "false", "Cancel", "wait until they have ended"},
};

constexpr std::array pause_flags{
    Flag{"reason", "TEXT", "", "", "Pause", "why, for those who look at helper status"},
};

const std::vector<RunState> live_ones{RunState::claimed, RunState::starting, RunState::running,
                                      RunState::cancelling};

/// Who types this, as user@host.
std::string person() {
    std::array<char, 64> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    const auto* const user = getpwuid(geteuid());
    return fmt::format("{}@{}", user == nullptr ? std::to_string(geteuid()) : user->pw_name,
                       host.data());
}

std::vector<Run> runs_to_cancel(World& world, control::Store& store) {
    const auto word = world.argument(0);
    const auto config = world.flags.given("config");
    const bool all = world.flags.on("all");
    if ((word.empty() ? 0 : 1) + (config ? 1 : 0) + (all ? 1 : 0) != 1)
        throw Error{Code::usage, "say which run to cancel"}
            .because("one of RUN, --config and --all is needed, and only one")
            .fix("Write e.g.: helper cancel 019a2f3e-1b2c   or: helper cancel --config=orders");
    if (!word.empty()) {
        auto run = app::find_run(store, word);
        if (is_live(run.state)) return {std::move(run)};
        throw Error{Code::conflict, fmt::format("run {} has ended", run.run_id)}
            .because(fmt::format(
                "{} {}", to_string(run.state),
                app::relative(run.finished_at.value_or(run.created_at), store.hello().now)))
            .fix(fmt::format("helper runs show {} tells how.", app::short_id(run.run_id)));
    }
    constexpr int most = 1'000;
    control::RunFilter filter{.states = live_ones, .limit = most};
    if (config) filter.config_id = app::find_config(store, *config).id;
    auto runs = store.runs(filter);
    if (runs.empty() && config)
        throw Error{Code::conflict, fmt::format("no run of {} is live", *config)}.fix(
            fmt::format("helper list --config={} shows its runs.", *config));
    return runs;
}

/// Where runs are executions of Cloud Run, whoever waits may as well carry the cancellation out.
void carry_out(World& world) {
    if (!world.fleet().on_cloud_run()) return;
    const control::TickOrder nothing_new{
        .tick_id = "cancel:" + make_uuid(world.fleet().clock()), .watch = false, .only = {0}};
    world.fleet().reconciler().tick(nothing_new, world.interrupter.interruption());
}

std::vector<std::string> ids_of(const std::vector<Run>& runs) {
    std::vector<std::string> ids;
    ids.reserve(runs.size());
    for (const auto& run : runs) ids.push_back(run.run_id);
    return ids;
}

/// @returns the runs as they ended.
std::vector<Run> wait_for_end(World& world, control::Store& store, const std::vector<Run>& runs) {
    constexpr std::chrono::milliseconds pause{1'000};
    const auto ids = ids_of(runs);
    for (;;) {
        carry_out(world);
        auto now = store.runs_by_id(ids);
        if (std::none_of(now.begin(), now.end(), [](const Run& run) { return is_live(run.state); }))
            return now;
        world.fleet().clock().sleep(std::min(pause, world.flags.duration("poll")), world.stop());
        if (world.stop().stop_requested())
            throw Error{Code::cancelled, "stopped waiting; the runs are asked to stop all the same"}
                .fix("helper list --state=live shows what still runs.");
    }
}

int cancel(World& world) {
    auto& store = world.fleet().store();
    auto runs = runs_to_cancel(world, store);
    if (world.flags.on("all") && !runs.empty())
        confirm(world, "cancel " + counted(runs.size(), "live run"));
    const auto names = app::config_names(store, runs);
    std::erase_if(runs, [&](const Run& run) { return !store.request_cancel(run.run_id); });
    if (world.flags.on("wait") && !runs.empty()) {
        runs = wait_for_end(world, store, runs);
    } else {
        runs = store.runs_by_id(ids_of(runs));
    }
    auto listing = app::run_listing(runs, names, store.hello().now, false);
    listing.empty = "No run is live.";
    world.printer.list(listing);
    if (!runs.empty() && !world.flags.on("wait"))
        world.printer.note(
            "Asked to stop. The next tick of an orchestrator carries it out; --wait "
            "does so at once, and waits for the end.");
    return 0;
}

int show_gate(World& world, control::Store& store) {
    const auto pool = store.pool_state();
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
    };
    world.printer.one(
        "sheetbq.pool/v1",
        {{"paused", pool.paused},
         {"paused_reason", text_or_null(pool.paused_reason)},
         {"paused_by", text_or_null(pool.paused_by)},
         {"paused_at", pool.paused_at ? boost::json::value(to_rfc3339(*pool.paused_at)) : nullptr},
         {"live", pool.live},
         {"max_running", pool.max_running}},
        "paused",
        {{"runs",
          {pool.paused ? "do not start" : "may start",
           pool.paused ? app::Tone::warning : app::Tone::good}},
         {"reason", {pool.paused_reason}},
         {"by", {pool.paused_by}},
         {"since", {pool.paused_at ? app::relative(*pool.paused_at, pool.now) : ""}},
         {"live", {pool.live > 0 ? fmt::format("{} go on", pool.live) : ""}},
         {"next", {pool.paused ? "helper resume" : "", app::Tone::dim}}});
    return 0;
}

int pause(World& world) {
    auto& store = world.fleet().store();
    store.pause(true, world.flags.text("reason"), person());
    return show_gate(world, store);
}

int resume(World& world) {
    auto& store = world.fleet().store();
    const auto before = store.pool_state();
    store.pause(false, "", "");
    if (!before.paused) world.printer.note("Runs were not paused.");
    return show_gate(world, store);
}

}  // namespace

std::vector<Entry> control_entries() {
    return {
        {{.path = "cancel",
          .heading = "Run",
          .summary = "stop live runs",
          .details =
              "A cancelled run loads nothing, unless BigQuery has begun to load already. Its "
              "configuration runs again when it is due next.",
          .arguments = {{.name = "RUN",
                         .description = "its id, the beginning of it, or the name of its execution",
                         .completes = "run"}},
          .examples = {{"helper cancel 019a2f3e-1b2c", "one run"},
                       {"helper cancel --config orders --wait", "the live run of orders, and wait"},
                       {"helper cancel --all --yes", "every live run, without asking"}},
          .flags = fleet_flags(cancel_flags)},
         cancel},
        {{.path = "pause",
          .heading = "Run",
          .summary = "let no run start; what runs goes on",
          .details = {},
          .arguments = {},
          .examples = {{"helper pause --reason 'moving the dataset'", "until helper resume"}},
          .flags = fleet_flags(pause_flags)},
         pause},
        {{.path = "resume",
          .heading = "Run",
          .summary = "let runs start again",
          .details = {},
          .arguments = {},
          .examples = {{"helper resume", "what is due starts with the next tick"}},
          .flags = fleet_flags({})},
         resume},
    };
}

}  // namespace sheetbq::helper
