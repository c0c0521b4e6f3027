#pragma once

#include "sheetbq/control/pg_config_table.hpp"
#include "sheetbq/control/pg_connection.hpp"
#include "sheetbq/control/store.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/core/retry.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sheetbq::control {

/// The Store in PostgreSQL, schema `sheetbq`; see make_pg_store. Defined in pg_store.cpp and, by
/// subject, in pg_store_*.cpp.
class PostgresStore final : public Store {
public:
    PostgresStore(PgSettings settings, const Clock& clock, Jitter jitter, Log log);

    const std::string& instance() const override { return instance_; }
    Hello hello() override;
    int migrate(std::optional<int> to) override;
    std::vector<SchemaStep> schema() override;
    std::vector<Finding> verify() override;

    bool register_tick(const std::string& tick_id) override;
    void finish_tick(const std::string& tick_id, const std::string& summary) override;
    void set_max_running(int max_running) override;
    std::vector<Run> claim(const ClaimOrder& order) override;
    bool request_run(int config_id, const std::string& key) override;

    std::vector<Run> lease(int limit, milliseconds lease, const std::vector<int>& only) override;
    std::vector<Run> renew(std::span<const std::string> run_ids, milliseconds lease) override;
    std::optional<Run> intend(const Run& run, const std::string& launched,
                              const std::string& config_hash, milliseconds lease,
                              milliseconds settle) override;
    Recorded record(const Run& run, const Execution& execution, milliseconds next_poll,
                    milliseconds deadline, std::optional<milliseconds> keep_lease) override;
    Recorded adopt(const Run& run, const Execution& execution, milliseconds next_poll,
                   milliseconds deadline) override;
    void postpone(const Run& run, milliseconds wait, bool back_to_claimed) override;
    void note_missing(const Run& run, bool missing, milliseconds wait) override;
    void note_cancelling(const Run& run, milliseconds wait) override;
    bool finish(const Run& run, const Ending& ending) override;
    bool request_cancel(const std::string& run_id) override;
    void release_all() override;

    std::optional<Config> config(int id) override;
    std::vector<Config> configs(const ConfigFilter& filter) override;
    ConfigState config_state(int config_id) override;
    std::optional<Run> run(const std::string& run_id) override;
    std::vector<Run> runs_by_id(std::span<const std::string> run_ids) override;
    std::vector<Run> runs(const RunFilter& filter) override;
    std::vector<Run> find_runs(const std::string& word) override;
    std::vector<DueLine> due(const ClaimOrder& order, int max_running) override;
    std::vector<ConfigOverview> overview(int recent) override;
    FleetMetrics metrics() override;
    std::int64_t due_left(const ClaimOrder& order) override;

    int create_config(const Config& config) override;
    bool update_config(const Config& config, const Config& before) override;
    bool delete_config(int id) override;

    std::unique_ptr<ConfigLock> lock_due(int config_id, const ClaimOrder& order) override;

    void define_bucket(const std::string& key, double capacity, double per_second) override;
    milliseconds take_tokens(const std::string& key, double tokens) override;
    void drain_bucket(const std::string& key, milliseconds at_least) override;
    void trip_breaker(const std::string& reason, const std::string& hint) override;
    void reset_breaker() override;
    milliseconds breaker_wait() override;
    void count_duplicates(int executions) override;
    PoolState pool_state() override;
    void pause(bool paused, const std::string& reason, const std::string& by) override;

    std::vector<OutboxLine> outbox(const OutboxFilter& filter) override;
    std::vector<LeasedMessage> lease_messages(int limit, milliseconds lease) override;
    void enqueue(const Message& message) override;
    void digest(const std::string& tick_id, int threshold) override;
    void remind() override;
    void mark_sent(std::int64_t id) override;
    void mark_unsent(std::int64_t id, const std::string& error, milliseconds wait,
                     bool give_up) override;

    bool win_sweep(const std::string& name, std::chrono::seconds interval) override;
    std::int64_t sweep(std::chrono::hours keep) override;

private:
    /// One statement in a transaction of its own.
    PgAnswer change(const std::string& sql, const std::vector<PgArgument>& arguments,
                    PgPlan plan = PgPlan::fresh);
    PgAnswer look(const std::string& sql, const std::vector<PgArgument>& arguments = {},
                  PgPlan plan = PgPlan::fresh);
    Recorded take_slot(const Run& run, const Execution& execution, const std::string& guard,
                       const std::vector<PgArgument>& arguments);
    void draw_consequences(PgTransaction& transaction, const Run& run, const Ending& ending);

    const Clock& clock_;
    Jitter jitter_;
    Log log_;
    std::string instance_;
    PgPool pool_;
    PgConfigTable table_;
};

}  // namespace sheetbq::control
