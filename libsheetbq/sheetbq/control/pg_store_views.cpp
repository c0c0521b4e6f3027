#include "sheetbq/control/pg_claim_sql.hpp"
#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/postgres_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

/// Looking, without touching.
namespace sheetbq::control {
namespace {

/// The smallest version 7 id of a time: ids sort by time, so the primary key finds the young.
constexpr auto id_since =
    "(overlay(overlay(lpad(to_hex(greatest(0, floor(date_part('epoch', {0}) * 1000))::bigint), 12,"
    " '0') || '70008000000000000000' PLACING '-' FROM 9 FOR 0) PLACING '-' FROM 14 FOR 0))::uuid";

/// One page of runs, or of status, does not carry every report: only what it shows of it.
constexpr auto short_report =
    "CASE WHEN r.rows_loaded IS NOT NULL THEN json_build_object('rows', r.rows_loaded) END";

bool all_live(const std::vector<RunState>& states) {
    return !states.empty() && std::all_of(states.begin(), states.end(), is_live);
}

std::map<std::string, std::int64_t> counts(const PgAnswer& answer) {
    std::map<std::string, std::int64_t> out;
    for (int i = 0; i < answer.size(); ++i) {
        PgRow row{answer, i};
        auto name = row.text();
        out[std::move(name)] = row.big();
    }
    return out;
}

std::string time_since(std::string_view moment) {
    return fmt::format(fmt::runtime(id_since), moment);
}

/// What waits for its time, for those that have one of their own.
std::string waiting_sql(const PgConfigTable& table) {
    return fmt::format(
        R"(SELECT count(*), coalesce(max(date_part('epoch', now() - d.due_at)), 0)
  FROM (SELECT {due_at} AS due_at FROM {table} c LEFT JOIN {states} ON s.config_id = c.id
         WHERE c.is_active AND c.run_frequency_hours > 0 AND {time_due}
           AND (s.not_before IS NULL OR s.not_before <= now())
           AND NOT EXISTS (SELECT 1 FROM sheetbq.run r WHERE r.config_id = c.id AND r.{live})) AS d)",
        fmt::arg("due_at", due_at_sql()), fmt::arg("table", table.name),
        fmt::arg("states", waiting_states_sql()), fmt::arg("time_due", time_due_sql()),
        fmt::arg("live", live_states));
}

std::string totals_sql(const PgConfigTable& table) {
    return fmt::format(
        R"(SELECT count(*), count(*) FILTER (WHERE c.is_active), count(*) FILTER (WHERE s.failures > 0),
       count(s.incident_id),
       (SELECT count(*) FROM sheetbq.outbox WHERE sent_at IS NULL AND NOT dead),
       (SELECT coalesce(sum(duplicate_executions), 0) FROM sheetbq.pool),
       (SELECT coalesce(date_part('epoch', clock_timestamp() - min(next_poll_at)), 0) FROM sheetbq.run r
         WHERE r.{} AND next_poll_at <= clock_timestamp()
           AND (lease_owner IS NULL OR lease_expires_at < clock_timestamp()))
  FROM {} c LEFT JOIN sheetbq.config_state s ON s.config_id = c.id)",
        live_states, table.name);
}

}  // namespace

ConfigState PostgresStore::config_state(int config_id) {
    const auto answer =
        look(fmt::format("SELECT {} FROM sheetbq.config_state s WHERE s.config_id = $1::int",
                         config_state_columns()),
             {config_id}, PgPlan::kept);
    if (answer.empty()) return {};
    PgRow row{answer};
    return read_config_state(row);
}

