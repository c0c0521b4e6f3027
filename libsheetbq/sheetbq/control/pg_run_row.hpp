#pragma once

#include "sheetbq/control/pg_value.hpp"
#include "sheetbq/control/policy.hpp"
#include "sheetbq/control/run_record.hpp"

#include <string>

namespace sheetbq::control {

/// As the partial indexes spell it.
inline constexpr auto live_states = "state IN ('claimed', 'starting', 'running', 'cancelling')";

/// The columns that read_run reads, of a run under the alias `r`.
/// @param report  SQL for the report, which is long.
std::string run_columns(const std::string& report = "r.report");
Run read_run(PgRow& row);
std::vector<Run> read_runs(const PgAnswer& answer);

/// The columns that read_config_state reads, of a row of config_state under the alias `s`.
std::string config_state_columns();
ConfigState read_config_state(PgRow& row);

/// JSON that the database takes: what is none becomes a JSON string, nothing becomes NULL.
PgArgument json_argument(const std::string& text);
/// `rows` of a run_finished event.
std::optional<std::int64_t> rows_in_report(const std::string& report);

}  // namespace sheetbq::control
