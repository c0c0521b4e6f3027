#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/postgres_store.hpp"

#include <fmt/format.h>

#include <utility>

/// Runs while they live: leases, intents, executions. No statement here changes a run without its
/// state and its fence in the WHERE; $1 is the run's id, $2 its fence, $3 who we are.
namespace sheetbq::control {
namespace {

std::string ours() {
    if (injected_bug("no_fence"))
        return "r.run_id = $1::uuid AND $2::bigint IS NOT NULL AND $3::text IS NOT NULL";
    return "r.run_id = $1::uuid AND r.fence = $2::bigint AND r.lease_owner = $3::text";
}

constexpr auto in_ms = "clock_timestamp() + {}::bigint * interval '1 ms'";

std::string after(std::string_view milliseconds) {
    return fmt::format(fmt::runtime(in_ms), milliseconds);
}

}  // namespace

std::vector<Run> PostgresStore::lease(int limit, milliseconds lease, const std::vector<int>& only) {
    return read_runs(change(
        fmt::format(
            "WITH due AS (SELECT run_id FROM sheetbq.run WHERE {} AND next_poll_at <= "
            "clock_timestamp() AND (lease_owner IS NULL OR lease_expires_at < clock_timestamp())"
            " AND (cardinality($4::int[]) = 0 OR config_id = ANY ($4::int[]))"
            " ORDER BY next_poll_at LIMIT $1::int FOR UPDATE SKIP LOCKED)"
            " UPDATE sheetbq.run r SET lease_owner = $2, lease_expires_at = {}, fence = fence + 1"
            " FROM due WHERE r.run_id = due.run_id RETURNING {}",
            live_states, after("$3"), run_columns()),
        {limit, instance_, lease, only}));
}

std::vector<Run> PostgresStore::renew(std::span<const std::string> run_ids, milliseconds lease) {
    if (run_ids.empty()) return {};
    return read_runs(
        change(fmt::format("UPDATE sheetbq.run r SET lease_expires_at = {} WHERE r.run_id = ANY "
                           "($1::uuid[]) AND r.lease_owner = $2 AND r.{} RETURNING {}",
                           after("$3"), live_states, run_columns()),
               {run_ids, instance_, lease}, PgPlan::kept));
}

std::optional<Run> PostgresStore::intend(const Run& run, const std::string& launched,
                                         const std::string& config_hash, milliseconds lease,
                                         milliseconds settle) {
    const auto answer = change(
        fmt::format(
            "UPDATE sheetbq.run r SET state = 'starting', start_requested_at = clock_timestamp(),"
            " start_tries = start_tries + 1, launched = $4::json, config_hash = nullif($5, ''),"
            " lease_expires_at = {}, next_poll_at = {} WHERE {} AND r.state IN ('claimed',"
            " 'starting') {} RETURNING {}",
            after("$6"), after("$7"), ours(),
            injected_bug("no_fence") ? "" : "AND r.lease_expires_at > clock_timestamp()",
            run_columns()),
        {run.run_id, run.fence, instance_, json_argument(launched), config_hash, lease, settle},
        PgPlan::kept);
    if (answer.empty()) return std::nullopt;
    PgRow row{answer};
    return read_run(row);
}

Recorded PostgresStore::record(const Run& run, const Execution& execution, milliseconds next_poll,
                               milliseconds deadline, std::optional<milliseconds> keep_lease) {
    return take_slot(run, execution, "",
                     {run.run_id, run.fence, instance_, execution.name, execution.uid,
                      execution.log_uri, next_poll, deadline, keep_lease});
}

Recorded PostgresStore::adopt(const Run& run, const Execution& execution, milliseconds next_poll,
                              milliseconds deadline) {
    return take_slot(run, execution, injected_bug("no_fence") ? "" : "AND r.fence = $2::bigint",
                     {run.run_id, run.fence, instance_, execution.name, execution.uid,
                      execution.log_uri, next_poll, deadline, std::nullopt});
}

/// An execution is a fact: it is noted in an empty slot whoever holds the lease now. Whether it
/// stands there already, noted by somebody else, is as good.
Recorded PostgresStore::take_slot(const Run& run, const Execution& execution,
                                  const std::string& guard,
                                  const std::vector<PgArgument>& arguments) {
    constexpr auto keep = "$9::bigint IS NOT NULL AND r.fence = $2::bigint AND r.lease_owner = $3";
    auto transaction = pool_.begin();
    auto answer = transaction.run(
        fmt::format(
            "UPDATE sheetbq.run r SET state = 'running', execution_name = $4,"
            " execution_uid = nullif($5, ''), log_uri = nullif($6, ''), missing_since = NULL,"
            " started_at = clock_timestamp(), next_poll_at = {}, deadline_at = {},"
            " lease_owner = CASE WHEN {} THEN r.lease_owner END,"
            " lease_expires_at = CASE WHEN {} THEN {} END"
            " WHERE r.run_id = $1::uuid AND r.state = 'starting' AND r.execution_name IS NULL {}"
            " AND NOT EXISTS (SELECT 1 FROM sheetbq.run o WHERE o.execution_name = $4) RETURNING 1",
            after("$7"), after("$8"), keep, keep, after("$9"), guard),
        arguments, PgPlan::kept);
    if (answer.empty())
        answer = transaction.run(
            "SELECT 1 FROM sheetbq.run WHERE run_id = $1::uuid AND execution_name = $2",
            {run.run_id, execution.name});
    transaction.commit();
    return answer.empty() ? Recorded::slot_taken : Recorded::recorded;
}

/// A start that certainly did not happen is no try.
void PostgresStore::postpone(const Run& run, milliseconds wait, bool back_to_claimed) {
    constexpr auto back = "$5::boolean AND r.state = 'starting'";
    change(
        fmt::format("UPDATE sheetbq.run r SET lease_owner = NULL, lease_expires_at = NULL,"
                    " next_poll_at = {0}, state = CASE WHEN {1} THEN 'claimed' ELSE r.state END,"
                    " start_requested_at = CASE WHEN {1} THEN NULL ELSE r.start_requested_at END,"
                    " start_tries = CASE WHEN {1} THEN greatest(0, r.start_tries - 1)"
                    " ELSE r.start_tries END WHERE {2} AND r.{3}",
                    after("$4"), back, ours(), live_states),
        {run.run_id, run.fence, instance_, wait, back_to_claimed}, PgPlan::kept);
}

void PostgresStore::note_missing(const Run& run, bool missing, milliseconds wait) {
    change(fmt::format("UPDATE sheetbq.run r SET lease_owner = NULL, lease_expires_at = NULL,"
                       " next_poll_at = {}, missing_since = CASE WHEN $5::boolean"
                       " THEN coalesce(r.missing_since, clock_timestamp()) END WHERE {} AND r.{}",
                       after("$4"), ours(), live_states),
           {run.run_id, run.fence, instance_, wait, missing});
}

void PostgresStore::note_cancelling(const Run& run, milliseconds wait) {
    change(fmt::format("UPDATE sheetbq.run r SET lease_owner = NULL, lease_expires_at = NULL,"
                       " next_poll_at = {}, state = 'cancelling' WHERE {}"
                       " AND r.state IN ('starting', 'running', 'cancelling')",
                       after("$4"), ours()),
           {run.run_id, run.fence, instance_, wait});
}

/// While a start is in flight its settle time stands: nobody may look for it earlier.
bool PostgresStore::request_cancel(const std::string& run_id) {
    if (!is_uuid(run_id)) return false;
    return !change(fmt::format("UPDATE sheetbq.run r SET cancel_requested_at = coalesce("
                               "cancel_requested_at, clock_timestamp()), next_poll_at = CASE WHEN"
                               " state = 'starting' THEN next_poll_at ELSE clock_timestamp() END"
                               " WHERE r.run_id = $1::uuid AND r.{} RETURNING 1",
                               live_states),
                   {run_id})
                .empty();
}

void PostgresStore::release_all() {
    change(fmt::format("UPDATE sheetbq.run r SET lease_owner = NULL, lease_expires_at = NULL,"
                       " next_poll_at = CASE WHEN state = 'starting' THEN next_poll_at"
                       " ELSE clock_timestamp() END WHERE r.lease_owner = $1 AND r.{}",
                       live_states),
           {instance_});
}

}  // namespace sheetbq::control
