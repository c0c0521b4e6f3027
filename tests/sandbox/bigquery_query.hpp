#pragma once

#include "bigquery_jobs.hpp"
#include "bigquery_schema.hpp"
#include "bigquery_world.hpp"
#include "call.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sheetbq::sandbox {

/// The little SQL done here: `SELECT 1`, SELECT COUNT(*) FROM a table, perhaps FOR SYSTEM_TIME AS
/// OF TIMESTAMP_MILLIS(n), the same with SELECT * as a dry run, and ALTER TABLE ... ALTER COLUMN
/// ... SET DATA TYPE.
struct Statement {
    enum class Kind : std::uint8_t { one, count, all, widen };
    Kind kind = Kind::one;
    std::string project;
    std::string dataset;
    std::string table;
    std::vector<std::pair<std::string, BigQueryType>> columns;  ///< to widen
    std::optional<std::int64_t> as_of_ms;                       ///< FOR SYSTEM_TIME AS OF

    std::string table_name() const { return project + ":" + dataset + "." + table; }
};

/// Reads `configuration.query` or the body of jobs.query.
/// @throws Error usage for legacy SQL and any other statement.
Statement read_statement(const boost::json::object& query, const std::string& project);

/// Where the statement runs; `wanted` may be empty. @throws Error not_found, permission_denied.
std::string statement_location(BigQueryWorld& world, const Call& call, const Statement& statement,
                               const std::string& wanted);

/// The answer for a query job that is only tried.
boost::json::object dry_run(BigQueryWorld& world, const JobOrder& order);

/// What a query job does when it ends.
std::function<void(Job&)> query_work(BigQueryWorld& world, const Statement& statement);

/// @throws Error bad_data when no table can have that id.
void check_table_id(const std::string& id);

}  // namespace sheetbq::sandbox
