#include "cloud_executions.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/log_entries.hpp"
#include "world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array log_flags{
    Flag{"follow", "", "", "false", "Log", "go on until the execution has ended", false, 'f'},
    Flag{"severity", "WORD", "", "", "Log", "only entries of this severity and above", false, '\0',
         "debug info notice warning error critical"},
    Flag{"since", "TIME", "", "", "Log", "only entries of the last 10m, 1h, 2d ..."},
    Flag{"limit", "N", "", "500", "Log", "at most so many entries, the newest"},
};

constexpr seconds most_between_polls{5};  ///< Cloud Logging takes 60 questions a minute
constexpr seconds late_entries{10};       ///< that come after the execution's end
constexpr std::chrono::hours kept{30 * 24};
constexpr std::string_view gone = "is not known to Cloud Run any more";

/// An execution, and since when it may have written.
struct Source {
    app::ExecutionName name;
    Clock::TimePoint since{};
};

Error no_execution(const control::Run& run) {
    const auto id = app::short_id(run.run_id);
    return Error{Code::not_found, fmt::format("the run {} has no log", id)}
        .because(fmt::format("it is {}, and no execution of it was started", to_string(run.state)))
        .fix(is_live(run.state) ? fmt::format("Wait for it: helper status {} --watch", id)
                                : fmt::format("What happened: helper runs show {}", id));
}

Error ran_locally(const control::Run& run) {
    const auto name = run.execution_name.value_or("");
    const auto begin = std::min(name.find('/'), name.size() - 1) + 1;
    const auto host = name.substr(begin, name.find('/', begin) - begin);
    return Error{Code::not_found, "this run's log is not in Cloud Logging"}
        .because(fmt::format("it ran on the machine {}, and its log went where that orchestrator's "
                             "or helper's output went",
                             host))
        .fix(fmt::format("Its report is here: helper runs show {}", app::short_id(run.run_id)));
}

Source source_of(const control::Run& run) {
    if (!run.execution_name) throw no_execution(run);
    const auto name = app::read_execution_name(*run.execution_name);
    if (!name) throw ran_locally(run);
    return {*name, run.created_at - std::chrono::minutes{5}};
}

control::Run last_run(control::Store& store, const std::string& word) {
    const auto config = app::find_config(store, word);
    const auto runs = store.runs({.config_id = config.id, .limit = 1});
    if (!runs.empty()) return runs.front();
    throw Error{Code::not_found, fmt::format("{} has not run yet", config.name)}
        .because("there is no run of this configuration")
        .fix(fmt::format("Run it: helper execute --config-id {}", config.id));
}

/// A run by the beginning of its id, an execution by its name, else the last run of a
/// configuration.
Source find_source(World& world) {
    const auto word = world.argument(0);
    auto& fleet = world.fleet();
    const auto since = fleet.clock().now() - kept;
    if (const auto whole = app::read_execution_name(word)) return {*whole, since};
    const auto job_name = world.flags.text("job-name");
    if (app::is_execution_of(job_name, word) || shows_cloud_run(world)) {
        const auto job = fleet.job_name();
        return {{job.project, job.region, job.job, word}, since};
    }
    auto& store = fleet.store();
    return source_of(app::looks_like_run(word) ? app::find_run(store, word)
                                               : last_run(store, word));
}

