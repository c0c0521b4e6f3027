#include "sheetbq/control/pg_connection.hpp"

#include "sheetbq/control/pg_address.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <chrono>
#include <map>
#include <utility>

namespace sheetbq::control {
namespace {

/// An idle connection older than this is not trusted to be alive on the network's way.
constexpr std::chrono::minutes longest_idle{5};

/// The server ends a statement after 20 s by itself. An answer that is later than that, and than
/// the network's delay, never comes.
constexpr std::chrono::seconds network_delay{5};
constexpr std::chrono::milliseconds usual_patience = std::chrono::seconds{20} + network_delay;

constexpr std::string_view settings_sql =
    "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true),"
    " pg_catalog.set_config('jit', 'off', true),"
    " pg_catalog.set_config('TimeZone', 'UTC', true),"
    " pg_catalog.set_config('client_min_messages', 'warning', true),"
    " pg_catalog.set_config('statement_timeout', '20s', true),"
    " pg_catalog.set_config('lock_timeout', '3s', true),"
    " pg_catalog.set_config('idle_in_transaction_session_timeout', '15s', true)";

class PqxxRows final : public PgAnswer::Rows {
public:
    explicit PqxxRows(const pqxx::result& result) : result_{result} {}

    int size() const override { return static_cast<int>(result_.size()); }
    std::optional<std::string_view> cell(int row, int column) const override {
        const auto field = result_[static_cast<pqxx::result::size_type>(row)]
                                  [static_cast<pqxx::row::size_type>(column)];
        if (field.is_null()) return std::nullopt;
        return std::string_view{field.c_str(), static_cast<std::size_t>(field.size())};
    }

private:
    pqxx::result result_;
};

/// libpqxx 7.10 deprecates what libpqxx 6 has.
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
pqxx::params list(const std::vector<PgArgument>& arguments) {
    pqxx::params out;
    for (const auto& argument : arguments) out.append(argument.text());
    return out;
}

pqxx::result execute(pqxx::nontransaction& work, const std::string& sql,
                     const std::vector<PgArgument>& arguments) {
    return work.exec(sql, list(arguments));
}

pqxx::result execute_prepared(pqxx::nontransaction& work, const std::string& name,
                              const std::vector<PgArgument>& arguments) {
    return work.exec(pqxx::prepped{name}, list(arguments));
}
#else
std::vector<const char*> list(const std::vector<PgArgument>& arguments) {
    std::vector<const char*> out;
    out.reserve(arguments.size());
    for (const auto& argument : arguments)
        out.push_back(argument.text() ? argument.text()->c_str() : nullptr);
    return out;
}

pqxx::result execute(pqxx::nontransaction& work, const std::string& sql,
                     const std::vector<PgArgument>& arguments) {
    const auto texts = list(arguments);
    return work.exec_params(sql, pqxx::prepare::make_dynamic_params(texts.begin(), texts.end()));
}

pqxx::result execute_prepared(pqxx::nontransaction& work, const std::string& name,
                              const std::vector<PgArgument>& arguments) {
    const auto texts = list(arguments);
    return work.exec_prepared(name, pqxx::prepare::make_dynamic_params(texts.begin(), texts.end()));
}
#endif

bool says_that_it_ended(std::string_view state) {
    return state.empty() || state.starts_with("57P") || state.starts_with("08");
}

/// libpqxx 6 leaves it out where it has an exception of its own.
std::string state_of(const pqxx::sql_error& error) {
    if (!error.sqlstate().empty()) return error.sqlstate();
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
    if (dynamic_cast<const pqxx::undefined_table*>(&error) != nullptr) return "42P01";
    if (dynamic_cast<const pqxx::undefined_column*>(&error) != nullptr) return "42703";
    if (dynamic_cast<const pqxx::insufficient_resources*>(&error) != nullptr) return "53000";
    return {};
}

}  // namespace

struct PgTransaction::Session {
    Session(const std::string& address, PgWatchdog& over) : connection{address}, watchdog{over} {}

    pqxx::result run(const std::string& sql, const std::vector<PgArgument>& arguments,
                     std::chrono::milliseconds patience = usual_patience) {
        const auto watch = watchdog.watch(connection.sock(), patience);
        pqxx::nontransaction work{connection};
        return arguments.empty() ? work.exec(sql) : execute(work, sql, arguments);
    }

    /// A pooler answers with a process id of its own making.
    void find_out_whether_direct() {
        const auto answer = run("SELECT pg_catalog.pg_backend_pid()", {});
        direct = answer[0][0].c_str() == std::to_string(connection.backendpid());
    }

    pqxx::result run_kept(const std::string& sql, const std::vector<PgArgument>& arguments,
                          std::chrono::milliseconds patience) {
        if (!direct) return run(sql, arguments, patience);
        const auto watch = watchdog.watch(connection.sock(), patience);
        auto& name = prepared[sql];
        if (name.empty()) {
            connection.prepare(fmt::format("s{}", prepared.size()), sql);
            name = fmt::format("s{}", prepared.size());
        }
        pqxx::nontransaction work{connection};
        return execute_prepared(work, name, arguments);
    }

    /// To be called when a statement failed. @returns why; of a connection that broke, libpqxx 6
    /// tells nothing but that.
    std::string note_failure(const std::exception& error) {
        broken = !connection.is_open();
        const std::string_view what = error.what();
        return std::string{what.starts_with("Could not obtain client encoding")
                               ? "the server, or something on the way to it, closed it"
                               : what};
    }

