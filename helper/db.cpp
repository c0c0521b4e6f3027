#include "sheetbq/app/humane.hpp"
#include "sheetbq/core/counted.hpp"
#include "world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using app::Shown;
using app::Tone;
using control::Finding;

constexpr std::array migrate_flags{
    Flag{"to", "N", "", "", "Schema", "the last step to take; default: all"},
    Flag{"dry-run", "", "", "false", "Schema", "show what would be done and do nothing"},
};

constexpr std::array vacuum_flags{
    Flag{"keep", "TIME", "", "90d", "History",
         "keep what ended within it; the last 20 runs of a configuration are always kept"},
    Flag{"yes", "", "", "false", "History", "do not ask", false, 'y'},
};

app::Listing step_listing(const std::vector<control::SchemaStep>& steps, Clock::TimePoint now) {
    app::Listing listing{.schema = "sheetbq.schema/v1",
                         .key = "steps",
                         .items = {},
                         .columns = {},
                         .name = "version",
                         .empty = ""};
    for (const auto& step : steps)
        listing.items.push_back(
            json::object{{"version", step.version},
                         {"name", step.name},
                         {"state", !step.applied_at ? "missing"
                                   : step.sound     ? "applied"
                                                    : "differs"},
                         {"applied_at", step.applied_at ? json::value(to_rfc3339(*step.applied_at))
                                                        : json::value(nullptr)}});
    listing.columns = {{"version", "step", {}, true, false},
                       {"name", "name"},
                       {"state", "state",
                        [](const json::object& item) -> Shown {
                            const auto word = app::plain_text(app::value_at(item, "state"));
                            return {word, word == "applied"   ? Tone::good
                                          : word == "missing" ? Tone::warning
                                                              : Tone::bad};
                        },
                        false, false},
                       {"applied_at", "applied", [now](const json::object& item) -> Shown {
                            const auto time =
                                from_rfc3339(app::plain_text(app::value_at(item, "applied_at")));
                            return {time ? app::relative(*time, now) : "", Tone::dim};
                        }}};
    return listing;
}

int migrate(World& world) {
    auto& store = world.fleet().bare_store();
    auto steps = store.schema();
    std::optional<int> to;
    if (world.flags.given("to"))
        to =
            static_cast<int>(world.flags.number("to", 1, steps.empty() ? 1 : steps.back().version));
    int taken = 0;
    if (!world.flags.on("dry-run")) {
        taken = store.migrate(to);
        steps = store.schema();
    }
    world.printer.list(step_listing(steps, store.hello().now));
    if (world.flags.on("dry-run")) {
        const auto missing = std::count_if(steps.begin(), steps.end(), [&](const auto& step) {
            return !step.applied_at && step.version <= to.value_or(step.version);
        });
        world.printer.note(counted(missing, "step") +
                           " would be taken. Nothing was done (--dry-run).");
    } else {
        world.printer.note(taken == 0 ? "The schema was up to date."
                                      : fmt::format("{} {} taken.", counted(taken, "step"),
                                                    taken == 1 ? "was" : "were"));
    }
    return 0;
}

int status(World& world) {
    auto& store = world.fleet().read_only_store();
    const auto steps = store.schema();
    // Not ready is what this tells, not a failure to tell it.
    world.printer.list(step_listing(steps, world.fleet().clock().now()));
    const bool ready = std::all_of(steps.begin(), steps.end(),
                                   [](const auto& step) { return step.applied_at && step.sound; });
    const bool differs =
        std::any_of(steps.begin(), steps.end(), [](const auto& step) { return !step.sound; });
    if (differs)
        world.printer.note("The schema is not the one that this program makes: helper db verify");
    else if (!ready)
        world.printer.note("The schema is not ready: helper db migrate");
    return ready ? 0 : exit_code(Code::database);
}

int sql(World& world) {
    world.printer.text(control::migration_sql());
    return 0;
}

std::string_view word_of(Finding::Level level) {
    switch (level) {
        case Finding::Level::ok:
            return "ok";
        case Finding::Level::warning:
            return "warning";
        case Finding::Level::failed:
            break;
    }
    return "failed";
}