std::string filter_of(const World& world, const Source& source, Clock::TimePoint since) {
    auto filter =
        gcp::execution_filter(source.name.region, source.name.job, source.name.execution, since);
    auto severity = world.flags.text("severity");
    std::transform(severity.begin(), severity.end(), severity.begin(),
                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    if (!severity.empty()) filter += fmt::format(" AND severity>={}", severity);
    return filter;
}

/// The newest that there are, oldest first.
json::array entries(World& world, const Source& source, Clock::TimePoint since) {
    const auto limit = static_cast<std::size_t>(world.flags.number("limit", 1, 100'000));
    auto found =
        world.fleet().logging().entries(source.name.project, filter_of(world, source, since),
                                        "timestamp desc", limit, world.stop());
    json::array items;
    std::transform(found.rbegin(), found.rend(), std::back_inserter(items), app::log_entry_json);
    return items;
}

std::string text_of(const World& world, const json::object& item) {
    if (world.printer.format() == app::Format::json) return json::serialize(item) + "\n";
    return app::log_entry_text(item, world.printer.terminal().colour);
}

/// Prints what was not printed yet. @returns whether the report is among it.
bool print_new(World& world, const json::array& items, std::set<std::string>& printed) {
    bool finished = false;
    for (const auto& each : items) {
        const auto& item = each.as_object();
        const auto id = app::plain_text(app::value_at(item, "time")) +
                        app::plain_text(app::value_at(item, "insert_id"));
        if (!printed.insert(id).second) continue;
        world.printer.text(text_of(world, item));
        finished = finished || app::plain_text(app::value_at(item, "event")) == "run_finished";
    }
    return finished;
}

Error unknown_execution(const Source& source) {
    return Error{Code::not_found, fmt::format("there is no execution {}", source.name.execution)}
        .because(fmt::format("the job {} in {} has none of that name, and nothing it wrote is left",
                             source.name.job, source.name.region))
        .fix("helper list shows the newest runs with their executions.");
}

/// How the execution ended; nothing while it runs.
std::optional<std::string> ending(World& world, const Source& source) {
    const auto found = world.fleet().run_jobs().find_execution(source.name.full(), world.stop());
    if (!found) return std::string{gone};
    if (found->completion_time.empty()) return std::nullopt;
    if (found->succeeded == found->task_count) return "has ended: succeeded";
    return found->cancelled > 0 ? "has ended: cancelled" : "has ended: failed";
}

/// Prints until the execution has ended and its last lines have come.
void print_until_end(World& world, const Source& source, Clock::TimePoint since) {
    auto& clock = world.fleet().clock();
    const auto pause = std::min<milliseconds>(world.flags.duration("poll"), most_between_polls);
    std::set<std::string> printed;
    std::optional<std::string> ended;
    std::optional<std::chrono::nanoseconds> give_up;
    while (true) {
        const bool reported = print_new(world, entries(world, source, since), printed);
        if (!ended) ended = ending(world, source);
        if (ended == gone && printed.empty()) throw unknown_execution(source);
        if (ended && !give_up) give_up = clock.monotonic() + late_entries;
        const bool severe = world.flags.given("severity").has_value();  // hides the report
        if (ended && (reported || severe || clock.monotonic() >= *give_up)) break;
        clock.sleep(pause, world.stop());
        if (world.stop().stop_requested()) throw Error{Code::cancelled, "stopped"};
    }
    world.printer.note(fmt::format("{} {}.", source.name.execution, *ended));
}

int follow(World& world, const Source& source, Clock::TimePoint since) {
    const auto format = world.printer.format();
    if (!world.printer.for_people() && format != app::Format::json)
        throw Error{Code::usage, "what is followed cannot be written in that form"}
            .because("it has no end yet")
            .fix("Leave --follow out, or write -o json for a line of JSON an entry.");
    try {
        print_until_end(world, source, since);
    } catch (const Error& error) {
        if (error.code() != Code::cancelled || world.interrupter.signal() == 0) throw;
        world.printer.note(
            fmt::format("\nNot followed any more; what runs goes on. Again: helper logs {} "
                        "--follow",
                        world.argument(0)));
        return 128 + world.interrupter.signal();
    }
    return 0;
}

app::Listing listing(json::array items) {
    return {.schema = "sheetbq.log_entry/v1",
            .key = "entries",
            .items = std::move(items),
            .columns = {{"time", "time"}, {"severity", "severity"}, {"message", "message"}},
            .name = "insert_id",
            .empty = {}};
}

int logs(World& world) {
    const auto source = find_source(world);
    auto since = source.since;
    if (world.flags.given("since"))
        since = world.fleet().clock().now() - world.flags.duration("since");
    if (world.flags.on("follow")) return follow(world, source, since);
    auto items = entries(world, source, since);
    if (items.empty() && ending(world, source) == gone) throw unknown_execution(source);
    if (items.empty() && world.printer.for_people()) {
        world.printer.note(fmt::format(
            "{} has written nothing that matches. Lines take some seconds to arrive: helper logs "
            "{} --follow waits for them.",
            source.name.execution, world.argument(0)));
        return 0;
    }
    if (world.printer.format() != app::Format::table) {
        world.printer.list(listing(std::move(items)));
        return 0;
    }
    std::set<std::string> printed;
    print_new(world, items, printed);
    return 0;
}

}  // namespace

std::vector<Entry> logs_entries() {
    return {
        {{.path = "logs",
          .heading = "Look",
          .summary = "print what an execution wrote to Cloud Logging",
          .details =
              "Of a configuration, its last run. A run on this or another machine wrote to where "
              "that machine's output goes, and not to Cloud Logging.\n\n"
              "--follow asks every 5 seconds at most, says how the execution ended, and ends with "
              "it; Ctrl-C ends it before, and the execution goes on. With -o json it writes a line "
              "an entry.",
          .arguments = {{.name = "RUN",
                         .description = "a run's id or its beginning, an execution, or a "
                                        "configuration: its last run",
                         .required = true,
                         .completes = "config"}},
          .examples = {{"helper logs orders", "the last run of the configuration orders"},
                       {"helper logs orders --follow", "until it has ended"},
                       {"helper logs 019a2f3e-1b2c --severity=warning", "what was odd"},
                       {"helper logs sheettobigquery-job-x7k2p -o json", "for programs"}},
          .flags = fleet_flags(log_flags)},
         logs},
    };
}

}  // namespace sheetbq::helper
