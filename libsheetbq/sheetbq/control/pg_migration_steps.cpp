#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/pg_migrations.hpp"

#include <utility>

/// The steps of the schema, in words of SQL.
namespace sheetbq::control {
namespace {

/// Times are the database's; `json`, not `jsonb`, for what others wrote: jsonb refuses \u0000.
constexpr auto first_tables = R"(
CREATE TYPE sheetbq.run_state AS ENUM ('claimed', 'starting', 'running', 'cancelling',
  'succeeded', 'failed', 'cancelled', 'lost', 'abandoned');

CREATE TABLE sheetbq.pool (
  name text PRIMARY KEY,
  max_running int NOT NULL CHECK (max_running >= 0),
  paused boolean NOT NULL DEFAULT false,
  paused_reason text,
  breaker_until timestamptz,
  breaker_since timestamptz,
  breaker_reason text,
  breaker_hint text,
  breaker_trips int NOT NULL DEFAULT 0,
  breaker_incident uuid,
  duplicate_executions bigint NOT NULL DEFAULT 0);
INSERT INTO sheetbq.pool (name, max_running) VALUES ('default', 3);

CREATE TABLE sheetbq.run (
  run_id uuid PRIMARY KEY,
  config_id int NOT NULL,
  slot_key text NOT NULL,
  attempt int NOT NULL DEFAULT 1,
  trigger text NOT NULL,
  state sheetbq.run_state NOT NULL DEFAULT 'claimed',
  fence bigint NOT NULL DEFAULT 1,
  lease_owner text,
  lease_expires_at timestamptz,
  due_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  start_requested_at timestamptz,
  start_tries int NOT NULL DEFAULT 0,
  execution_name text,
  execution_uid text,
  started_at timestamptz,
  finished_at timestamptz,
  next_poll_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  missing_since timestamptz,
  spreadsheet_id text,
  project_id text,
  config_hash text,
  launched json,
  exit_code int,
  error_class text,
  error_message text,
  error_hint text,
  log_uri text,
  report json,
  rows_loaded bigint,
  CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled', 'lost', 'abandoned')))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
{one_live}
CREATE UNIQUE INDEX run_slot_attempt ON sheetbq.run (config_id, slot_key, attempt);
CREATE UNIQUE INDEX run_execution ON sheetbq.run (execution_name) WHERE execution_name IS NOT NULL;
CREATE INDEX run_reconcile ON sheetbq.run (next_poll_at)
  WHERE state IN ('claimed', 'starting', 'running', 'cancelling');
CREATE INDEX run_finished ON sheetbq.run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX run_history ON sheetbq.run (config_id, run_id DESC);

CREATE TABLE sheetbq.config_state (
  config_id int PRIMARY KEY,
  failures int NOT NULL DEFAULT 0,
  not_before timestamptz,
  config_hash text,
  failing_since timestamptz,
  last_error_class text,
  last_error text,
  last_hint text,
  incident_id uuid,
  incident_opened_at timestamptz,
  last_notified_at timestamptz,
  reminders int NOT NULL DEFAULT 0,
  sheets_requests int NOT NULL DEFAULT 0,
  run_requested_key text,
  run_requested_at timestamptz
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX config_state_waiting ON sheetbq.config_state (config_id)
  WHERE not_before IS NOT NULL OR run_requested_key IS NOT NULL;

CREATE TABLE sheetbq.tick (
  tick_id text PRIMARY KEY,
  instance text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  summary json);

CREATE TABLE sheetbq.outbox (
  id bigserial PRIMARY KEY,
  dedup_key text UNIQUE NOT NULL,
  kind text NOT NULL,
  payload json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts int NOT NULL DEFAULT 0,
  lease_owner text,
  lease_expires_at timestamptz,
  sent_at timestamptz,
  dead boolean NOT NULL DEFAULT false,
  last_error text);
CREATE INDEX outbox_waiting ON sheetbq.outbox (id) WHERE sent_at IS NULL AND NOT dead;

CREATE TABLE sheetbq.bucket (
  key text PRIMARY KEY,
  capacity float8 NOT NULL,
  refill_per_sec float8 NOT NULL,
  tokens float8 NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  throttled_until timestamptz);

CREATE TABLE sheetbq.sweep (
  name text PRIMARY KEY,
  ran_at timestamptz NOT NULL);
)";

constexpr auto one_live_index =
    R"(CREATE UNIQUE INDEX run_one_live_per_config ON sheetbq.run (config_id)
  WHERE state IN ('claimed', 'starting', 'running', 'cancelling');)";

constexpr auto pause_tells_who =
    "ALTER TABLE sheetbq.pool ADD COLUMN paused_by text, ADD COLUMN paused_at timestamptz;";

std::vector<PgMigration> make_migrations() {
    std::string tables = first_tables;
    const std::string mark = "{one_live}";
    tables.replace(tables.find(mark), mark.size(),
                   injected_bug("no_unique_index") ? "" : one_live_index);
    return {{1, "first tables", std::move(tables)}, {2, "a pause tells who", pause_tells_who}};
}

}  // namespace

const std::vector<PgMigration>& pg_migrations() {
    static const auto list = make_migrations();
    return list;
}

}  // namespace sheetbq::control
