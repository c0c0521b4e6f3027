#pragma once

#include "sheetbq/control/pg_store.hpp"
#include "sheetbq/core/error.hpp"

#include <string>
#include <string_view>

namespace sheetbq::control {

/// Turns what PostgreSQL and libpq say into errors with a reason and something to do. Nothing of
/// the password is in them.
class PgFailures {
public:
    explicit PgFailures(const PgSettings& settings);

    /// Who we are in the database; known once there was a connection.
    void note_role(std::string_view role, std::string_view database);
    /// The configuration's table, quoted; known once it was found.
    void note_table(std::string table);

    Error unreachable(std::string_view message) const;
    /// The connection broke before anything was committed.
    Error lost(std::string_view message) const;
    /// The connection broke while committing.
    Error in_doubt(std::string_view message) const;
    /// A statement failed. @param state  its SQLSTATE; empty: not known.
    Error refused(std::string_view state, std::string_view message) const;
    Error too_old(int server_version) const;

    /// What our role lacks when somebody else creates the schema, as SQL.
    std::string grants() const;
    /// What lets our role create the schema itself, as SQL.
    std::string grant_to_create() const;
    /// `GRANT rights ON object` to our role.
    std::string grant(std::string_view rights, std::string_view object) const;
    /// What our role needs on the table of configurations, as SQL.
    std::string table_grants(std::string_view table) const;

private:
    std::string reason(std::string_view message) const;

    PgSettings settings_;
    std::string place_;
    std::string role_ = "ROLE";
    std::string database_ = "DATABASE";
    std::string table_ = "sheet_to_bigquery_configs";
};

}  // namespace sheetbq::control
