#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/postgres_store.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/core/uuid.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

/// Token buckets and the breaker: what all instances share about the services behind us.
namespace sheetbq::control {
namespace {

/// What is in a bucket now. While throttled it fills at half its speed.
constexpr auto available =
    "least(capacity, tokens + refill_per_sec * (greatest(0, date_part('epoch', clock_timestamp() -"
    " updated_at)) - 0.5 * greatest(0, date_part('epoch', least(clock_timestamp(),"
    " coalesce(throttled_until, updated_at)) - updated_at))))";

constexpr auto speed =
    "refill_per_sec * CASE WHEN throttled_until > clock_timestamp() THEN 0.5 ELSE 1 END";

constexpr milliseconds longest_wait{3'600'000};

}  // namespace

void PostgresStore::define_bucket(const std::string& key, double capacity, double per_second) {
    change(
        "INSERT INTO sheetbq.bucket AS b (key, capacity, refill_per_sec, tokens)"
        " VALUES ($1, $2::float8, $3::float8, $2::float8) ON CONFLICT (key) DO UPDATE"
        " SET capacity = excluded.capacity, refill_per_sec = excluded.refill_per_sec"
        " WHERE (b.capacity, b.refill_per_sec) <> (excluded.capacity, excluded.refill_per_sec)",
        {key, capacity, per_second});
}

/// More than the bucket can ever hold is as much as it can hold.
milliseconds PostgresStore::take_tokens(const std::string& key, double tokens) {
    auto transaction = pool_.begin();
    const auto taken = transaction.run(
        fmt::format("UPDATE sheetbq.bucket SET tokens = {0} - least($2::float8, capacity),"
                    " updated_at = clock_timestamp()"
                    " WHERE key = $1 AND {0} >= least($2::float8, capacity) RETURNING 1",
                    available),
        {key, tokens}, PgPlan::kept);
    if (!taken.empty()) {
        transaction.commit();
        return milliseconds{0};
    }
    const auto lacking =
        transaction.run(fmt::format("SELECT (least($2::float8, capacity) - {}) / nullif({}, 0)"
                                    " FROM sheetbq.bucket WHERE key = $1",
                                    available, speed),
                        {key, tokens});
    if (lacking.empty())
        throw Error{Code::internal, fmt::format("there is no token bucket \"{}\"", key)};
    PgRow row{lacking};
    const auto seconds = row.optional_text();
    if (!seconds) return longest_wait;
    const double wait = PgRow{lacking}.real() * 1000;
    return milliseconds{
        std::llround(std::clamp(std::ceil(wait), 1.0, static_cast<double>(longest_wait.count())))};
}

void PostgresStore::drain_bucket(const std::string& key, milliseconds at_least) {
    change(fmt::format("UPDATE sheetbq.bucket SET tokens = least({}, 0,"
                       " -0.5 * refill_per_sec * $2::float8 / 1000),"
                       " updated_at = clock_timestamp(),"
                       " throttled_until = clock_timestamp() + interval '5 minutes' WHERE key = $1",
                       available),
           {key, at_least});
}

/// 30 seconds, then twice as long for every probe that failed, 300 at most. Who comes while it is
/// open changes nothing. One message, however often it trips until a start succeeds.
void PostgresStore::trip_breaker(const std::string& reason, const std::string& hint) {
    auto transaction = pool_.begin();
    const auto pool = transaction.run(
        "UPDATE sheetbq.pool SET breaker_trips = breaker_trips + 1, breaker_reason = $1,"
        " breaker_hint = $2, breaker_since = coalesce(breaker_since, clock_timestamp()),"
        " breaker_incident = coalesce(breaker_incident, $3::uuid),"
        " breaker_until = clock_timestamp()"
        "  + least(300, 30 * 2 ^ least(breaker_trips, 5)) * interval '1 second'"
        " WHERE name = 'default' AND (breaker_until IS NULL OR breaker_until <= clock_timestamp())"
        " RETURNING breaker_incident, date_part('epoch', breaker_since)",
        {reason, hint, make_uuid(clock_)});
    if (!pool.empty()) {
        PgRow row{pool};
        const auto incident = row.text();
        const boost::json::object payload{{"incident_id", incident},
                                          {"since", to_rfc3339(row.time())},
                                          {"message", storable(reason)},
                                          {"hint", storable(hint)}};
        transaction.run(
            "INSERT INTO sheetbq.outbox (dedup_key, kind, payload)"
            " VALUES ($1, 'pool', $2::json) ON CONFLICT (dedup_key) DO NOTHING",
            {fmt::format("pool:{}:open", incident), boost::json::serialize(payload)});
    }
    transaction.commit();
}

void PostgresStore::reset_breaker() {
    change(
        "UPDATE sheetbq.pool SET breaker_trips = 0, breaker_until = NULL, breaker_since = NULL,"
        " breaker_reason = NULL, breaker_hint = NULL, breaker_incident = NULL"
        " WHERE name = 'default' AND breaker_trips > $1::int",
        {0});
}

milliseconds PostgresStore::breaker_wait() {
    const auto answer = look(
        "SELECT ceil(date_part('epoch', breaker_until - clock_timestamp()) * 1000)::bigint"
        " FROM sheetbq.pool WHERE name = 'default' AND breaker_until > clock_timestamp()",
        {}, PgPlan::kept);
    return answer.empty() ? milliseconds{0} : milliseconds{PgRow{answer}.big()};
}

void PostgresStore::count_duplicates(int executions) {
    change(
        "UPDATE sheetbq.pool SET duplicate_executions = duplicate_executions + $1::int"
        " WHERE name = 'default'",
        {executions});
}

PoolState PostgresStore::pool_state() {
    const auto answer = look(fmt::format(
        "SELECT date_part('epoch', clock_timestamp()), max_running,"
        " (SELECT count(*) FROM sheetbq.run WHERE {}), paused, paused_reason, paused_by,"
        " date_part('epoch', paused_at), breaker_trips,"
        " date_part('epoch', breaker_since), date_part('epoch', breaker_until),"
        " breaker_reason, breaker_hint FROM sheetbq.pool WHERE name = 'default'",
        live_states));
    PoolState state;
    if (answer.empty()) return state;
    PgRow row{answer};
    state.now = row.time();
    state.max_running = row.integer();
    state.live = row.integer();
    state.paused = row.flag();
    state.paused_reason = row.text();
    state.paused_by = row.text();
    state.paused_at = row.optional_time();
    state.breaker_trips = row.integer();
    state.breaker_since = row.optional_time();
    state.breaker_until = row.optional_time();
    state.breaker_reason = row.text();
    state.breaker_hint = row.text();
    return state;
}

/// Who pauses again may give another reason; since when stays.
void PostgresStore::pause(bool paused, const std::string& reason, const std::string& by) {
    change(
        "UPDATE sheetbq.pool SET paused = $1::boolean,"
        " paused_reason = CASE WHEN $1::boolean THEN coalesce(nullif($2, ''),"
        " CASE WHEN paused THEN paused_reason END) END,"
        " paused_by = CASE WHEN $1::boolean THEN nullif($3, '') END,"
        " paused_at = CASE WHEN $1::boolean THEN coalesce(CASE WHEN paused THEN paused_at END,"
        " clock_timestamp()) END WHERE name = 'default'",
        {paused, reason, by});
}

}  // namespace sheetbq::control
