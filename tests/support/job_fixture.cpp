#include "support/job_fixture.hpp"

#include "sheetbq/auth/application_default.hpp"

#include <boost/json.hpp>

namespace sheetbq::testing {

auth::AccessToken SandboxTokens::token(std::stop_token) {
    const std::lock_guard lock{mutex_};
    if (current_.value.empty() || current_.expires_at <= clock_.now())
        current_ = {google_.token_for(Job::account, auth::default_scopes()),
                    clock_.now() + std::chrono::hours{1}};
    return current_;
}

void SandboxTokens::forget(const auth::AccessToken& refused) {
    const std::lock_guard lock{mutex_};
    if (current_.value == refused.value) current_ = {};
}

std::string SandboxTokens::account(std::stop_token) { return Job::account; }

Job::Job() {
    sandbox::Spreadsheet sheet;
    sheet.id = spreadsheet_id;
    sheet.title = "Shop";
    sheet.time_zone = "Europe/Berlin";
    sheet.tabs.push_back({.title = "Orders"});
    sheet.shared_with = {account};
    google.sheets.emplace(sheet.id, std::move(sheet));
    dataset().location = "EU";
}

sandbox::Tab& Job::type_csv(const std::string& csv) {
    tab() = sandbox::tab_from_csv("Orders", csv);
    return tab();
}

sandbox::Table* Job::table() {
    return google.bigquery.find_table("demo-project", "demo", "orders");
}

std::string Job::rows() {
    std::string text;
    for (const auto& row : table()->rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            text += (i == 0 ? "" : "|") + row[i].value_or("NULL");
        text += "\n";
    }
    return text;
}

std::string Job::schema() {
    std::string text;
    for (const auto& column : table::schema_from_json(table()->fields))
        text += (text.empty() ? "" : " ") + column.name + ":" + std::string{to_string(column.type)};
    return text;
}

etl::RunReport Job::run(const std::map<std::string, std::string>& variables, etl::Mode mode) {
    std::map<std::string, std::string> all{{"CONFIG_NAME", "orders"},
                                           {"CONFIG_ID", "7"},
                                           {"GOOGLE_SHEET_URL", spreadsheet_id},
                                           {"GOOGLE_CLOUD_PROJECT_ID", "demo-project"},
                                           {"BIGQUERY_DATASET_ID", "demo"},
                                           {"BIGQUERY_TABLE_ID", "orders"},
                                           {"SHEETBQ_RUN_ID", "run" + std::to_string(++runs)}};
    for (const auto& [name, value] : variables) all[name] = value;
    const auto options =
        etl::read_options([&](std::string_view name) -> std::optional<std::string> {
            const auto found = all.find(std::string{name});
            return found == all.end() ? std::nullopt : std::optional{found->second};
        });
    SandboxTokens tokens{google, clock};
    gcp::Traffic traffic;
    gcp::ApiClient api{google,
                       tokens,
                       clock,
                       {.budget = options.retry_budget},
                       [](std::chrono::milliseconds cap) { return cap; },
                       {},
                       traffic};
    gcp::Sheets sheets{api};
    gcp::Drive drive{api};
    gcp::BigQuery bigquery{api};
    std::mutex mutex;
    const Log log{[&](const Event& event) {
        const std::lock_guard lock{mutex};
        events.push_back(event);
    }};
    return etl::run({sheets, drive, bigquery, clock, traffic}, options, mode, log, on_progress,
                    {stop.get_token(), {}});
}

std::string Job::notice(const etl::RunReport& report, std::string_view event) {
    for (const auto& notice : report.notices)
        if (notice.event == event) return notice.message;
    return {};
}

}  // namespace sheetbq::testing
