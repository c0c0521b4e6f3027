#pragma once

#include "sheetbq/control/store.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/core/retry.hpp"
#include "sheetbq/core/secret.hpp"

#include <memory>
#include <string>

namespace sheetbq::control {

/// How to reach PostgreSQL. Empty fields are left to libpq (PGHOST, ~/.pgpass ...).
struct PgSettings {
    Secret url{};        ///< postgresql://...; wins over the single fields
    std::string host{};  ///< a name, or the folder of a socket
    std::string port{};
    std::string database{};
    std::string user{};
    Secret password{};
    /// Empty: `verify-full` where the server is on another machine, else libpq's own default.
    std::string sslmode{};
    std::string sslrootcert{};  ///< empty: `trusted`, where sslmode is empty too
    std::string trusted{};      ///< file of the system's certificates
    std::string config_table = "sheet_to_bigquery_configs";  ///< perhaps `schema.table`
    std::string instance{};  ///< names this process in leases and pg_stat_activity
    bool read_only = false;  ///< every transaction is READ ONLY; nothing is created
};

/// PostgreSQL by libpqxx, which is used nowhere else.
/// @throws Error database when it cannot be reached (three parts: which host, what it said, what to
///     do); bad_config when the table of configurations is missing or lacks columns or grants.
std::unique_ptr<Store> make_pg_store(const PgSettings& settings, const Clock& clock, Jitter jitter,
                                     const Log& log);

/// The SQL that creates or updates the schema, as a person would run it.
std::string migration_sql();

}  // namespace sheetbq::control
