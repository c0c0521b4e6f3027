#include "rollback_plan.hpp"
#include "sheetbq/app/humane.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <functional>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using app::Tone;

constexpr std::array flags{
    Flag{"to", "TIME", "", "", "Rollback",
         "the moment to go back to: a time such as 2026-01-31T08:00:00Z, or how long ago: 2h"},
    Flag{"before", "RUN", "", "", "Rollback", "go back to before this run's load"},
    Flag{"dry-run", "", "", "false", "Rollback", "show what would change, and change nothing"},
    Flag{"yes", "", "", "false", "Rollback", "do not ask", false, 'y'},
};
constexpr int most_jobs = 5;

std::string rows_change(std::uint64_t now, std::uint64_t then) {
    if (now == then) return fmt::format("{} now and then", app::grouped(now, "row"));
    return fmt::format("{} now, {} then", app::grouped(now, "row"),
                       app::grouped(static_cast<std::int64_t>(then)));
}

std::string columns_change(const RollbackPlan& plan) {
    std::string out;
    const auto line = [&](const std::string& text) { out += (out.empty() ? "" : "\n") + text; };
    for (const auto& change : plan.columns) {
        if (change.after.empty())
            line(fmt::format("- {} ({}) goes", change.name, change.before));
        else if (change.before.empty())
            line(fmt::format("+ {} ({}) comes back", change.name, change.after));
        else
            line(fmt::format("~ {} becomes {}, is {}", change.name, change.after, change.before));
    }
    return out.empty() ? fmt::format("the same {}", plan.now.schema.size()) : out;
}

/// What a person should know before saying yes.
std::string remarks_on(const RollbackPlan& plan) {
    const auto& info = plan.now;
    if (plan.changed_since && plan.columns.empty() && info.rows == plan.then.rows)
        return "it may have been put back already; for an earlier load: --before RUN";
    std::string out;
    if (info.partitioned || info.clustered)
        out += "partitions and clustering of the table may be lost";
    for (const auto& field : info.fields)
        if (field.as_object().contains("policyTags"))
            return out + (out.empty() ? "" : "; ") + "policy tags are those of that moment";
    return out;
}

json::object to_json(const RollbackPlan& plan, std::string_view state, const std::string& job_id) {
    json::array columns;
    const auto text = [](const std::string& type) {
        return type.empty() ? json::value(nullptr) : json::value(type);
    };
    for (const auto& change : plan.columns)
        columns.push_back(
            {{"name", change.name}, {"now", text(change.before)}, {"then", text(change.after)}});
    return {{"table", plan.target.table.dotted()},
            {"state", state},
            {"to", to_rfc3339(plan.at)},
            {"run_id", plan.run_id.empty() ? json::value(nullptr) : json::value(plan.run_id)},
            {"rows_now", plan.now.rows},
            {"rows_then", plan.then.rows},
            {"columns", std::move(columns)},
            {"modified_at", to_rfc3339(gcp::from_ms(plan.now.modified_ms))},
            {"changed_since_load", plan.changed_since},
            {"job_id", job_id.empty() ? json::value(nullptr) : json::value(job_id)}};
}

void show(const World& world, const RollbackPlan& plan, Clock::TimePoint now) {
    const auto changed = gcp::from_ms(plan.now.modified_ms);
    world.printer.one(
        "sheetbq.rollback/v1", to_json(plan, "planned", ""), "table",
        {{"table", {plan.target.table.dotted(), Tone::strong}},
         {"back to",
          {fmt::format("{} ({}), {}", app::exact(plan.at), app::relative(plan.at, now),
                       plan.moment)}},
         {"last change",
          {fmt::format("{} ({})", app::exact(changed), app::relative(changed, now))}},
         {"rows", {rows_change(plan.now.rows, plan.then.rows)}},
         {"columns", {columns_change(plan), plan.columns.empty() ? Tone::plain : Tone::warning}},
         {"undone too",
          {plan.changed_since ? "what changed the table after that load" : "", Tone::warning}},
         {"take care", {remarks_on(plan), Tone::warning}}});
}

gcp::JobId job_id(const RollbackPlan& plan, int number) {
    const auto& table = plan.target.table;
    // The same state of the same table goes back to the same moment once.
    return {
        table.project, plan.reach.location,
        fmt::format("sheetbq_rollback_{:016x}_{}_{}_{}", std::hash<std::string>{}(table.dotted()),
                    gcp::to_ms(plan.at), plan.now.modified_ms, number)};
}

Error explain_failed(const gcp::JobInfo& job, const gcp::JobId& id, const RollbackPlan& plan) {
    const auto code = job.reason == "accessDenied"    ? Code::permission_denied
                      : job.reason == "notFound"      ? Code::not_found
                      : job.reason == "quotaExceeded" ? Code::quota
                      : job.reason == "stopped"       ? Code::conflict
                                                      : Code::unavailable;
    return Error{code, fmt::format("{} was not restored", plan.target.table.dotted())}
        .because(fmt::format("BigQuery says {}: {} (job {})", job.reason, job.message, id.id))
        .fix(
            "The table stays as it is. Try another moment, e.g. --to=2h, or see the job: bq show "
            "-j " +
            id.id);
}

