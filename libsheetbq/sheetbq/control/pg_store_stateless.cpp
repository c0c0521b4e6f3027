#include "sheetbq/control/pg_claim_sql.hpp"
#include "sheetbq/control/postgres_store.hpp"

#include <fmt/format.h>

#include <utility>

namespace sheetbq::control {
namespace {

/// Locks of other programs are theirs: this number is ours, "sbq" in ASCII.
constexpr int lock_space = 0x736271;

/// The lock is the transaction's: it goes when that ends, however it ends.
class PgConfigLock final : public ConfigLock {
public:
    PgConfigLock(PgTransaction transaction, std::string table, Config config)
        : transaction_{std::move(transaction)},
          table_{std::move(table)},
          config_{std::move(config)} {}

    const Config& config() const override { return config_; }
    void succeeded() override {
        transaction_.run(fmt::format("UPDATE {} c SET last_run = greatest(coalesce(c.last_run,"
                                     " '-infinity'), now()) WHERE c.id = $1::int",
                                     table_),
                         {config_.id});
        transaction_.commit();
    }

private:
    PgTransaction transaction_;
    std::string table_;
    Config config_;
};

}  // namespace

std::unique_ptr<ConfigLock> PostgresStore::lock_due(int config_id, const ClaimOrder& order) {
    auto transaction = pool_.begin();
    transaction.run("SET LOCAL idle_in_transaction_session_timeout = 0");
    const auto locked = transaction.run("SELECT pg_try_advisory_xact_lock($1::int, $2::int)",
                                        {lock_space, config_id});
    if (!PgRow{locked}.flag()) return nullptr;
    // Due still, now that nobody else can change that; now() is when it was claimed.
    const auto answer = transaction.run(
        fmt::format("SELECT {} FROM {} c WHERE c.id = $2::int AND c.is_active AND {}",
                    table_.columns(), table_.name, time_due_sql()),
        {static_cast<double>(order.due_slack.count()) / 1000, config_id});
    if (answer.empty()) return nullptr;
    PgRow row{answer};
    return std::make_unique<PgConfigLock>(std::move(transaction), table_.name, read_config(row));
}

}  // namespace sheetbq::control
