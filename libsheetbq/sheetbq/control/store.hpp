#pragma once

#include "sheetbq/control/execution.hpp"
#include "sheetbq/control/store_types.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sheetbq::control {

/// A configuration that no other stateless orchestrator can run until this is destroyed.
class ConfigLock {
public:
    ConfigLock() = default;
    ConfigLock(const ConfigLock&) = delete;
    ConfigLock& operator=(const ConfigLock&) = delete;
    virtual ~ConfigLock() = default;
    virtual const Config& config() const = 0;
    /// Writes last_run, the time at which it was locked, and gives the lock back.
    virtual void succeeded() = 0;
};

/// The reconciler's memory. Every function is one short transaction; times are the database's.
/// Seam to PostgreSQL; safe to call from several threads.
///
/// Each function throws Error `database` when PostgreSQL cannot be reached, refuses, or lost the
/// connection while committing: then nobody knows whether the change took place, nothing may be
/// assumed, and the run must be left to whoever leases it next.
class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// This process, as lease owner.
    virtual const std::string& instance() const = 0;

    // The schema.
    virtual Hello hello() = 0;
    /// Brings the schema up to date; one of many that start at once does it, the others wait.
    /// @param to  the last step to take; nothing: all.
    /// @returns how many steps were taken.
    /// @throws Error database with the exact SQL to run when the role may not, or when the schema
    ///     is newer than this program.
    virtual int migrate(std::optional<int> to) = 0;
    int migrate() { return migrate(std::nullopt); }
    /// Those that this program knows, and newer ones that the database has.
    virtual std::vector<SchemaStep> schema() = 0;
    /// Whether what is stored holds together, and our rights suffice; changes nothing.
    virtual std::vector<Finding> verify() = 0;

    // A tick.
    /// @returns false when a tick of that id was registered before.
    virtual bool register_tick(const std::string& tick_id) = 0;
    virtual void finish_tick(const std::string& tick_id, const std::string& summary) = 0;
    /// Sets the cap over all instances.
    virtual void set_max_running(int max_running) = 0;
    virtual std::vector<Run> claim(const ClaimOrder& order) = 0;
    /// Asks for a run out of turn; it is claimed before all others, once a slot is free. Whatever
    /// backing off its failures led to is over.
    /// @param key  a repeat with the same key asks for nothing new.
    /// @returns false when there is no such configuration.
    virtual bool request_run(int config_id, const std::string& key) = 0;

    // A run. `run` carries the fence: what changed hands since is left alone.
    /// Takes up to `limit` live runs whose time has come and that nobody holds.
    /// @param only  configurations; empty: all.
    virtual std::vector<Run> lease(int limit, milliseconds lease,
                                   const std::vector<int>& only = {}) = 0;
    /// Renews the lease of runs we hold. @returns those still ours; the others are not.
    virtual std::vector<Run> renew(std::span<const std::string> run_ids, milliseconds lease) = 0;
    /// Writes the intent to start. @returns whether the run is ours to start.
    /// @param launched  what will be sent, JSON without secrets.
    virtual std::optional<Run> intend(const Run& run, const std::string& launched,
                                      const std::string& config_hash, milliseconds lease,
                                      milliseconds settle) = 0;
    /// Notes the execution a start answered with. @param keep_lease  for attached launchers.
    virtual Recorded record(const Run& run, const Execution& execution, milliseconds next_poll,
                            milliseconds deadline, std::optional<milliseconds> keep_lease) = 0;
    /// Notes an execution found in a list; needs the fence.
    virtual Recorded adopt(const Run& run, const Execution& execution, milliseconds next_poll,
                           milliseconds deadline) = 0;
    /// Gives the lease back; the run is looked at again after `wait`.
    /// @param back_to_claimed  the start certainly did not happen.
    virtual void postpone(const Run& run, milliseconds wait, bool back_to_claimed = false) = 0;
    /// Notes that the execution was not found (or is back), and gives the lease back.
    virtual void note_missing(const Run& run, bool missing, milliseconds wait) = 0;
    /// Notes that its execution was asked to stop.
    virtual void note_cancelling(const Run& run, milliseconds wait) = 0;
    /// Ends a run: run, last_run, config_state and outbox in one transaction.
    /// @returns false when the run is no longer ours, and nothing was changed.
    virtual bool finish(const Run& run, const Ending& ending) = 0;
    /// Wants a live run to end. @returns false when it is not live.
    virtual bool request_cancel(const std::string& run_id) = 0;
    /// Gives back every lease of this instance.
    virtual void release_all() = 0;

    // Looking.
    virtual std::optional<Config> config(int id) = 0;
    /// By id.
    virtual std::vector<Config> configs(const ConfigFilter& filter) = 0;
    /// All zeros for a configuration that never failed and taught nothing.
    virtual ConfigState config_state(int config_id) = 0;
    virtual std::optional<Run> run(const std::string& run_id) = 0;
    virtual std::vector<Run> runs_by_id(std::span<const std::string> run_ids) = 0;
    virtual std::vector<Run> runs(const RunFilter& filter) = 0;
    /// Runs whose id begins so, or whose execution is called so, with or without its path; a few
    /// when several do.
    virtual std::vector<Run> find_runs(const std::string& word) = 0;
    /// Read only; works without our schema.
    virtual std::vector<DueLine> due(const ClaimOrder& order, int max_running) = 0;
    /// @param recent  how many finished runs of each.
    virtual std::vector<ConfigOverview> overview(int recent) = 0;
    virtual FleetMetrics metrics() = 0;
    virtual std::int64_t due_left(const ClaimOrder& order) = 0;

    // A person at work on the owner's rows: only the columns that a Config has are named.
    // These throw Error permission_denied with the GRANT that is missing.
    /// @returns its id.
    virtual int create_config(const Config& config) = 0;
    /// Writes what differs. @returns false when the row is not as `before` any more; nothing was
    ///     changed then.
    virtual bool update_config(const Config& config, const Config& before) = 0;
    /// Its runs stay until they are old. @returns false when it is not there.
    virtual bool delete_config(int id) = 0;

    /// Locks a configuration without the schema. @returns nothing when somebody else has it, or it
    /// is not due any more.
    virtual std::unique_ptr<ConfigLock> lock_due(int config_id, const ClaimOrder& order) = 0;

    // Quotas and the breaker.
    virtual void define_bucket(const std::string& key, double capacity, double per_second) = 0;
    /// @returns zero when the tokens were taken, else how long to wait for them.
    virtual milliseconds take_tokens(const std::string& key, double tokens) = 0;
    /// The service refused for quota: empties the bucket and halves its refill for five minutes.
    virtual void drain_bucket(const std::string& key, milliseconds at_least) = 0;
    /// Starts are failing for a reason that is nobody's configuration. Opens one incident.
    virtual void trip_breaker(const std::string& reason, const std::string& hint) = 0;
    virtual void reset_breaker() = 0;
    /// How long no start should be tried; zero: go on.
    virtual milliseconds breaker_wait() = 0;
    virtual void count_duplicates(int executions) = 0;
    virtual PoolState pool_state() = 0;
    /// Lets no run start, or lets them start again; what is live goes on.
    virtual void pause(bool paused, const std::string& reason, const std::string& by) = 0;

    // The outbox.
    /// Oldest first.
    virtual std::vector<OutboxLine> outbox(const OutboxFilter& filter) = 0;
    virtual std::vector<LeasedMessage> lease_messages(int limit, milliseconds lease) = 0;
    /// A message of its own, outside any run; one of the same key is put in once.
    virtual void enqueue(const Message& message) = 0;
    /// More than `threshold` openings wait: puts one digest in their place.
    virtual void digest(const std::string& tick_id, int threshold) = 0;
    /// Openings older than a day get their reminder.
    virtual void remind() = 0;
    virtual void mark_sent(std::int64_t id) = 0;
    /// @param give_up  no use in another attempt.
    virtual void mark_unsent(std::int64_t id, const std::string& error, milliseconds wait,
                             bool give_up) = 0;

    // Housekeeping.
    /// Whether it is this process that does the hourly work of that name now.
    virtual bool win_sweep(const std::string& name, std::chrono::seconds interval) = 0;
    /// Deletes old finished runs (the last 20 of a configuration stay), ticks and sent messages.
    /// @returns how many runs.
    virtual std::int64_t sweep(std::chrono::hours keep) = 0;
};

}  // namespace sheetbq::control
