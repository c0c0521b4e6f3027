#include "sheetbq/app/doctor_google.hpp"

#include "sheetbq/app/humane.hpp"
#include "sheetbq/gcp/dataset_info.hpp"
#include "sheetbq/gcp/http_date.hpp"
#include "sheetbq/gcp/permissions.hpp"
#include "sheetbq/gcp/sheets.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

using gcp::Refusal;

/// Tokens are refused when clocks differ by more than some minutes; half a minute is odd already.
constexpr std::chrono::seconds odd_skew{30};
constexpr std::chrono::minutes bad_skew{5};
/// Formed as an id is, and nobody's.
constexpr std::string_view no_spreadsheet = "1sheetbqDoctorLooksWhetherTheApiIsSwitchedOn";

/// A cheap call that tells whether an API can be used.
struct Probe {
    std::string title;
    std::string url;
    std::string body{};  ///< of a POST
    bool for_sheets = false;
    Health otherwise = Health::failed;
};

bool is_about_the_api(const Refusal& refusal) {
    static constexpr std::array<std::string_view, 5> reasons{
        "SERVICE_DISABLED", "accessNotConfigured", "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "insufficientPermissions", "USER_PROJECT_DENIED"};
    return refusal.status == 401 ||
           std::find(reasons.begin(), reasons.end(), refusal.reason) != reasons.end();
}

/// Any answer that is about the thing asked for proves that the API is on.
Diagnosis ask(gcp::ApiClient& api, const Probe& probe, std::stop_token stop) {
    bool is_on = false;
    try {
        api.json({.method = probe.body.empty() ? http::Method::get : http::Method::post,
                  .url = probe.url,
                  .body = probe.body,
                  .explain =
                      [&](const Refusal& refusal) {
                          is_on = refusal.status < 500 && refusal.status != 429 &&
                                  !is_about_the_api(refusal);
                          return gcp::to_error(refusal);
                      }},
                 std::move(stop));
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
        if (!is_on)
            return probe.otherwise == Health::failed ? failed(probe.title, error)
                                                     : warned(probe.title, error);
    }
    return {probe.title, Health::ok, "switched on, and the credentials' scopes suffice"};
}

std::vector<Probe> probes(const ApiNeeds& needs) {
    const std::string id{needs.spreadsheet_id.empty() ? no_spreadsheet : needs.spreadsheet_id};
    const auto run = http::escape(needs.run_project);
    const auto region = http::escape(needs.region);
    std::vector<Probe> list{
        {"Google Sheets API",
         fmt::format("https://sheets.googleapis.com/v4/spreadsheets/{}?fields=spreadsheetId",
                     http::escape(id)),
         "", true},
        {"Google Drive API",
         fmt::format(
             "https://www.googleapis.com/drive/v3/files/{}?fields=id&supportsAllDrives=true",
             http::escape(id)),
         "", true, Health::warning}};
    if (!needs.project.empty())
        list.push_back({"BigQuery API",
                        fmt::format("https://bigquery.googleapis.com/bigquery/v2/projects/{}/jobs"
                                    "?maxResults=1&fields=kind",
                                    http::escape(needs.project))});
    if (!needs.region.empty()) {
        list.push_back({"Cloud Run API",
                        fmt::format("https://run.googleapis.com/v2/projects/{}/locations/{}/jobs/-/"
                                    "executions?pageSize=1",
                                    run, region)});
        list.push_back({"Cloud Logging API", "https://logging.googleapis.com/v2/entries:list",
                        boost::json::serialize(boost::json::object{
                            {"resourceNames", {"projects/" + needs.run_project}},
                            {"filter", "timestamp>=\"2100-01-01T00:00:00Z\""},
                            {"pageSize", 1}})});
        list.push_back(
            {"Cloud Scheduler API",
             fmt::format("https://cloudscheduler.googleapis.com/v1/projects/{}/locations/"
                         "{}/jobs?pageSize=1",
                         run, region),
             "", false, Health::warning});
    }
    if (!needs.secret.empty())
        list.push_back({"Secret Manager API",
                        gcp::iam_secret(needs.secret).url + ":testIamPermissions",
                        R"({"permissions":["secretmanager.versions.access"]})"});
    return list;
}

std::string list_of(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string configs_of(const SheetNeed& need) {
    std::vector<std::string> names;
    for (const auto& each : need.by) names.push_back(each.config);
    return list_of(names);
}

/// Whoever wants a tab that the spreadsheet has not.
Diagnoses missing_tabs(const std::string& check, const gcp::SpreadsheetInfo& info,
                       const SheetNeed& need) {
    std::vector<std::string> titles;
    for (const auto& tab : info.tabs) titles.push_back(tab.title);
    Diagnoses missing;
    for (const auto& [config, tab] : need.by)
        if (!tab.empty() && std::count(titles.begin(), titles.end(), tab) == 0)
            missing.push_back({check, Health::failed,
                               fmt::format("has no tab \"{}\", which {} reads", tab, config),
                               fmt::format("its tabs are: {}", list_of(titles)),
                               fmt::format("Correct its google_sheet_tab_name, e.g.: helper "
                                           "configs update {} --tab=\"{}\"",
                                           config, titles.empty() ? "TITLE" : titles.front())});
    return missing;
}

/// The permissions that a load needs on its table's dataset.
const std::vector<std::string> load_permissions{"bigquery.tables.create", "bigquery.tables.get",
                                                "bigquery.tables.update",
                                                "bigquery.tables.updateData"};

Diagnosis may_run_jobs(const std::string& project, const std::string& account,
                       const std::vector<std::string>& missing) {
    const auto check = "load jobs in " + project;
    const bool lacks = std::count(missing.begin(), missing.end(), "bigquery.jobs.create") > 0;
    if (!lacks) return {check, Health::ok, fmt::format("{} may start them", account)};
    return {check, Health::failed,
            fmt::format("{} lacks bigquery.jobs.create on project {}", account, project),
            "every load is a job of BigQuery",
            fmt::format("Run: gcloud projects add-iam-policy-binding {} --member={} "
                        "--role=roles/bigquery.jobUser",
                        project, gcp::iam_member(account))};
}

/// What we lack to load into these tables when the project's grants do not suffice.
std::vector<std::string> lacking_on_tables(gcp::ApiClient& api,
                                           const std::vector<gcp::TableId>& tables, bool& all_there,
                                           const std::stop_token& stop) {
    std::vector<std::string> lacking;
    gcp::BigQuery bigquery{api};
    for (const auto& table : tables) {
        if (!bigquery.find_table(table, stop)) {
            all_there = false;
            continue;
        }
        for (auto& permission :
             gcp::missing_permissions(api, gcp::iam_table(table),
                                      {load_permissions.begin() + 1, load_permissions.end()}, stop))
            if (std::count(lacking.begin(), lacking.end(), permission) == 0)
                lacking.push_back(std::move(permission));
    }
    return lacking;
}

}  // namespace

Diagnoses check_credentials(const auth::Credentials& credentials, std::stop_token stop) {
    const std::string check = "credentials";
    return examined(check, [&]() -> Diagnoses {
        credentials.cloud->token(stop);
        const auto account = credentials.cloud->account(stop);
        const bool told = account.empty() || credentials.kind.find(account) != std::string::npos;
        Diagnoses found{
            {check, Health::ok,
             told ? credentials.kind : fmt::format("{}, by {}", account, credentials.kind)}};
        if (credentials.sheets != credentials.cloud) {
            credentials.sheets->token(stop);
            found.push_back({"delegated person", Health::ok,
                             "sheets are read as " + credentials.sheets->account(stop)});
        }
        return found;
    });
}

Diagnoses check_google_clock(gcp::ApiClient& api, std::stop_token stop) {
    const std::string check = "clock";
    return examined(check, [&]() -> Diagnoses {
        const auto answer =
            api.once({.url = fmt::format("https://sheets.googleapis.com/v4/spreadsheets/{}?fields="
                                         "spreadsheetId",
                                         no_spreadsheet)},
                     nullptr, stop);
        const auto date = answer.headers.find("date");
        const auto theirs = date ? gcp::from_http_date(*date) : std::nullopt;
        if (!theirs) return {{check, Health::skipped, "Google's answer has no date"}};
        using std::chrono::milliseconds;
        const auto skew =
            std::chrono::abs(std::chrono::duration_cast<milliseconds>(api.clock().now() - *theirs));
        if (skew <= odd_skew) return {{check, Health::ok, "agrees with Google's"}};
        return {{check, skew < bad_skew ? Health::warning : Health::failed,
                 fmt::format("differs from Google's by {}", span_text(skew)),
                 "signed requests for tokens are refused when the clock is wrong",
                 "Run: sudo timedatectl set-ntp true"}};
    });
}

Diagnoses check_apis(gcp::ApiClient& sheets_api, gcp::ApiClient& cloud_api, const ApiNeeds& needs,
                     std::stop_token stop) {
    Diagnoses found;
    for (const auto& probe : probes(needs))
        found.push_back(ask(probe.for_sheets ? sheets_api : cloud_api, probe, stop));
    return found;
}

Diagnoses check_sheet(gcp::ApiClient& api, const SheetNeed& need, const std::string& reader,
                      std::stop_token stop) {
    const auto of = configs_of(need);
    return examined("sheet of " + of, [&]() -> Diagnoses {
        const auto info = gcp::Sheets{api}.spreadsheet(need.spreadsheet_id, stop);
        const auto check = fmt::format("sheet \"{}\"", info.title);
        auto found = missing_tabs(check, info, need);
        found.insert(found.begin(), {check, Health::ok,
                                     fmt::format("is shared with {} ({})", api.account(stop), of)});
        if (!reader.empty())
            found.push_back(
                {check, Health::skipped, fmt::format("whether it is shared with {} too", reader),
                 "Cloud Run's job reads it as that account, which only that account can try",
                 fmt::format(
                     "Open https://docs.google.com/spreadsheets/d/{}, click Share, and look "
                     "for {}.",
                     need.spreadsheet_id, reader)});
        return found;
    });
}

std::string grant_on_dataset(const std::string& project, const std::string& dataset,
                             const std::string& account) {
    return fmt::format(
        "Run: bq query --project_id={0} --use_legacy_sql=false 'GRANT `roles/bigquery.dataEditor` "
        "ON SCHEMA `{0}`.`{1}` TO \"{2}\"'",
        project, dataset, gcp::iam_member(account));
}

Diagnoses check_dataset(gcp::ApiClient& api, const std::vector<gcp::TableId>& tables,
                        std::stop_token stop) {
    const auto& project = tables.front().project;
    const auto& dataset = tables.front().dataset;
    const auto check = fmt::format("dataset {}.{}", project, dataset);
    return examined(check, [&]() -> Diagnoses {
        const auto account = api.account(stop);
        const auto info = gcp::dataset_info(api, project, dataset, account, stop);
        Diagnoses found{{check, Health::ok, "is in " + info.location}};
        auto wanted = load_permissions;
        wanted.emplace_back("bigquery.jobs.create");
        auto missing = gcp::missing_permissions(api, gcp::iam_project(project), wanted, stop);
        found.push_back(may_run_jobs(project, account, missing));
        std::erase(missing, "bigquery.jobs.create");
        const auto rights = "rights on " + dataset;
        bool all_there = true;
        const auto lacking = missing.empty() || info.access == gcp::WriteAccess::granted
                                 ? std::vector<std::string>{}
                                 : lacking_on_tables(api, tables, all_there, stop);
        if (!lacking.empty() || (!all_there && info.access == gcp::WriteAccess::none))
            found.push_back(
                {rights, Health::failed,
                 fmt::format("{} lacks {}", account, list_of(lacking.empty() ? missing : lacking)),
                 "neither the project nor the dataset grants it",
                 grant_on_dataset(project, dataset, account)});
        else if (!all_there)
            found.push_back({rights, Health::warning,
                             fmt::format("whether {} may create tables cannot be told", account),
                             "the dataset is open to groups, whose members are not visible",
                             grant_on_dataset(project, dataset, account)});
        else
            found.push_back({rights, Health::ok, fmt::format("{} may load tables", account)});
        return found;
    });
}

}  // namespace sheetbq::app
