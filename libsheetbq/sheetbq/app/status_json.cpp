#include "sheetbq/app/status_json.hpp"

#include "sheetbq/table/unicode.hpp"

#include <boost/json.hpp>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

/// Text that is UTF-8 whatever the database holds.
json::value text(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) table::append_utf8(out, table::take_character(bytes));
    return json::string(out);
}

json::value text_or_null(const std::string& bytes) {
    return bytes.empty() ? json::value(nullptr) : text(bytes);
}

template <class Value>
json::value or_null(const std::optional<Value>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

json::value or_null(const std::optional<std::string>& value) {
    return value ? text(*value) : json::value(nullptr);
}

json::value time(Clock::TimePoint time) { return json::string(to_rfc3339(time)); }

json::value time(const std::optional<Clock::TimePoint>& at) {
    return at ? time(*at) : json::value(nullptr);
}

/// JSON of a column, as what it says; `null` when it is none.
json::value embedded(const std::string& column) {
    if (column.empty()) return nullptr;
    json::error_code problem;
    auto value = json::parse(column, problem);
    return problem ? json::value(nullptr) : value;
}

json::value report_of(const control::Run& run) {
    auto report = embedded(run.report);
    return report.is_object() ? report : json::value(nullptr);
}

json::object state_json(const control::ConfigState& state) {
    return {{"failures", state.failures},
            {"not_before", time(state.not_before)},
            {"config_hash", text_or_null(state.config_hash)},
            {"failing_since", time(state.failing_since)},
            {"last_error_class", text_or_null(state.last_error_class)},
            {"last_error", text_or_null(state.last_error)},
            {"last_hint", text_or_null(state.last_hint)},
            {"incident_id", text_or_null(state.incident_id)},
            {"incident_opened_at", time(state.incident_opened_at)},
            {"last_notified_at", time(state.last_notified_at)},
            {"reminders", state.reminders},
            {"sheets_requests", state.sheets_requests},
            {"run_requested_at", time(state.run_requested_at)}};
}

}  // namespace

json::object to_json(const control::ConfigOverview& overview) {
    const auto& config = overview.config;
    json::array recent;
    for (const auto& run : overview.recent) recent.push_back(to_json(run));
    return {{"id", config.id},
            {"name", text(config.name)},
            {"google_sheet_url", text(config.sheet_url)},
            {"google_sheet_tab_name", or_null(config.tab)},
            {"google_cloud_project_id", text(config.project)},
            {"bigquery_dataset_id", text(config.dataset)},
            {"bigquery_table_id", text(config.table)},
            {"schema_handling", text_or_null(config.schema_handling)},
            {"custom_schema", embedded(config.custom_schema.value_or(""))},
            {"options", embedded(config.options.value_or(""))},
            {"is_active", config.active},
            {"last_run", time(config.last_run)},
            {"run_frequency_hours", or_null(config.frequency_hours)},
            {"created_at", time(config.created_at)},
            {"hash", text_or_null(config.hash)},
            {"due_at", time(overview.due_at)},
            {"state", state_json(overview.state)},
            {"live_run", overview.live ? json::value(to_json(*overview.live)) : nullptr},
            {"recent_runs", std::move(recent)}};
}

json::object to_json(const control::Run& run) {
    return {{"run_id", text(run.run_id)},
            {"config_id", run.config_id},
            {"slot_key", text(run.slot_key)},
            {"attempt", run.attempt},
            {"trigger", text(run.trigger)},
            {"state", control::to_string(run.state)},
            {"live", control::is_live(run.state)},
            {"fence", run.fence},
            {"lease_owner", or_null(run.lease_owner)},
            {"due_at", time(run.due_at)},
            {"created_at", time(run.created_at)},
            {"start_requested_at", time(run.start_requested_at)},
            {"start_tries", run.start_tries},
            {"execution_name", or_null(run.execution_name)},
            {"started_at", time(run.started_at)},
            {"finished_at", time(run.finished_at)},
            {"deadline_at", time(run.deadline_at)},
            {"missing_since", time(run.missing_since)},
            {"cancel_requested", run.cancel_requested},
            {"cancel_requested_at", time(run.cancel_requested_at)},
            {"spreadsheet_id", text_or_null(run.spreadsheet_id)},
            {"project", text_or_null(run.project)},
            {"config_hash", text_or_null(run.config_hash)},
            {"exit_code", or_null(run.exit_code)},
            {"error_class", text_or_null(run.error_class)},
            {"error_message", text_or_null(run.error_message)},
            {"error_hint", text_or_null(run.error_hint)},
            {"log_uri", text_or_null(run.log_uri)},
            {"report", report_of(run)}};
}

std::string configs_json(const std::vector<control::ConfigOverview>& configs) {
    json::array list;
    for (const auto& overview : configs) list.push_back(to_json(overview));
    return json::serialize(
        json::object{{"schema", "sheetbq.config/v1"}, {"configs", std::move(list)}});
}

std::string runs_json(const std::vector<control::Run>& runs) {
    json::array list;
    for (const auto& run : runs) list.push_back(to_json(run));
    return json::serialize(json::object{{"schema", "sheetbq.run/v1"}, {"runs", std::move(list)}});
}

}  // namespace sheetbq::app
