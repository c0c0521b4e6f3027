#pragma once

#include "sheetbq/control/pg_failure.hpp"
#include "sheetbq/control/pg_store.hpp"
#include "sheetbq/control/pg_value.hpp"
#include "sheetbq/control/pg_watchdog.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/log.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sheetbq::control {

class PgPool;

/// Whether a statement is planned anew each time, or once a connection (where no pooler gives every
/// transaction another one): for small statements that run often.
enum class PgPlan { fresh, kept };

/// One transaction; rolled back unless it was committed.
class PgTransaction {
public:
    /// Begins under our settings; waits for a connection while all of the pool's are in use, so a
    /// thread must not hold one transaction and begin another.
    ///
    /// A connection that died while idle is replaced before anything is asked of it.
    /// @throws Error database.
    explicit PgTransaction(PgPool& pool);
    ~PgTransaction();
    PgTransaction(PgTransaction&& other) noexcept;
    PgTransaction& operator=(PgTransaction&&) = delete;

    /// Runs one statement; without arguments, any number of them.
    /// @throws Error database; the transaction is then of no more use.
    PgAnswer run(const std::string& sql, const std::vector<PgArgument>& arguments = {},
                 PgPlan plan = PgPlan::fresh);
    /// @throws Error database, also when nobody knows whether it was committed.
    void commit();
    /// Statements from here on may take so long, and not 20 seconds.
    void allow(std::chrono::seconds statement);

    const PgFailures& failures() const;

private:
    friend class PgPool;
    struct Session;

    PgPool& pool_;
    std::unique_ptr<Session> session_;
    bool committed_ = false;
    std::chrono::milliseconds patience_;  ///< with an answer, the network's way included
};

/// A few connections, one for each transaction that is under way. Works behind PgBouncer's
/// transaction pooling: settings last for a transaction, and then nothing is prepared.
class PgPool {
public:
    PgPool(PgSettings settings, const Clock& clock, Log log);
    ~PgPool();

    PgTransaction begin() { return PgTransaction{*this}; }

    PgFailures& failures() { return failures_; }
    const PgSettings& settings() const { return settings_; }

private:
    friend class PgTransaction;
    using Session = PgTransaction::Session;
    static constexpr int most_connections = 5;

    std::unique_ptr<Session> take();
    std::unique_ptr<Session> start();
    std::unique_ptr<Session> connect();
    std::unique_ptr<Session> take_idle();
    void give_back(std::unique_ptr<Session> session);
    void leave();

    PgSettings settings_;
    const Clock& clock_;
    Log log_;
    PgFailures failures_;
    PgWatchdog watchdog_;
    std::mutex mutex_;
    std::condition_variable freed_;
    int in_use_ = 0;
    std::vector<std::unique_ptr<Session>> idle_;
    bool role_known_ = false;
};

}  // namespace sheetbq::control