app::Listing finding_listing(const std::vector<Finding>& findings) {
    app::Listing listing{.schema = "sheetbq.finding/v1",
                         .key = "findings",
                         .items = {},
                         .columns = {},
                         .name = "check",
                         .empty = ""};
    for (const auto& finding : findings)
        listing.items.push_back(json::object{
            {"state", word_of(finding.level)},
            {"check", finding.check},
            {"text", finding.text},
            {"hint", finding.fix.empty() ? json::value(nullptr) : json::value(finding.fix)}});
    listing.columns = {{"state", "",
                        [](const json::object& item) -> Shown {
                            const auto word = app::plain_text(app::value_at(item, "state"));
                            return {word, word == "ok"        ? Tone::good
                                          : word == "warning" ? Tone::warning
                                                              : Tone::bad};
                        },
                        false, false},
                       {"check", "check", {}, false, false},
                       {"text", "what"}};
    return listing;
}

int verify(World& world) {
    const auto findings = world.fleet().read_only_store().verify();
    world.printer.list(finding_listing(findings));
    bool failed = false;
    for (const auto& finding : findings) {
        failed = failed || finding.level == Finding::Level::failed;
        if (!finding.fix.empty() && world.printer.for_people())
            world.printer.note(fmt::format("{}: {}", finding.check, finding.fix));
    }
    return failed ? exit_code(Code::database) : 0;
}

int vacuum_history(World& world) {
    auto& store = world.fleet().store();
    const auto keep = std::chrono::duration_cast<std::chrono::hours>(world.flags.duration("keep"));
    confirm(world, fmt::format("delete runs that ended more than {} ago", app::span_text(keep)));
    std::int64_t deleted = 0;
    constexpr std::int64_t most_at_once = 100'000;  // of one sweep
    for (;;) {
        const auto gone = store.sweep(keep);
        deleted += gone;
        if (gone < most_at_once || world.stop().stop_requested()) break;
        world.printer.note(app::grouped(deleted, "run") + " deleted so far ...");
    }
    world.printer.one(
        "sheetbq.sweep/v1", {{"deleted_runs", deleted}, {"kept_hours", keep.count()}},
        "deleted_runs",
        {{"deleted", {app::grouped(deleted, "run") + ", with old ticks and sent messages"}},
         {"kept",
          {fmt::format("what ended within {}, and the last 20 runs of each "
                       "configuration",
                       app::span_text(keep))}}});
    return 0;
}

}  // namespace

std::vector<Entry> db_entries() {
    return {
        {{.path = "db migrate",
          .heading = "Administer",
          .summary = "create or update the schema sheetbq",
          .details = "Any number may do so at once; each step is taken by one of them, in a "
                     "transaction of its own. A role that may not create anything is told the SQL "
                     "for one that may.",
          .arguments = {},
          .examples = {{"helper db migrate --dry-run", "what is missing"},
                       {"helper db migrate", "do it"}},
          .flags = store_flags(migrate_flags)},
         migrate},
        {{.path = "db status",
          .heading = "Administer",
          .summary = "show which steps of the schema are applied",
          .details = {},
          .arguments = {},
          .examples = {{"helper db status", "exit code 5 when it is not ready"}},
          .flags = store_flags({})},
         status},
        {{.path = "db sql",
          .heading = "Administer",
          .summary = "print the SQL that creates or updates the schema",
          .details = "It may be run any number of times, and does only what is missing.",
          .arguments = {},
          .examples = {{"helper db sql | psql -v ON_ERROR_STOP=1", "as a role that may"}},
          .flags = plain_flags({})},
         sql},
        {{.path = "db verify",
          .heading = "Administer",
          .summary = "check schema, rights and whether what is stored holds together",
          .details = "Changes nothing; tells the command or the SQL that mends what it finds.",
          .arguments = {},
          .examples = {{"helper db verify", "exit code 5 when something failed"}},
          .flags = store_flags({})},
         verify},
        {{.path = "db vacuum-history",
          .heading = "Administer",
          .summary = "delete old runs, ticks and sent messages",
          .details = "The orchestrator does so every hour by its --keep-history.",
          .arguments = {},
          .examples = {{"helper db vacuum-history --keep 30d --yes", "keep a month"}},
          .flags = store_flags(vacuum_flags)},
         vacuum_history},
    };
}

}  // namespace sheetbq::helper
