#pragma once

#include "integration/world.hpp"
#include "support/postgres.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sheetbq::testing {

struct FleetOptions {
    int cap = 3;
    /// Executions fork the real sheetbq-job; otherwise they are scripted, and take no process.
    bool real_jobs = false;
    std::chrono::milliseconds settle{1'000};
    std::chrono::milliseconds lease{2'000};
    std::chrono::milliseconds run_takes{100};  ///< a scripted execution
    std::chrono::milliseconds poll{100};
    std::string start_rate = "1000/s";
    Postgres* server = nullptr;  ///< instead of the shared one
};

/// Many configurations in a PostgreSQL of their own, a Cloud Run and a Slack to go with them, and
/// orchestrators of the fault build. Watches the invariants.
class Fleet {
public:
    explicit Fleet(FleetOptions options = {});
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    /// Adds configurations that never ran, each with a spreadsheet of its own, and takes the
    /// owner's table as it is now for the original. @param frequency  hours; 0: every tick.
    void add_configs(int count, int frequency = 24);
    /// Runs SQL as the owner of the database; what it changes in the owner's table is the owner's.
    Table as_owner(const std::string& sql);
    Table query(const std::string& sql) { return server_.query(database_, sql); }
    std::string value(const std::string& sql) { return server_.value(database_, sql); }

    /// What executions of a configuration do; the others succeed.
    void script(int config_id, std::function<sandbox::ScriptedRun(int call)> what);

    /// An orchestrator of the fault build: one tick that waits, unless flags say otherwise.
    std::unique_ptr<Process> start(const Variables& more = {},
                                   const std::vector<std::string>& flags = {}) const;
    ProcessEnd tick(const Variables& more = {}, const std::vector<std::string>& flags = {},
                    std::chrono::seconds limit = std::chrono::seconds{60}) const;
    /// Undisturbed ticks until nothing is live and nothing is due.
    /// @returns whether that came to pass within the limit.
    bool quiesce(std::chrono::seconds limit = std::chrono::seconds{60});
    std::int64_t live();

    /// Everything that is wrong, in the database and in the journals; call when all is at rest.
    std::vector<std::string> violations();
    /// Executions beyond one a run, cancelled ones too.
    int extra_executions();

    /// PostgreSQL is shared by the experiments of a program; each has a database of its own.
    static Postgres& postgres();
    const std::string& database() const { return database_; }
    /// Where orchestrators find PostgreSQL, e.g. a proxy before it; default: itself.
    std::string postgres_host;
    World world;

private:
    void sample(std::stop_token stop);
    std::chrono::milliseconds next_look();
    std::vector<std::string> journal_violations();
    std::vector<std::string> load_violations();
    bool is_harmless(const sandbox::CloudRunExecution& execution) const;
    std::vector<std::string> leaked_secrets();

    FleetOptions options_;
    Postgres& server_;
    std::string database_;
    std::map<int, std::function<sandbox::ScriptedRun(int)>> scripts_;
    std::map<int, int> calls_;
    std::vector<std::unique_ptr<Process>> kept_;
    mutable std::vector<std::string> outputs_;
    std::jthread sampler_;
};

}  // namespace sheetbq::testing
