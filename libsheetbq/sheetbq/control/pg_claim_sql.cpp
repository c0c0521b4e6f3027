#include "sheetbq/control/pg_claim_sql.hpp"

#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/pg_run_row.hpp"

#include <fmt/format.h>

namespace sheetbq::control {
namespace {

constexpr auto every_tick = "(c.run_frequency_hours IS NULL OR c.run_frequency_hours <= 0)";

constexpr auto spreadsheet =
    "coalesce(substring(c.google_sheet_url from '/d/([A-Za-z0-9_-]+)'), c.google_sheet_url, '')";

constexpr auto wanted =
    "(cardinality($3::int[]) = 0 OR c.id = ANY ($3::int[])) AND c.id <> ALL ($4::int[])";

constexpr auto slot_key =
    "CASE WHEN requested IS NOT NULL THEN 'manual:' || requested"
    " WHEN every_tick THEN 'tick:' || $2::text"
    " ELSE 'lr:' || coalesce(extract(epoch FROM last_run)::text, 'never') END";

/// Backing off, and not edited since the failure. The hash costs, so only these rows are hashed.
std::string backing_off(const PgConfigTable& table) {
    return fmt::format(
        "CASE WHEN s.not_before > now() THEN s.config_hash IS NULL OR s.config_hash = {}"
        " ELSE false END",
        table.hash());
}

/// What is due and not live: `live` and `fresh`. NOT IN is hashed; NOT EXISTS becomes a nested
/// loop, since the planner takes `live` for a few rows: 100 ms more at 550 live and 1,500 due.
std::string fresh(const PgConfigTable& table) {
    return fmt::format(
        R"(WITH live AS MATERIALIZED (SELECT config_id, coalesce(spreadsheet_id, '') AS spreadsheet_id
                               FROM sheetbq.run WHERE {live}),
cand AS (
  SELECT c.id, c.google_cloud_project_id AS project_id, c.last_run, {spreadsheet} AS spreadsheet_id,
         {every_tick} AS every_tick, s.run_requested_key AS requested,
         CASE WHEN s.run_requested_key IS NULL THEN {due_at}
              ELSE coalesce(s.run_requested_at, now()) END AS due_at
    FROM {table} c LEFT JOIN {waiting_states} ON s.config_id = c.id
   WHERE (s.run_requested_key IS NOT NULL OR (c.is_active AND {time_due} AND NOT {backing_off}))
     AND c.id NOT IN (SELECT config_id FROM live)
     AND {wanted}),
keyed AS (SELECT *, {slot_key} AS slot_key FROM cand),
fresh AS (SELECT k.* FROM keyed k WHERE k.requested IS NOT NULL OR NOT (k.every_tick AND EXISTS
          (SELECT 1 FROM sheetbq.run r WHERE r.config_id = k.id AND r.slot_key = k.slot_key))))",
        fmt::arg("live", live_states), fmt::arg("spreadsheet", spreadsheet),
        fmt::arg("every_tick", every_tick), fmt::arg("due_at", due_at_sql()),
        fmt::arg("table", table.name), fmt::arg("waiting_states", waiting_states_sql()),
        fmt::arg("time_due", time_due_sql()), fmt::arg("backing_off", backing_off(table)),
        fmt::arg("wanted", wanted), fmt::arg("slot_key", slot_key));
}

}  // namespace

/// Every configuration that ever ended has a state, few of them say anything about being due.
std::string waiting_states_sql() {
    return "(SELECT * FROM sheetbq.config_state"
           " WHERE not_before IS NOT NULL OR run_requested_key IS NOT NULL) AS s";
}

/// In seconds, as floats: no frequency and no last_run, infinity included, is out of range.
std::string time_due_sql() {
    return fmt::format(
        "(c.last_run IS NULL OR {} OR"
        " date_part('epoch', now()) - date_part('epoch', c.last_run) >="
        " c.run_frequency_hours * 3600::float8"
        " - least($1::float8, c.run_frequency_hours * 180::float8))",
        every_tick);
}

std::string due_at_sql() {
    return fmt::format(
        "CASE WHEN c.last_run IS NULL THEN coalesce(c.created_at, 'epoch')"
        " WHEN {} THEN c.last_run"
        " ELSE least(c.last_run, '9999-01-01')"
        " + make_interval(hours => least(c.run_frequency_hours, 8760000)) END",
        every_tick);
}

std::vector<PgArgument> due_arguments(const ClaimOrder& order) {
    return {static_cast<double>(order.due_slack.count()) / 1000, order.tick_id, order.only,
            order.exclude};
}

std::string due_left_sql(const PgConfigTable& table) {
    return fresh(table) + " SELECT count(*) FROM fresh";
}

/// One statement is one snapshot, and a finish is one transaction: a snapshot sees either the live
/// row or the new last_run. The attempt is counted from the runs of the slot, not from failures:
/// an owner may reset last_run, and its slot then exists already.
std::string claim_sql(const PgConfigTable& table) {
    return fmt::format(
        R"({fresh},
cap AS (SELECT greatest(0, least($5::bigint - (SELECT count(*) FROM live), $6::bigint)) AS n),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY project_id ORDER BY requested IS NULL, due_at, id) AS turn,
         row_number() OVER (PARTITION BY spreadsheet_id ORDER BY requested IS NULL, due_at, id) AS in_sheet
    FROM fresh),
pick AS (
  SELECT r.*, 1 + coalesce((SELECT max(x.attempt) FROM sheetbq.run x
                             WHERE x.config_id = r.id AND x.slot_key = r.slot_key), 0) AS attempt
    FROM ranked r
   WHERE in_sheet = 1 AND r.spreadsheet_id NOT IN (SELECT spreadsheet_id FROM live)
   ORDER BY requested IS NULL, turn, due_at, id LIMIT (SELECT n FROM cap)),
