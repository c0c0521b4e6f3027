#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/postgres_store.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <utility>

/// Messages that wait to be sent, and housekeeping.
namespace sheetbq::control {
namespace {

constexpr auto waiting =
    "sent_at IS NULL AND NOT dead AND (lease_owner IS NULL OR lease_expires_at < "
    "clock_timestamp())";

/// An incident that is a day old, or whose last message is.
struct Overdue {
    int config_id = 0;
    ConfigState state;
    std::string opening;  ///< the payload of its first message; empty: it is gone
    bool exists = false;  ///< the configuration
};

std::string overdue_sql(const PgConfigTable& table) {
    return fmt::format(
        "SELECT s.config_id, {}, o.payload, c.id IS NOT NULL FROM sheetbq.config_state s"
        " LEFT JOIN sheetbq.outbox o ON o.dedup_key = 'incident:' || s.incident_id || ':open'"
        " LEFT JOIN {} c ON c.id = s.config_id"
        " WHERE s.incident_id IS NOT NULL AND (c.id IS NULL OR (c.is_active AND"
        " coalesce(s.last_notified_at, s.incident_opened_at) <= now() - interval '24 hours'))"
        " ORDER BY s.config_id LIMIT 1000 FOR UPDATE OF s SKIP LOCKED",
        config_state_columns(), table.name);
}

Overdue read_overdue(PgRow& row) {
    Overdue overdue;
    overdue.config_id = row.integer();
    overdue.state = read_config_state(row);
    overdue.opening = row.text();
    overdue.exists = row.flag();
    return overdue;
}

/// The opening's payload, brought up to date.
std::string reminder_payload(const Overdue& overdue) {
    boost::json::error_code problem;
    auto opening = boost::json::parse(overdue.opening, problem);
    boost::json::object payload;
    if (!problem && opening.is_object()) payload = std::move(opening.as_object());
    const auto& state = overdue.state;
    payload["incident_id"] = state.incident_id;
    payload["config_id"] = overdue.config_id;
    payload["reminder"] = state.reminders + 1;
    payload["failures"] = state.failures;
    payload["error_class"] = state.last_error_class;
    payload["message"] = state.last_error;
    payload["hint"] = state.last_hint;
    return boost::json::serialize(payload);
}

}  // namespace

std::vector<OutboxLine> PostgresStore::outbox(const OutboxFilter& filter) {
    const auto answer = look(
        "SELECT id, dedup_key, kind, payload, date_part('epoch', created_at),"
        " date_part('epoch', not_before), attempts, dead, date_part('epoch', sent_at), last_error"
        " FROM sheetbq.outbox WHERE (NOT $1::boolean OR sent_at IS NULL)"
        " AND ($2 = '' OR payload ->> 'run_id' = $2) ORDER BY id LIMIT $3::int",
        {filter.waiting, filter.run_id, filter.limit});
    return read_all(answer, [](PgRow& row) {
        OutboxLine line;
        line.id = row.big();
        line.message = {.dedup_key = row.text(), .kind = row.text(), .payload = row.text()};
        line.created_at = row.time();
        line.not_before = row.time();
        line.attempts = row.integer();
        line.dead = row.flag();
        line.sent_at = row.optional_time();
        line.last_error = row.text();
        return line;
    });
}

std::vector<LeasedMessage> PostgresStore::lease_messages(int limit, milliseconds lease) {
    const auto answer =
        change(fmt::format("WITH ready AS (SELECT id FROM sheetbq.outbox WHERE {} AND not_before <="
                           " clock_timestamp() ORDER BY id LIMIT $1::int FOR UPDATE SKIP LOCKED),"
                           " taken AS (UPDATE sheetbq.outbox o SET lease_owner = $2,"
                           " lease_expires_at = clock_timestamp() + $3::bigint * interval '1 ms'"
                           " FROM ready WHERE o.id = ready.id RETURNING o.*)"
                           " SELECT id, dedup_key, kind, payload, attempts FROM taken ORDER BY id",
                           waiting),
               {limit, instance_, lease});
    return read_all(answer, [](PgRow& row) {
        LeasedMessage leased;
        leased.id = row.big();
        leased.message = {.dedup_key = row.text(), .kind = row.text(), .payload = row.text()};
        leased.attempts = row.integer();
        return leased;
    });
}

void PostgresStore::enqueue(const Message& message) {
    change(
        "INSERT INTO sheetbq.outbox (dedup_key, kind, payload) VALUES ($1, $2, $3::json)"
        " ON CONFLICT (dedup_key) DO NOTHING",
        {message.dedup_key, message.kind, json_argument(message.payload)});
}

void PostgresStore::digest(const std::string& tick_id, int threshold) {
    change(fmt::format(
               "WITH opened AS (SELECT id, payload FROM sheetbq.outbox WHERE {} AND kind = 'opened'"
               " ORDER BY id FOR UPDATE SKIP LOCKED),"
               " made AS (INSERT INTO sheetbq.outbox (dedup_key, kind, payload)"
               " SELECT 'tick:' || $1 || ':digest', 'digest',"
               " json_build_object('incidents', json_agg(payload ORDER BY id))"
               " FROM opened HAVING count(*) > $2::int ON CONFLICT (dedup_key) DO NOTHING"
               " RETURNING dedup_key)"
               " UPDATE sheetbq.outbox o SET sent_at = clock_timestamp(),"
               " last_error = 'sent within ' || made.dedup_key"
               " FROM opened, made WHERE o.id = opened.id",
               waiting),
           {tick_id, threshold});
}

/// Nobody is reminded of what its owner switched off; of what is deleted nothing is left to say.
void PostgresStore::remind() {
    auto transaction = pool_.begin();
    for (const auto& overdue : read_all(transaction.run(overdue_sql(table_)), read_overdue)) {
        if (!overdue.exists) {
            transaction.run(
                "UPDATE sheetbq.config_state SET incident_id = NULL,"
                " incident_opened_at = NULL WHERE config_id = $1::int",
                {overdue.config_id});
            continue;
        }
        transaction.run(
            "WITH state AS (UPDATE sheetbq.config_state SET reminders = reminders + 1,"
            " last_notified_at = clock_timestamp() WHERE config_id = $1::int)"
            " INSERT INTO sheetbq.outbox (dedup_key, kind, payload)"
            " VALUES ($2, 'reminder', $3::json) ON CONFLICT (dedup_key) DO NOTHING",
            {overdue.config_id,
             fmt::format("incident:{}:remind:{}", overdue.state.incident_id,
                         overdue.state.reminders + 1),
             reminder_payload(overdue)});
    }
    transaction.commit();
}

void PostgresStore::mark_sent(std::int64_t id) {
    change(
        "UPDATE sheetbq.outbox SET sent_at = clock_timestamp(), attempts = attempts + 1,"
        " lease_owner = NULL, lease_expires_at = NULL WHERE id = $1::bigint",
        {id});
}

void PostgresStore::mark_unsent(std::int64_t id, const std::string& error, milliseconds wait,
                                bool give_up) {
    change(
        "UPDATE sheetbq.outbox SET attempts = attempts + 1, last_error = $2,"
        " not_before = clock_timestamp() + $3::bigint * interval '1 ms', dead = $4::boolean,"
        " sent_at = NULL, lease_owner = NULL, lease_expires_at = NULL WHERE id = $1::bigint",
        {id, error, wait, give_up});
}

bool PostgresStore::win_sweep(const std::string& name, std::chrono::seconds interval) {
    return !change(
                "INSERT INTO sheetbq.sweep AS s (name, ran_at) VALUES ($1, clock_timestamp())"
                " ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at"
                " WHERE s.ran_at <= excluded.ran_at - $2::bigint * interval '1 second'"
                " RETURNING 1",
                {name, interval.count()})
                .empty();
}

/// In batches, so that no transaction is long; what is left waits for the next hour.
std::int64_t PostgresStore::sweep(std::chrono::hours keep) {
    constexpr int batch = 5'000;
    constexpr int most_batches = 20;
    std::int64_t deleted = 0;
    for (int i = 0; i < most_batches; ++i) {
        auto transaction = pool_.begin();
        transaction.allow(std::chrono::seconds{120});
        const auto gone = transaction.run(
            "DELETE FROM sheetbq.run WHERE run_id IN (SELECT r.run_id FROM sheetbq.run r"
            " WHERE r.finished_at < now() - $1::bigint * interval '1 hour'"
            " AND EXISTS (SELECT 1 FROM sheetbq.run n WHERE n.config_id = r.config_id"
            " AND n.run_id > r.run_id OFFSET 19) ORDER BY r.finished_at LIMIT $2::int) RETURNING 1",
            {keep.count(), batch});
        crash_point("sweep_mid");
        transaction.commit();
        deleted += gone.size();
        if (gone.size() < batch) break;
    }
    change(
        "WITH ticks AS (DELETE FROM sheetbq.tick WHERE received_at < now() - $1::bigint *"
        " interval '1 hour') DELETE FROM sheetbq.outbox o WHERE (o.sent_at IS NOT NULL OR o.dead)"
        " AND o.created_at < now() - $1::bigint * interval '1 hour' AND NOT EXISTS (SELECT 1"
        " FROM sheetbq.config_state s"
        " WHERE o.dedup_key = 'incident:' || s.incident_id || ':open')",
        {keep.count()});
    return deleted;
}

}  // namespace sheetbq::control
