#pragma once

#include "sheetbq/control/pg_store.hpp"
#include "support/error_of.hpp"
#include "support/postgres.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sheetbq::testing {

/// How the store reaches PostgreSQL. Where PgBouncer is not installed, both are direct.
enum class Route { direct, bouncer };

/// What stands in the database before the test.
enum class Start {
    ready,  ///< the owner's table and our schema
    bare,   ///< the owner's table only
};

/// A row of the owner's table. Times are SQL, e.g. `now() - interval '2 hours'`.
struct Row {
    std::string name = "Orders";
    std::string sheet{};  ///< spreadsheet id; empty: one of its own
    std::string project = "shop";
    std::string last_run = "now() - interval '2 hours'";
    std::string frequency = "1";
    std::string active = "true";
};

/// The PostgreSQL that all tests of a program share.
Postgres& postgres();
bool bouncer_runs();

/// A database of its own, and stores on it.
class StoreWorld {
public:
    explicit StoreWorld(Route route = Route::direct, Start start = Start::ready);
    ~StoreWorld();
    StoreWorld(const StoreWorld&) = delete;
    StoreWorld& operator=(const StoreWorld&) = delete;

    control::PgSettings settings(const std::string& instance = "one") const;
    std::unique_ptr<control::Store> open(const std::string& instance = "one") const;
    std::unique_ptr<control::Store> open(const control::PgSettings& settings) const;

    /// @returns its id.
    int add(const Row& row = {}) const;
    Table query(const std::string& sql) const { return postgres().query(database_, sql); }
    std::string value(const std::string& sql) const { return postgres().value(database_, sql); }
    const std::string& database() const { return database_; }

private:
    Route route_;
    std::string database_;
};

/// Everything that is due, by a store that may start many at once.
std::vector<control::Run> claim_all(control::Store& store, const std::string& tick = "t1");
/// One run of a new row, claimed; `store` holds its lease.
control::Run claimed_run(StoreWorld& world, control::Store& store, const Row& row = {});
/// The same, with its execution recorded.
control::Run running_run(StoreWorld& world, control::Store& store, const Row& row = {});
control::Ending success();
control::Ending failure(Code code = Code::bad_config, const std::string& message = "no such tab");

/// The owner's table, as design.md has it.
extern const char* const owners_table;

}  // namespace sheetbq::testing
