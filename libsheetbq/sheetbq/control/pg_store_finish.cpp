#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/policy.hpp"
#include "sheetbq/control/postgres_store.hpp"
#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>

#include <utility>

/// The end of a run: four effects, or none.
namespace sheetbq::control {
namespace {

std::string end_sql() {
    return fmt::format(
        "UPDATE sheetbq.run r SET state = $3::sheetbq.run_state, finished_at = clock_timestamp(),"
        " lease_owner = NULL, lease_expires_at = NULL, exit_code = $4::int, error_class = $5,"
        " error_message = nullif($6, ''), error_hint = nullif($7, ''),"
        " log_uri = coalesce(nullif($8, ''), r.log_uri), report = $9::json,"
        " rows_loaded = $10::bigint, config_hash = coalesce(r.config_hash, nullif($11, ''))"
        " WHERE r.run_id = $1::uuid AND {} AND r.{} RETURNING {}",
        injected_bug("no_fence") ? "$2::bigint IS NOT NULL" : "r.fence = $2::bigint", live_states,
        run_columns());
}

/// Stamps last_run and answers what the consequences depend on, the state locked.
std::string stamp_sql(const PgConfigTable& table) {
    return fmt::format(
        "WITH stamped AS (UPDATE {0} SET last_run = greatest(coalesce(last_run, '-infinity'),"
        " (SELECT created_at FROM sheetbq.run WHERE run_id = $2::uuid))"
        " WHERE id = $1::int AND $3::boolean),"
        " s AS (SELECT * FROM sheetbq.config_state WHERE config_id = $1::int FOR UPDATE)"
        " SELECT date_part('epoch', clock_timestamp()), {1}, c.id IS NOT NULL, {2}"
        " FROM (SELECT 1) AS one LEFT JOIN s ON true LEFT JOIN {0} c ON c.id = $1::int",
        table.name, config_state_columns(), table.columns());
}

constexpr auto state_sql = R"(
WITH state AS (
  INSERT INTO sheetbq.config_state AS s (config_id, failures, not_before, config_hash, failing_since,
    last_error_class, last_error, last_hint, incident_id, incident_opened_at, last_notified_at, reminders,
    sheets_requests)
  VALUES ($1::int, $2::int, to_timestamp($3::float8), nullif($4, ''), to_timestamp($5::float8), nullif($6, ''),
    nullif($7, ''), nullif($8, ''), nullif($9, '')::uuid, to_timestamp($10::float8), to_timestamp($11::float8),
    $12::int, $13::int)
  ON CONFLICT (config_id) DO UPDATE SET failures = excluded.failures, not_before = excluded.not_before,
    config_hash = excluded.config_hash, failing_since = excluded.failing_since,
    last_error_class = excluded.last_error_class, last_error = excluded.last_error,
    last_hint = excluded.last_hint, incident_id = excluded.incident_id,
    incident_opened_at = excluded.incident_opened_at, last_notified_at = excluded.last_notified_at,
    reminders = excluded.reminders, sheets_requests = excluded.sheets_requests)
INSERT INTO sheetbq.outbox (dedup_key, kind, payload)
SELECT key, kind, payload::json FROM unnest($14::text[], $15::text[], $16::text[]) AS message (key, kind, payload)
ON CONFLICT (dedup_key) DO NOTHING)";

std::vector<PgArgument> state_arguments(int config_id, const Consequence& consequence) {
    std::vector<std::string> keys;
    std::vector<std::string> kinds;
    std::vector<std::string> payloads;
    for (const auto& message : consequence.messages) {
        keys.push_back(message.dedup_key);
        kinds.push_back(message.kind);
        payloads.push_back(message.payload);
    }
    const auto& state = consequence.state;
    return {config_id,
            state.failures,
            state.not_before,
            state.config_hash,
            state.failing_since,
            state.last_error_class,
            state.last_error,
            state.last_hint,
            state.incident_id,
            state.incident_opened_at,
            state.last_notified_at,
            state.reminders,
            state.sheets_requests,
            keys,
            kinds,
            payloads};
}

PgArgument error_class(const Ending& ending) {
    if (ending.state == RunState::succeeded) return std::nullopt;
    if (ending.blameless) return "infrastructure";
    return ending.code ? PgArgument{to_string(*ending.code)} : PgArgument{std::nullopt};
}

Ending storable_ending(Ending ending) {
    ending.message = storable(ending.message);
    ending.hint = storable(ending.hint);
    return ending;
}

}  // namespace

bool PostgresStore::finish(const Run& run, const Ending& ending) {
    const auto said = storable_ending(ending);
    std::optional<PgTransaction> transaction{std::in_place, pool_};
    const auto ended =
        transaction->run(end_sql(),
                         {run.run_id, run.fence, to_string(said.state), said.exit_code,
                          error_class(said), said.message, said.hint, said.log_uri,
                          json_argument(said.report), rows_in_report(said.report), run.config_hash},
                         PgPlan::kept);
    if (ended.empty()) return false;
    if (injected_bug("two_transactions")) {
        transaction->commit();
        transaction.reset();
        transaction.emplace(pool_);
    }
    crash_point("finish_mid_tx");
    PgRow row{ended};
    draw_consequences(*transaction, read_run(row), said);
    transaction->commit();
    return true;
}

void PostgresStore::draw_consequences(PgTransaction& transaction, const Run& run,
                                      const Ending& ending) {
    const auto answer = transaction.run(
        stamp_sql(table_), {run.config_id, run.run_id, ending.state == RunState::succeeded},
        PgPlan::kept);
    PgRow row{answer};
    const auto now = row.time();
    const auto before = read_config_state(row);
    const bool exists = row.flag();
    const auto config = exists ? std::optional<Config>{read_config(row)} : std::nullopt;
    const auto follows = consequence(before, run, ending, config, now, jitter_, make_uuid(clock_));
    transaction.run(state_sql, state_arguments(run.config_id, follows), PgPlan::kept);
}

}  // namespace sheetbq::control
