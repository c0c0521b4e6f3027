#pragma once

#include "sheetbq/control/pg_config_table.hpp"
#include "sheetbq/control/pg_value.hpp"
#include "sheetbq/control/store.hpp"

#include <string>
#include <vector>

namespace sheetbq::control {

/// Claims what is due, in one statement under the pool's row lock. $1-$4 as due_arguments tells;
/// $5 the cap, $6 the batch, $7 the lease's owner, $8 the lease, $9 ids for the runs. Answers
/// run_columns.
std::string claim_sql(const PgConfigTable& table);
/// Counts what is due and not live. $1-$4.
std::string due_left_sql(const PgConfigTable& table);
/// What claim_sql would see, every configuration with its reasons. $1-$4, $5 the cap, $6 the batch.
/// @param schema_ready  false: our own tables do not exist yet.
std::string due_sql(const PgConfigTable& table, bool schema_ready);
DueLine read_due_line(PgRow& row);

/// Whether `c` is due by time, and when it is; $1 is the slack in seconds.
std::string time_due_sql();
std::string due_at_sql();

/// The rows of config_state that matter to what is due, under the alias `s`.
std::string waiting_states_sql();

std::vector<PgArgument> due_arguments(const ClaimOrder& order);

}  // namespace sheetbq::control
