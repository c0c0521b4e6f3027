#include "rollback_plan.hpp"

#include "sheetbq/app/humane.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::helper {
namespace {

using control::RunState;
using std::chrono::milliseconds;

constexpr int runs_looked_at = 20;
constexpr int most_jobs = 5;  // a run's load job and its repeats, numbered from 1
/// Under SKIP_UNCHANGED a run sets labels of the table after its load.
constexpr milliseconds labels_follow{15'000};

/// When a run began to change the table, and when it had.
struct Load {
    Clock::TimePoint began{};
    Clock::TimePoint ended{};
};

/// What a run's jobs tell, if one of them loaded. Before it, columns may have been widened by jobs
/// of their own: these belong to the load.
std::optional<Load> load_of(gcp::BigQuery& bigquery, const Target& target,
                            const std::string& location, const std::string& run_id,
                            std::stop_token stop) {
    std::int64_t began = 0;
    const auto ask = [&](const std::string& suffix) {
        auto job = bigquery.find_job(
            {target.table.project, location, fmt::format("sheetbq_{}_{}", run_id, suffix)}, stop);
        if (job && job->started_ms != 0 && (began == 0 || job->started_ms < began))
            began = job->started_ms;
        return job;
    };
    for (int number = 1; number <= most_jobs; ++number) {
        const auto job = ask(std::to_string(number));
        if (!job) return std::nullopt;
        if (!job->done || job->failed()) continue;
        const auto ended = job->ended_ms;
        ask("widen1");
        return Load{gcp::from_ms(began), gcp::from_ms(ended)};
    }
    return std::nullopt;
}

/// Whether the table was changed after the load, by anybody but its run.
bool changed_after(const gcp::TableInfo& table, const Load& load) {
    const auto late = table.labels.contains("sheetbq_content") ? labels_follow : milliseconds{0};
    return gcp::from_ms(table.modified_ms) > load.ended + late;
}

/// A load becomes visible between its job's start and end, at one moment that nobody is told. Its
/// start is the last moment at which it certainly was not.
Clock::TimePoint just_before(Clock::TimePoint change) { return change - milliseconds{1}; }

std::string run_words(const std::string& run_id) {
    return fmt::format("just before run {} loaded it", run_id);
}

std::vector<control::Run> finished_runs(World& world, const Target& target) {
    if (!target.config) return {};
    auto& store = world.fleet().read_only_store();
    if (!store.hello().schema_ready) return {};
    return store.runs(
        {.config_id = target.config->id,
         .states = {RunState::succeeded, RunState::failed, RunState::cancelled, RunState::lost},
         .limit = runs_looked_at});
}

void find_last_load(World& world, gcp::BigQuery& bigquery, RollbackPlan& plan) {
    for (const auto& run : finished_runs(world, plan.target)) {
        const auto load =
            load_of(bigquery, plan.target, plan.reach.location, run.run_id, world.stop());
        if (!load) continue;
        plan.at = just_before(load->began);
        plan.run_id = run.run_id;
        plan.moment = run_words(run.run_id);
        plan.changed_since = changed_after(plan.now, *load);
        return;
    }
    plan.at = just_before(gcp::from_ms(plan.now.modified_ms));
    plan.moment = "just before its last change";
}

void before_run(World& world, gcp::BigQuery& bigquery, RollbackPlan& plan,
                const std::string& run_id) {
    const auto load = load_of(bigquery, plan.target, plan.reach.location, run_id, world.stop());
    if (!load)
        throw Error{Code::not_found, fmt::format("run {} has loaded nothing", run_id)}
            .because(fmt::format("BigQuery has no finished load job sheetbq_{}_1 in project {}, {}",
                                 run_id, plan.target.table.project, plan.reach.location))
            .fix(plan.target.config
                     ? fmt::format("See its runs: helper list --config {}", plan.target.config->id)
                     : "Name a moment instead: --to=2h");
    plan.at = just_before(load->began);
    plan.run_id = run_id;
    plan.moment = run_words(run_id);
    plan.changed_since = changed_after(plan.now, *load);
}

Clock::TimePoint read_moment(const World& world, const std::string& text, Clock::TimePoint now) {
    if (const auto time = from_rfc3339(text)) {
        if (*time > now)
            throw Error{Code::usage, fmt::format("--to {} lies in the future", text)}.fix(
                "Write a moment that has passed, e.g. --to=2h for two hours ago.");
        return *time;
    }
    try {
        return now - world.flags.duration("to");
    } catch (const Error&) {
        throw Error{Code::usage, fmt::format("--to is \"{}\"", text)}
            .because("it is neither a time nor a length of time")
            .fix("Write e.g. --to=2026-01-31T08:00:00Z, or --to=2h for two hours ago.");
    }
}

void refuse_forgotten(const RollbackPlan& plan, Clock::TimePoint now) {
    if (now - plan.at <= plan.reach.window) return;
    const auto hours = plan.reach.window.count();
    throw Error{Code::not_found,
                fmt::format("BigQuery has forgotten what {} was {}", plan.target.table.dotted(),
                            app::relative(plan.at, now))}
        .because(fmt::format("the dataset {} keeps earlier states for {} days",
                             plan.target.table.dataset, hours / 24))
        .fix(fmt::format("Name a later moment, e.g. --to={}h.", hours - 1));
}

/// Why there is no such version, by what the table itself says.
Error no_version(const RollbackPlan& plan, const Error& refusal, Clock::TimePoint now) {
    const auto& table = plan.target.table;
    const auto created = gcp::from_ms(plan.now.created_ms);
    if (plan.at >= created) return refusal;
    return Error{Code::not_found, fmt::format("there is no earlier version of {}", table.dotted())}
        .because(fmt::format("it was made {} ({}), and {} there was no such table",
                             app::relative(created, now), app::exact(created),
                             plan.run_id.empty() ? "before that" : plan.moment))
        .fix(fmt::format("To be rid of the table: bq rm -t {}:{}.{}", table.project, table.dataset,
                         table.table));
}

gcp::TableInfo look(gcp::BigQuery& bigquery, const gcp::TableId& id, std::stop_token stop) {
    auto info = bigquery.find_table(id, stop);
    if (!info)
        throw Error{Code::not_found, fmt::format("there is no table {}", id.dotted())}
            .because("it was never loaded, or somebody deleted it")
            .fix(
                fmt::format("A table that was deleted comes back with its state of an hour ago by: "
                            "bq cp {0}:{1}.{2}@-3600000 {0}:{1}.{2}",
                            id.project, id.dataset, id.table));
    if (info->type != "TABLE")
        throw Error{Code::bad_config, fmt::format("{} cannot be rolled back", id.dotted())}
            .because(fmt::format("BigQuery keeps earlier versions of tables; its type is {}",
                                 info->type))
            .fix("Name a table that is loaded.");
    return std::move(*info);
}

}  // namespace

void refuse_live_run(World& world, const Target& target) {
    if (!target.config) return;
    auto& store = world.fleet().read_only_store();
    if (!store.hello().schema_ready) return;
    const auto live = store.runs(
        {.config_id = target.config->id,
         .states = {RunState::claimed, RunState::starting, RunState::running, RunState::cancelling},
         .limit = 1});
    if (live.empty()) return;
    const auto& run = live.front();
    throw Error{Code::conflict, fmt::format("a run of {} is under way", target.config->name)}
        .because(fmt::format("run {} is {}, and would load the table again", run.run_id,
                             to_string(run.state)))
        .fix(fmt::format(
            "Stop it: helper cancel {0}   or wait for its end: helper status {0} --watch",
            run.run_id));
}

RollbackPlan plan_rollback(World& world, gcp::BigQuery& bigquery, const Target& target) {
    refuse_live_run(world, target);
    gcp::TimeTravel travel{bigquery};
    const auto now = bigquery.api().clock().now();
    const auto to = world.flags.text("to");
    const auto before = world.flags.text("before");
    if (!to.empty() && !before.empty())
        throw Error{Code::usage, "--to and --before name two moments"}.fix(
            "Leave one of them out.");
    RollbackPlan plan{
        .target = target,
        .reach = travel.reach(target.table.project, target.table.dataset, world.stop()),
        .now = look(bigquery, target.table, world.stop())};
    if (!to.empty()) {
        plan.at = read_moment(world, to, now);
        plan.moment = "as --to says";
    } else if (!before.empty()) {
        before_run(world, bigquery, plan, before);
    } else {
        find_last_load(world, bigquery, plan);
    }
    if (plan.nothing_to_do()) return plan;
    refuse_forgotten(plan, now);
    try {
        plan.then = travel.look(target.table, plan.reach.location, plan.at, world.stop());
    } catch (const Error& error) {
        if (error.code() != Code::not_found) throw;
        throw no_version(plan, error, now);
    }
    plan.columns = app::column_changes(plan.now.schema, plan.then.schema);
    return plan;
}

}  // namespace sheetbq::helper
