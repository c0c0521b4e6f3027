#include "sheetbq/control/pg_run_row.hpp"

#include "sheetbq/core/log.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::control {

std::string run_columns(const std::string& report) {
    return fmt::format(
        "r.run_id, r.config_id, r.slot_key, r.attempt, r.trigger, r.state, r.fence, r.lease_owner,"
        " date_part('epoch', r.due_at), date_part('epoch', r.created_at),"
        " date_part('epoch', r.start_requested_at), r.start_tries, r.execution_name,"
        " date_part('epoch', r.started_at), date_part('epoch', r.finished_at),"
        " date_part('epoch', r.deadline_at), date_part('epoch', r.missing_since),"
        " date_part('epoch', r.cancel_requested_at), r.spreadsheet_id, r.project_id, r.config_hash,"
        " r.exit_code, r.error_class, r.error_message, r.error_hint, r.log_uri, {}",
        report);
}

Run read_run(PgRow& row) {
    Run run;
    run.run_id = row.text();
    run.config_id = row.integer();
    run.slot_key = row.text();
    run.attempt = row.integer();
    run.trigger = row.text();
    run.state = run_state(row.text());
    run.fence = row.big();
    run.lease_owner = row.optional_text();
    run.due_at = row.time();
    run.created_at = row.time();
    run.start_requested_at = row.optional_time();
    run.start_tries = row.integer();
    run.execution_name = row.optional_text();
    run.started_at = row.optional_time();
    run.finished_at = row.optional_time();
    run.deadline_at = row.optional_time();
    run.missing_since = row.optional_time();
    run.cancel_requested_at = row.optional_time();
    run.cancel_requested = run.cancel_requested_at.has_value();
    run.spreadsheet_id = row.text();
    run.project = row.text();
    run.config_hash = row.text();
    run.exit_code = row.optional_integer();
    run.error_class = row.text();
    run.error_message = row.text();
    run.error_hint = row.text();
    run.log_uri = row.text();
    run.report = row.text();
    return run;
}

std::vector<Run> read_runs(const PgAnswer& answer) { return read_all(answer, read_run); }

std::string config_state_columns() {
    return "s.failures, date_part('epoch', s.not_before), s.config_hash,"
           " date_part('epoch', s.failing_since), s.last_error_class, s.last_error, s.last_hint,"
           " s.incident_id, date_part('epoch', s.incident_opened_at),"
           " date_part('epoch', s.last_notified_at), s.reminders, s.sheets_requests,"
           " date_part('epoch', s.run_requested_at)";
}

ConfigState read_config_state(PgRow& row) {
    ConfigState state;
    state.failures = row.integer();
    state.not_before = row.optional_time();
    state.config_hash = row.text();
    state.failing_since = row.optional_time();
    state.last_error_class = row.text();
    state.last_error = row.text();
    state.last_hint = row.text();
    state.incident_id = row.text();
    state.incident_opened_at = row.optional_time();
    state.last_notified_at = row.optional_time();
    state.reminders = row.integer();
    state.sheets_requests = row.integer();
    state.run_requested_at = row.optional_time();
    return state;
}

PgArgument json_argument(const std::string& text) {
    if (text.empty()) return std::nullopt;
    boost::json::error_code problem;
    boost::json::parse(text, problem);
    return problem ? json_string(text) : text;
}

std::optional<std::int64_t> rows_in_report(const std::string& report) {
    boost::json::error_code problem;
    const auto value = boost::json::parse(report, problem);
    if (problem || !value.is_object()) return std::nullopt;
    const auto* rows = value.as_object().if_contains("rows");
    return rows != nullptr && rows->is_int64() ? std::optional{rows->as_int64()} : std::nullopt;
}

}  // namespace sheetbq::control