/// Copies the old state over the table. An earlier try that failed is followed by another.
/// @returns the job, and when it began.
std::pair<gcp::JobId, Clock::TimePoint> restore(gcp::BigQuery& bigquery, const RollbackPlan& plan,
                                                std::stop_token stop) {
    gcp::TimeTravel travel{bigquery};
    const auto began = gcp::to_ms(bigquery.api().clock().now());
    for (int number = 1;; ++number) {
        const auto id = job_id(plan, number);
        travel.start_restore(id, plan.target.table, plan.at, stop);
        const auto job = travel.wait(id, stop);
        if (!job.failed()) return {id, gcp::from_ms(job.started_ms)};
        const bool earlier = job.ended_ms != 0 && job.ended_ms < began;
        if (!earlier || number == most_jobs) throw explain_failed(job, id, plan);
    }
}

/// The table is what it was, by what BigQuery now says of it.
void prove(gcp::BigQuery& bigquery, const RollbackPlan& plan, const gcp::JobId& job,
           std::stop_token stop) {
    const auto after = bigquery.find_table(plan.target.table, stop);
    if (after && after->rows == plan.then.rows &&
        app::column_changes(after->schema, plan.then.schema).empty())
        return;
    throw Error{Code::conflict, fmt::format("{} is not what it was at {}",
                                            plan.target.table.dotted(), app::exact(plan.at))}
        .because(after ? fmt::format("the job {} succeeded, but the table has {}, and had {}",
                                     job.id, app::grouped(after->rows, "row"),
                                     app::grouped(plan.then.rows, "row"))
                       : fmt::format("the job {} succeeded, but now there is no table", job.id))
        .fix(fmt::format("Somebody else may have written to it meanwhile. Look: helper table {}",
                         plan.target.name()));
}

/// Nothing may have happened between looking and doing.
void check_unchanged(World& world, gcp::BigQuery& bigquery, const RollbackPlan& plan) {
    refuse_live_run(world, plan.target);
    const auto info = bigquery.find_table(plan.target.table, world.stop());
    if (info && info->modified_ms == plan.now.modified_ms) return;
    throw Error{Code::conflict, fmt::format("{} has just been changed", plan.target.table.dotted())}
        .because("it is no longer what you were shown")
        .fix(fmt::format("Look again: helper rollback {} --dry-run", plan.target.name()));
}

/// @param restored  when the table began to go back.
std::string what_follows(const RollbackPlan& plan, Clock::TimePoint restored) {
    auto undo =
        fmt::format("Undo this:       helper rollback {} --to={}", plan.target.table.dotted(),
                    to_rfc3339(restored - std::chrono::milliseconds{1}));
    if (!plan.target.config)
        return "The next run that loads this table replaces its rows again.\n" + undo;
    const auto& config = *plan.target.config;
    if (!config.active) return undo;
    return fmt::format(
        "The next run of {0} loads the sheet again. Correct the sheet before that, or:\n"
        "Keep the table:  helper configs disable {0}\n{1}",
        config.name, undo);
}

int rollback(World& world) {
    auto target = find_target(world, world.argument(0));
    app::Environment google{world.settings, short_patience, world.log, world.stop()};
    auto services = google.services();
    auto& bigquery = services.bigquery;
    if (!target.config && world.fleet().knows_postgres())
        target.config = config_of(world, target.table);
    const auto plan = plan_rollback(world, bigquery, target);
    const bool people = world.printer.for_people();
    const auto now = services.clock.now();
    if (plan.nothing_to_do()) {
        if (!people)
            world.printer.one("sheetbq.rollback/v1", to_json(plan, "unchanged", ""), "table", {});
        world.printer.note(fmt::format(
            "Nothing to do: the last change of {} was {}, before the moment you named.",
            target.table.dotted(), app::relative(gcp::from_ms(plan.now.modified_ms), now)));
        return 0;
    }
    const bool dry_run = world.flags.on("dry-run");
    if (people || dry_run) show(world, plan, now);
    if (dry_run) {
        world.printer.note("Nothing was changed. Without --dry-run the table goes back.");
        return 0;
    }
    confirm(world, fmt::format("put {} back", target.table.dotted()));
    check_unchanged(world, bigquery, plan);
    const auto [job, restored] = restore(bigquery, plan, world.stop());
    prove(bigquery, plan, job, world.stop());
    if (!people)
        world.printer.one("sheetbq.rollback/v1", to_json(plan, "restored", job.id), "table", {});
    else
        world.printer.text(fmt::format("Restored: {} has {} again.\n", target.table.dotted(),
                                       app::grouped(plan.then.rows, "row")));
    world.printer.note(what_follows(plan, restored));
    return 0;
}

}  // namespace

std::vector<Entry> rollback_entries() {
    return {
        {{.path = "rollback",
          .heading = "Run",
          .summary = "put a table back to before its last load",
          .details =
              "BigQuery keeps every state of a table for two to seven days. Shows what would "
              "change: "
              "rows, columns, and when; asks; and copies the earlier state over the table, whole "
              "or "
              "not at all.\n\n"
              "Without --to and --before the table goes back to before its last load, or, where no "
              "database with runs is configured, to before its last change. The next run loads the "
              "sheet again: correct the sheet before that, or disable the configuration.",
          .arguments = {{.name = "TABLE",
                         .description = "a configuration's id or name, or PROJECT.DATASET.TABLE",
                         .required = true,
                         .completes = "config"}},
          .examples = {{"helper rollback orders --dry-run", "what would change; changes nothing"},
                       {"helper rollback orders", "before its last load"},
                       {"helper rollback orders --to=3h", "what it was three hours ago"},
                       {"helper rollback my-project.sales.orders --to=2026-01-31T08:00:00Z --yes",
                        "a table by its name, without being asked"}},
          .flags = fleet_flags(flags)},
         rollback},
    };
}

}  // namespace sheetbq::helper