numbered AS (SELECT *, row_number() OVER (ORDER BY requested IS NULL, turn, due_at, id) AS place FROM pick),
made AS (
  INSERT INTO sheetbq.run AS r (run_id, config_id, slot_key, attempt, trigger, lease_owner,
                                lease_expires_at, due_at, spreadsheet_id, project_id, next_poll_at)
  SELECT ($9::uuid[])[place], id, slot_key, attempt,
         CASE WHEN requested IS NULL THEN 'schedule' ELSE 'manual' END, $7,
         clock_timestamp() + $8::bigint * interval '1 ms', due_at, spreadsheet_id, project_id,
         clock_timestamp() + $8::bigint * interval '1 ms' FROM numbered
  {conflict} RETURNING r.*),
consumed AS (
  UPDATE sheetbq.config_state s SET run_requested_key = NULL, run_requested_at = NULL
    FROM made m WHERE s.config_id = m.config_id AND m.slot_key = 'manual:' || s.run_requested_key)
SELECT {columns} FROM made r ORDER BY array_position($9::uuid[], r.run_id))",
        fmt::arg("fresh", fresh(table)),
        fmt::arg("conflict", injected_bug("no_unique_index") ? "" : "ON CONFLICT DO NOTHING"),
        fmt::arg("columns", run_columns()));
}

std::string due_sql(const PgConfigTable& table, bool schema_ready) {
    constexpr auto no_runs =
        "(SELECT NULL::uuid AS run_id, NULL::int AS config_id, NULL::text AS spreadsheet_id,"
        " NULL::text AS slot_key, NULL::text AS state WHERE false)";
    constexpr auto no_states =
        "(SELECT NULL::int AS config_id, NULL::int AS failures, NULL::timestamptz AS not_before,"
        " NULL::text AS config_hash, NULL::text AS run_requested_key,"
        " NULL::timestamptz AS run_requested_at WHERE false)";
    return fmt::format(
        R"(WITH live AS MATERIALIZED (SELECT run_id, config_id, spreadsheet_id FROM {runs} r WHERE {live}),
cap AS (SELECT greatest(0, least($5::bigint - (SELECT count(*) FROM live), $6::bigint)) AS n),
seen AS (
  SELECT c.id, c.google_cloud_project_id AS project_id, c.last_run, {spreadsheet} AS spreadsheet_id,
         {every_tick} AS every_tick, s.run_requested_key AS requested, s.failures, l.run_id AS live_run,
         s.run_requested_key IS NOT NULL OR (coalesce(c.is_active, false) AND {time_due}) AS due,
         CASE WHEN s.run_requested_key IS NOT NULL THEN coalesce(s.run_requested_at, now())
              WHEN c.is_active THEN {due_at} END AS due_at,
         CASE WHEN s.run_requested_key IS NULL AND {backing_off} THEN s.not_before END AS not_before
    FROM {table} c LEFT JOIN {states} s ON s.config_id = c.id LEFT JOIN live l ON l.config_id = c.id
   WHERE {wanted}),
keyed AS (SELECT *, {slot_key} AS slot_key FROM seen),
judged AS (
  SELECT k.*, due AND not_before IS NULL AND live_run IS NULL
              AND (requested IS NOT NULL OR NOT (every_tick AND EXISTS
                   (SELECT 1 FROM {runs} r WHERE r.config_id = k.id AND r.slot_key = k.slot_key))) AS fresh,
         EXISTS (SELECT 1 FROM live l WHERE l.spreadsheet_id = k.spreadsheet_id AND l.config_id <> k.id) AS busy
    FROM keyed k),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY project_id, fresh ORDER BY requested IS NULL, due_at, id) AS turn,
         row_number() OVER (PARTITION BY spreadsheet_id, fresh ORDER BY requested IS NULL, due_at, id) AS in_sheet
    FROM judged),
placed AS (
  SELECT *, fresh AND in_sheet = 1 AND NOT busy AS next,
         row_number() OVER (ORDER BY fresh AND in_sheet = 1 AND NOT busy DESC, requested IS NULL, turn,
                            due_at, id) AS place FROM ranked)
SELECT {columns}, p.due, date_part('epoch', p.due_at), date_part('epoch', p.not_before), p.failures,
       p.live_run, p.busy, p.fresh AND p.in_sheet > 1,
       CASE WHEN p.next AND p.place <= cap.n THEN p.place ELSE 0 END, p.next AND p.place > cap.n
  FROM placed p JOIN {table} c ON c.id = p.id CROSS JOIN cap
 ORDER BY p.place)",
        fmt::arg("runs", schema_ready ? "sheetbq.run" : no_runs), fmt::arg("live", live_states),
        fmt::arg("spreadsheet", spreadsheet), fmt::arg("every_tick", every_tick),
        fmt::arg("time_due", time_due_sql()), fmt::arg("due_at", due_at_sql()),
        fmt::arg("backing_off", backing_off(table)), fmt::arg("table", table.name),
        fmt::arg("states", schema_ready ? "sheetbq.config_state" : no_states),
        fmt::arg("wanted", wanted), fmt::arg("slot_key", slot_key),
        fmt::arg("columns", table.columns()));
}

DueLine read_due_line(PgRow& row) {
    DueLine line{.config = read_config(row)};
    line.due = row.flag();
    line.due_at = row.optional_time();
    line.not_before = row.optional_time();
    line.failures = row.integer();
    line.live_run = row.text();
    line.sheet_busy = row.flag();
    line.sheet_queued = row.flag();
    line.order = row.integer();
    line.over_cap = row.flag();
    return line;
}

}  // namespace sheetbq::control