std::optional<Run> PostgresStore::run(const std::string& run_id) {
    const std::vector<std::string> ids{run_id};
    auto found = runs_by_id(ids);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<Run> PostgresStore::runs_by_id(std::span<const std::string> run_ids) {
    std::vector<std::string> ids;
    std::copy_if(run_ids.begin(), run_ids.end(), std::back_inserter(ids), is_uuid);
    if (ids.empty()) return {};
    return read_runs(
        look(fmt::format("SELECT {} FROM sheetbq.run r WHERE r.run_id = ANY ($1::uuid[])"
                         " ORDER BY r.run_id",
                         run_columns()),
             {ids}));
}

std::vector<Run> PostgresStore::find_runs(const std::string& word) {
    constexpr int few = 6;
    const auto [first, last] = uuid_range(word);
    if (!first.empty()) {
        auto found = read_runs(look(fmt::format("SELECT {} FROM sheetbq.run r WHERE r.run_id"
                                                " BETWEEN $1::uuid AND $2::uuid"
                                                " ORDER BY r.run_id DESC LIMIT $3::int",
                                                run_columns()),
                                    {first, last, few}));
        if (!found.empty()) return found;
    }
    return read_runs(look(fmt::format("SELECT {} FROM sheetbq.run r WHERE r.execution_name = $1 OR"
                                      " right(r.execution_name, length($1) + 12) ="
                                      " '/executions/' || $1 ORDER BY r.run_id DESC LIMIT $2::int",
                                      run_columns()),
                          {word, few}));
}

/// A scan of the primary key, newest first, or of one configuration's history. An id is made a
/// little before its row.
std::vector<Run> PostgresStore::runs(const RunFilter& filter) {
    std::vector<PgArgument> arguments{filter.limit};
    std::string where = "true";
    const auto add = [&](const std::string& condition, const PgArgument& argument) {
        arguments.push_back(argument);
        where +=
            fmt::format(fmt::runtime(" AND " + condition), fmt::format("${}", arguments.size()));
    };
    if (filter.config_id) add("r.config_id = {}::int", *filter.config_id);
    if (filter.since) {
        const std::string since = "to_timestamp({0}::float8)";
        add("r.created_at >= " + since, *filter.since);
        where +=
            fmt::format(" AND r.run_id >= {}",
                        time_since(fmt::format("to_timestamp(${}::float8) - interval '1 minute'",
                                               arguments.size())));
    }
    if (all_live(filter.states)) where += fmt::format(" AND r.{}", live_states);
    if (!filter.states.empty()) {
        std::vector<std::string> words;
        for (const auto state : filter.states) words.emplace_back(to_string(state));
        add("r.state = ANY ({}::sheetbq.run_state[])", words);
    }
    return read_runs(
        look(fmt::format("SELECT {} FROM sheetbq.run r WHERE {} ORDER BY r.run_id {} LIMIT $1::int",
                         run_columns(), where, filter.newest_first ? "DESC" : "ASC"),
             arguments));
}

std::vector<ConfigOverview> PostgresStore::overview(int recent) {
    auto transaction = pool_.begin();
    const auto configs = transaction.run(
        fmt::format("SELECT {}, {}, CASE WHEN c.is_active THEN date_part('epoch', {}) END,"
                    " r.run_id IS NOT NULL, {}"
                    " FROM {} c LEFT JOIN sheetbq.config_state s ON s.config_id = c.id"
                    " LEFT JOIN sheetbq.run r ON r.config_id = c.id AND r.{} ORDER BY c.name, c.id",
                    table_.columns(), config_state_columns(), due_at_sql(),
                    run_columns(short_report), table_.name, live_states));
    auto lines = read_all(configs, [](PgRow& row) {
        ConfigOverview line{.config = read_config(row), .state = read_config_state(row)};
        line.due_at = row.optional_time();
        if (row.flag()) line.live = read_run(row);
        return line;
    });
    const auto history = transaction.run(
        fmt::format("SELECT {} FROM {} c CROSS JOIN LATERAL (SELECT * FROM sheetbq.run h"
                    " WHERE h.config_id = c.id AND h.finished_at IS NOT NULL"
                    " ORDER BY h.run_id DESC LIMIT $1::int) AS r ORDER BY c.id, r.run_id DESC",
                    run_columns(short_report), table_.name),
        {recent});
    std::map<int, std::vector<Run>> finished;
    for (auto& run : read_runs(history)) finished[run.config_id].push_back(std::move(run));
    for (auto& line : lines)
        if (const auto found = finished.find(line.config.id); found != finished.end())
            line.recent = std::move(found->second);
    return lines;
}

FleetMetrics PostgresStore::metrics() {
    auto transaction = pool_.begin();
    FleetMetrics metrics;
    metrics.live = counts(transaction.run(fmt::format(
        "SELECT r.state, count(*) FROM sheetbq.run r WHERE r.{} GROUP BY r.state", live_states)));
    metrics.finished = counts(
        transaction.run("SELECT state, count(*) FROM sheetbq.run WHERE finished_at IS NOT NULL"
                        " AND finished_at > now() - interval '24 hours' GROUP BY state"));
    const auto totals = transaction.run(totals_sql(table_));
    PgRow total{totals};
    for (auto* number :
         {&metrics.configs, &metrics.active, &metrics.failing, &metrics.open_incidents,
          &metrics.outbox_pending, &metrics.duplicate_executions})
        *number = total.big();
    metrics.oldest_unseen_poll = total.real();
    const auto lateness = transaction.run(fmt::format(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY late), percentile_cont(0.99) WITHIN"
        " GROUP (ORDER BY late) FROM (SELECT greatest(0, date_part('epoch', created_at - due_at))"
        " AS late FROM sheetbq.run WHERE run_id >= {} AND trigger = 'schedule') AS young",
        time_since("now() - interval '24 hours'")));
    PgRow late{lateness};
    metrics.lateness_p50 = late.real();
    metrics.lateness_p99 = late.real();
    const auto waiting = transaction.run(waiting_sql(table_), {0});
    PgRow wait{waiting};
    metrics.due = wait.big();
    metrics.lateness_max = wait.real();
    return metrics;
}

}  // namespace sheetbq::control