    pqxx::connection connection;
    PgWatchdog& watchdog;
    std::chrono::nanoseconds idle_since{0};
    bool direct = false;
    std::map<std::string, std::string> prepared;  ///< names by statement
    bool broken = false;  ///< libpqxx 6 would quietly connect anew: no more of this one
};

PgTransaction::PgTransaction(PgPool& pool)
    : pool_{pool}, session_{pool.take()}, patience_{usual_patience} {}

PgTransaction::PgTransaction(PgTransaction&& other) noexcept
    : pool_{other.pool_},
      session_{std::move(other.session_)},
      committed_{std::exchange(other.committed_, true)},
      patience_{other.patience_} {}

PgTransaction::~PgTransaction() {
    if (!session_) return;  // moved on
    try {
        if (!committed_ && !session_->broken) session_->run("ROLLBACK", {});
    } catch (const std::exception&) {
        session_->broken = true;
    }
    pool_.give_back(std::move(session_));
}

const PgFailures& PgTransaction::failures() const { return pool_.failures_; }

/// A connection whose kept plan failed is not used again: its owner may have altered the table, and
/// then the plan would fail for ever.
PgAnswer PgTransaction::run(const std::string& sql, const std::vector<PgArgument>& arguments,
                            PgPlan plan) {
    try {
        return PgAnswer{std::make_shared<PqxxRows>(
            plan == PgPlan::kept ? session_->run_kept(sql, arguments, patience_)
                                 : session_->run(sql, arguments, patience_))};
    } catch (const pqxx::sql_error& error) {
        const auto reason = session_->note_failure(error);
        if (session_->broken) throw failures().lost(reason);
        session_->broken = plan == PgPlan::kept;
        throw failures().refused(state_of(error), reason);
    } catch (const std::exception& error) {
        const auto reason = session_->note_failure(error);
        throw session_->broken ? failures().lost(reason) : failures().refused({}, reason);
    }
}

void PgTransaction::commit() {
    try {
        session_->run("COMMIT", {}, patience_);
        committed_ = true;
    } catch (const pqxx::sql_error& error) {
        const auto reason = session_->note_failure(error);
        if (session_->broken || says_that_it_ended(state_of(error)))
            throw failures().in_doubt(reason);
        throw failures().refused(state_of(error), reason);
    } catch (const std::exception& error) {
        const auto reason = session_->note_failure(error);
        session_->broken = true;
        throw failures().in_doubt(reason);
    }
}

void PgTransaction::allow(std::chrono::seconds statement) {
    run("SELECT set_config('statement_timeout', $1, true)",
        {fmt::format("{}s", statement.count())});
    patience_ = statement + network_delay;
}

PgPool::PgPool(PgSettings settings, const Clock& clock, Log log)
    : settings_{std::move(settings)}, clock_{clock}, log_{std::move(log)}, failures_{settings_} {}

PgPool::~PgPool() = default;

std::unique_ptr<PgPool::Session> PgPool::connect() {
    const auto address = pg_connection_string(settings_);
    try {
        auto session = std::make_unique<Session>(address, watchdog_);
        session->find_out_whether_direct();
        const std::lock_guard lock{mutex_};
        if (!role_known_) {
            failures_.note_role(session->connection.username(), session->connection.dbname());
            role_known_ = true;
        }
        if (session->connection.server_version() < 120'000)
            throw failures_.too_old(session->connection.server_version());
        return session;
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        throw failures_.unreachable(error.what());
    }
}

std::unique_ptr<PgPool::Session> PgPool::take_idle() {
    const std::lock_guard lock{mutex_};
    std::erase_if(idle_, [&](const auto& session) {
        return clock_.monotonic() - session->idle_since > longest_idle;
    });
    if (idle_.empty()) return nullptr;
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
}

void PgPool::give_back(std::unique_ptr<Session> session) {
    if (session && !session->broken) {
        session->idle_since = clock_.monotonic();
        const std::lock_guard lock{mutex_};
        idle_.push_back(std::move(session));
    }
    leave();
}

void PgPool::leave() {
    {
        const std::lock_guard lock{mutex_};
        --in_use_;
    }
    freed_.notify_one();
}

std::unique_ptr<PgPool::Session> PgPool::start() {
    const auto begin = fmt::format("BEGIN ISOLATION LEVEL READ COMMITTED READ {}; {}",
                                   settings_.read_only ? "ONLY" : "WRITE", settings_sql);
    while (auto session = take_idle()) {
        try {
            session->run(begin, {});
            return session;
        } catch (const std::exception&) {
            log_.debug("database_reconnect", "an idle connection to PostgreSQL had died");
            const std::lock_guard lock{mutex_};
            idle_.clear();  // they share its fate
        }
    }
    auto session = connect();
    try {
        session->run(begin, {});
    } catch (const std::exception& error) {
        throw failures_.unreachable(error.what());
    }
    return session;
}

std::unique_ptr<PgPool::Session> PgPool::take() {
    {
        std::unique_lock lock{mutex_};
        freed_.wait(lock, [&] { return in_use_ < most_connections; });
        ++in_use_;
    }
    try {
        return start();
    } catch (...) {
        leave();
        throw;
    }
}

}  // namespace sheetbq::control
