#include "sheetbq/control/pg_store.hpp"

#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/pg_claim_sql.hpp"
#include "sheetbq/control/pg_migrations.hpp"
#include "sheetbq/control/pg_run_row.hpp"
#include "sheetbq/control/postgres_store.hpp"
#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sheetbq::control {
namespace {

/// Run ids sort by the database's clock, so that a host whose clock is wrong does not upset lists.
class MomentClock final : public Clock {
public:
    explicit MomentClock(TimePoint now) : now_{now} {}
    TimePoint now() const override { return now_; }
    std::chrono::nanoseconds monotonic() const override { return now_.time_since_epoch(); }
    void sleep(std::chrono::milliseconds /*duration*/, std::stop_token /*stop*/) override {}

private:
    TimePoint now_;
};

std::vector<std::string> make_ids(int count, Clock::TimePoint now) {
    const MomentClock clock{now};
    std::vector<std::string> ids(static_cast<std::size_t>(count));
    std::generate(ids.begin(), ids.end(), [&] { return make_uuid(clock); });
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::string pool_lock() { return injected_bug("no_pool_lock") ? "" : " FOR UPDATE"; }

}  // namespace

PostgresStore::PostgresStore(PgSettings settings, const Clock& clock, Jitter jitter, Log log)
    : clock_{clock},
      jitter_{std::move(jitter)},
      log_{log},
      instance_{settings.instance},
      pool_{std::move(settings), clock, std::move(log)},
      table_{find_config_table(pool_)} {}

PgAnswer PostgresStore::change(const std::string& sql, const std::vector<PgArgument>& arguments,
                               PgPlan plan) {
    auto transaction = pool_.begin();
    auto answer = transaction.run(sql, arguments, plan);
    transaction.commit();
    return answer;
}

PgAnswer PostgresStore::look(const std::string& sql, const std::vector<PgArgument>& arguments,
                             PgPlan plan) {
    return pool_.begin().run(sql, arguments, plan);
}

Hello PostgresStore::hello() {
    auto transaction = pool_.begin();
    const auto server = transaction.run(
        "SELECT date_part('epoch', clock_timestamp()), current_setting('server_version')");
    PgRow about{server};
    Hello hello;
    hello.now = about.time();
    hello.server_version = about.text();
    // Debian's: 15.18 (Debian 15.18-0+deb12u1)
    hello.server_version.resize(
        std::min(hello.server_version.find(' '), hello.server_version.size()));
    hello.schema_ready = schema_is_ready(transaction);
    if (!hello.schema_ready) return hello;
    const auto pool = transaction.run(
        "SELECT paused, max_running, breaker_trips > 0 FROM sheetbq.pool WHERE name = 'default'");
    if (pool.empty()) return hello;
    PgRow row{pool};
    hello.paused = row.flag();
    hello.max_running = row.integer();
    hello.breaker_tripped = row.flag();
    return hello;
}

int PostgresStore::migrate(std::optional<int> to) {
    if (pool_.settings().read_only) return 0;
    const int last = to.value_or(pg_migrations().back().version);
    const int taken = migrate_schema(pool_, last);
    if (taken > 0)
        log_.notice("schema_migrated", "the schema sheetbq was brought up to date",
                    {{"version", std::int64_t{last}}, {"steps", std::int64_t{taken}}});
    return taken;
}

bool PostgresStore::register_tick(const std::string& tick_id) {
    return !change(
                "INSERT INTO sheetbq.tick (tick_id, instance) VALUES ($1, $2)"
                " ON CONFLICT DO NOTHING RETURNING 1",
                {tick_id, instance_})
                .empty();
}

void PostgresStore::finish_tick(const std::string& tick_id, const std::string& summary) {
    change(
        "UPDATE sheetbq.tick SET finished_at = clock_timestamp(), summary = $2::json"
        " WHERE tick_id = $1",
        {tick_id, json_argument(summary)});
}

void PostgresStore::set_max_running(int max_running) {
    change(
        "INSERT INTO sheetbq.pool AS p (name, max_running) VALUES ('default', $1::int)"
        " ON CONFLICT (name) DO UPDATE SET max_running = excluded.max_running"
        " WHERE p.max_running <> excluded.max_running",
        {max_running});
}

std::vector<Run> PostgresStore::claim(const ClaimOrder& order) {
    if (order.batch <= 0) return {};
    auto transaction = pool_.begin();
    // Who cannot claim anything does not queue for the lock; what counts is counted under it.
    const auto pool = transaction.run(
        fmt::format("SELECT max_running, date_part('epoch', clock_timestamp()) FROM sheetbq.pool"
                    " WHERE name = 'default' AND NOT paused"
                    " AND (SELECT count(*) FROM sheetbq.run WHERE {}) < max_running{}",
                    live_states, pool_lock()));
    if (pool.empty()) return {};
    PgRow row{pool};
    const int cap = row.integer();
    auto arguments = due_arguments(order);
    for (const PgArgument& argument :
         {PgArgument{cap}, PgArgument{order.batch}, PgArgument{instance_}, PgArgument{order.lease},
          PgArgument{make_ids(order.batch, row.time())}})
        arguments.push_back(argument);
    auto runs = read_runs(transaction.run(claim_sql(table_), arguments));
    crash_point("claim_before_commit");
    transaction.commit();
    crash_point("claim_after_commit");
    return runs;
}

/// Under the pool's lock, so that a claim that takes the same request is seen.
bool PostgresStore::request_run(int config_id, const std::string& key) {
    auto transaction = pool_.begin();
    transaction.run("SELECT 1 FROM sheetbq.pool WHERE name = 'default' FOR UPDATE");
    const auto known = transaction.run(
        fmt::format(
            "WITH known AS (SELECT c.id FROM {} c WHERE c.id = $1::int),"
            " asked AS (INSERT INTO sheetbq.config_state AS s"
            " (config_id, run_requested_key, run_requested_at)"
            " SELECT id, $2, clock_timestamp() FROM known WHERE NOT EXISTS (SELECT 1"
            " FROM sheetbq.run r WHERE r.config_id = $1::int AND r.slot_key = 'manual:' || $2)"
            " ON CONFLICT (config_id) DO UPDATE SET run_requested_key = excluded.run_requested_key,"
            " not_before = NULL,"
            " run_requested_at = coalesce(s.run_requested_at, excluded.run_requested_at))"
            " SELECT 1 FROM known",
            table_.name),
        {config_id, key});
    transaction.commit();
    return !known.empty();
}

std::vector<DueLine> PostgresStore::due(const ClaimOrder& order, int max_running) {
    auto transaction = pool_.begin();
    const bool ready = schema_is_ready(transaction);
    auto arguments = due_arguments(order);
    arguments.emplace_back(max_running);
    arguments.emplace_back(order.batch);
    return read_all(transaction.run(due_sql(table_, ready), arguments), read_due_line);
}

std::int64_t PostgresStore::due_left(const ClaimOrder& order) {
    const auto answer = look(due_left_sql(table_), due_arguments(order));
    return PgRow{answer}.big();
}

std::unique_ptr<Store> make_pg_store(const PgSettings& settings, const Clock& clock, Jitter jitter,
                                     const Log& log) {
    auto named = settings;
    if (named.instance.empty()) named.instance = make_uuid(clock);
    return std::make_unique<PostgresStore>(std::move(named), clock, std::move(jitter), log);
}

}  // namespace sheetbq::control
