// Every bad input: its class, its exit code, the exact thing to do, and a table left as it was.
#include "sheetbq/auth/application_default.hpp"
#include "support/checked_job.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <random>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;
using sheetbq::testing::Variables;

namespace {

constexpr auto old_csv = "id,name\n1,old\n2,older\n3,oldest\n";

/// One way to go wrong, with what must be said.
struct BadInput {
    std::string name;
    std::function<void(CheckedJob&)> spoil;  ///< after the old table was loaded
    Variables variables{};
    Code code = Code::internal;
    int exit = 0;
    std::vector<std::string> words{};
};

void nothing(CheckedJob&) {}

void run_table(const std::vector<BadInput>& inputs) {
    for (const auto& input : inputs) {
        DYNAMIC_SECTION(input.name) {
            CheckedJob job;
            job.fill(old_csv);
            const auto before = job.snapshot();
            job.type_csv("id,name\n4,new\n5,newer\n6,newest\n");
            input.spoil(job);

            const auto error = job.failure(input.variables);

            check_failure(error, input.code, input.exit, input.words);
            CHECK(job.snapshot() == before);
        }
    }
}

std::string url(std::string_view rest) { return fmt::format("https://docs.google.com/{}", rest); }

}  // namespace

TEST_CASE("a configuration with several problems lists them all at once") {
    CheckedJob job;
    job.fill(old_csv);
    const auto before = job.snapshot();
    const auto requests = job.google.requests().size();

    const auto error = job.failure({{"CONFIG_NAME", ""},
                                    {"GOOGLE_SHEET_URL", ""},
                                    {"GOOGLE_CLOUD_PROJECT_ID", " "},
                                    {"BIGQUERY_DATASET_ID", "a.b"},
                                    {"BIGQUERY_TABLE_ID", "a$20240101"},
                                    {"HEADER_ROW", "first"},
                                    {"WRITE_MODE", "truncate"},
                                    {"UPLOAD_CHUNK_KB", "300"},
                                    {"SCHEMA_HANDLING", "custom"}});

    check_failure(
        error, Code::bad_config, 10,
        {"the configuration has 9 problems", "CONFIG_NAME: is not set",
         "GOOGLE_SHEET_URL: is not set", "GOOGLE_CLOUD_PROJECT_ID: is not set",
         "BIGQUERY_DATASET_ID: \"a.b\"", "BIGQUERY_TABLE_ID: \"a$20240101\"",
         "HEADER_ROW: \"first\" is not a whole number from 0 to 10000", "use replace or append",
         "300 is not a multiple of 256; use e.g. 512", "CUSTOM_SCHEMA: is not set"});
    CHECK(job.snapshot() == before);
    CHECK(job.google.requests().size() == requests);
}

TEST_CASE("a bad address of the sheet is refused") {
    run_table({
        {.name = "no address",
         .spoil = nothing,
         .variables = {{"GOOGLE_SHEET_URL", "my orders"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"GOOGLE_SHEET_URL", "\"my orders\" is not the address of a Google Sheet",
                   "copy the whole address"}},
        {.name = "another host",
         .spoil = nothing,
         .variables = {{"GOOGLE_SHEET_URL", "https://example.com/spreadsheets/d/abc"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"example.com"}},
        {.name = "a published link",
         .spoil = nothing,
         .variables = {{"GOOGLE_SHEET_URL", url("spreadsheets/d/e/2PACX-1vQ/pubhtml")}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"published copy", "Open the sheet itself"}},
        {.name = "a document",
         .spoil = nothing,
         .variables = {{"GOOGLE_SHEET_URL", url("document/d/1abc/edit")}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"Google Docs document"}},
    });
}

TEST_CASE("a file that is no readable spreadsheet is refused") {
    run_table({
        {.name = "an Office file",
         .spoil =
             [](CheckedJob& job) {
                 job.spreadsheet().mime_type =
                     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
             },
         .code = Code::bad_config,
         .exit = 10,
         .words = {"is an Office file", "File > Save as Google Sheets"}},
        {.name = "a folder",
         .spoil =
             [](CheckedJob& job) {
                 job.spreadsheet().mime_type = "application/vnd.google-apps.folder";
             },
         .code = Code::bad_config,
         .exit = 10,
         .words = {"is not a spreadsheet", "GOOGLE_SHEET_URL"}},
        {.name = "not there",
         .spoil = [](CheckedJob& job) { job.google.sheets.clear(); },
         .code = Code::not_found,
         .exit = 3,
         .words = {"there is no spreadsheet", "GOOGLE_SHEET_URL"}},
        {.name = "not shared",
         .spoil = [](CheckedJob& job) { job.spreadsheet().shared_with = {"someone@else.com"}; },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"not shared with etl@demo-project.iam.gserviceaccount.com", "click Share",
                   "add etl@demo-project.iam.gserviceaccount.com as Viewer"}},
    });
}

TEST_CASE("a tab or range that cannot be loaded is refused") {
    const auto add_tab = [](std::string title, std::string type) {
        return [title = std::move(title), type = std::move(type)](CheckedJob& job) {
            job.spreadsheet().tabs.push_back({.title = title, .gid = 9, .sheet_type = type});
        };
    };
    run_table({
        {.name = "missing tab",
         .spoil = add_tab("Returns", "GRID"),
         .variables = {{"GOOGLE_SHEET_TAB_NAME", "Ordres"}},
         .code = Code::not_found,
         .exit = 3,
         .words = {"has no tab \"Ordres\"", "\"Orders\", \"Returns\"", "GOOGLE_SHEET_TAB_NAME"}},
        {.name = "missing gid",
         .spoil = nothing,
         .variables = {{"GOOGLE_SHEET_URL",
                        url(fmt::format("spreadsheets/d/{}/edit#gid=404", Job::spreadsheet_id))}},
         .code = Code::not_found,
         .exit = 3,
         .words = {"no tab with gid 404", "\"Orders\"", "copy its address"}},
        {.name = "chart tab",
         .spoil = add_tab("Chart1", "OBJECT"),
         .variables = {{"GOOGLE_SHEET_TAB_NAME", "Chart1"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"\"Chart1\" cannot be loaded", "chart", "GOOGLE_SHEET_TAB_NAME"}},
        {.name = "connected sheet",
         .spoil = add_tab("Warehouse", "DATA_SOURCE"),
         .variables = {{"GOOGLE_SHEET_TAB_NAME", "Warehouse"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"\"Warehouse\" cannot be loaded", "connected sheet", "extract"}},
        {.name = "no tab with cells",
         .spoil = [](CheckedJob& job) { job.tab().sheet_type = "OBJECT"; },
         .code = Code::bad_config,
         .exit = 10,
         .words = {"has no tab with cells", "\"Orders\""}},
        {.name = "unknown named range",
         .spoil =
             [](CheckedJob& job) { job.spreadsheet().named_ranges["Prices"] = "Orders!A1:B2"; },
         .variables = {{"SHEET_RANGE", "Price_list"}},
         .code = Code::not_found,
         .exit = 3,
         .words = {"there is no range \"Price_list\"", "the named ranges are Prices",
                   "SHEET_RANGE"}},
        {.name = "range outside the grid",
         .spoil = nothing,
         .variables = {{"SHEET_RANGE", "ZZ1:ZZ9"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"SHEET_RANGE ZZ1:ZZ9 lies outside", "ends at Z1000"}},
        {.name = "range of another tab",
         .spoil = add_tab("Returns", "GRID"),
         .variables = {{"SHEET_RANGE", "Returns!A1:B2"}, {"GOOGLE_SHEET_TAB_NAME", "Orders"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"is not in the tab \"Orders\"", "GOOGLE_SHEET_TAB_NAME=Returns"}},
        {.name = "header below the grid",
         .spoil = nothing,
         .variables = {{"HEADER_ROW", "1001"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"HEADER_ROW=1001 lies below the last row", "ends at row 1000"}},
        {.name = "header below the data",
         .spoil = nothing,
         .variables = {{"HEADER_ROW", "500"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"HEADER_ROW"}},
    });
}

TEST_CASE("credentials and permissions that do not suffice are refused") {
    run_table({
        {.name = "Sheets API disabled",
         .spoil = [](CheckedJob& job) { job.google.enabled["sheets.googleapis.com"] = false; },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"Google Sheets API is switched off",
                   "gcloud services enable sheets.googleapis.com --project="}},
        {.name = "BigQuery API disabled",
         .spoil = [](CheckedJob& job) { job.google.enabled["bigquery.googleapis.com"] = false; },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"BigQuery API is switched off",
                   "gcloud services enable bigquery.googleapis.com"}},
        {.name = "missing scope for Sheets",
         .spoil =
             [](CheckedJob& job) {
                 job.google.granted_scopes[Job::account] = {
                     "https://www.googleapis.com/auth/cloud-platform"};
                 job.clock.advance(std::chrono::hours{2});
             },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"lack a scope that the Google Sheets API needs", "spreadsheets.readonly"}},
        {.name = "missing scope for BigQuery",
         .spoil =
             [](CheckedJob& job) {
                 job.google.granted_scopes[Job::account] = {
                     "https://www.googleapis.com/auth/spreadsheets.readonly"};
                 job.clock.advance(std::chrono::hours{2});
             },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"lack a scope that the BigQuery API needs", "cloud-platform"}},
        {.name = "missing dataset",
         .spoil = nothing,
         .variables = {{"BIGQUERY_DATASET_ID", "nowhere"}},
         .code = Code::not_found,
         .exit = 3,
         .words = {"there is no dataset demo-project.nowhere",
                   "bq mk --dataset --location=EU demo-project:nowhere"}},
        {.name = "no permission to see the dataset",
         .spoil = [](CheckedJob& job) { job.dataset().readers = {"someone@else.com"}; },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"may not use the dataset demo-project.demo",
                   "Grant roles/bigquery.dataEditor on the dataset to "
                   "etl@demo-project.iam.gserviceaccount.com"}},
        {.name = "no permission to write to the dataset",
         .spoil = [](CheckedJob& job) { job.dataset().writers = {"someone@else.com"}; },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"roles/bigquery.dataEditor", "demo",
                   "etl@demo-project.iam.gserviceaccount.com"}},
        {.name = "no permission to run jobs",
         .spoil = [](CheckedJob& job) { job.google.bigquery.job_users.clear(); },
         .code = Code::permission_denied,
         .exit = 11,
         .words = {"may not run BigQuery jobs in project demo-project",
                   "gcloud projects add-iam-policy-binding demo-project",
                   "serviceAccount:etl@demo-project.iam.gserviceaccount.com",
                   "roles/bigquery.jobUser"}},
        {.name = "a view in the table's place",
         .spoil = [](CheckedJob& job) { job.dataset().tables["seen"].type = "VIEW"; },
         .variables = {{"BIGQUERY_TABLE_ID", "seen"}},
         .code = Code::bad_config,
         .exit = 10,
         .words = {"demo-project.demo.seen is not a table", "VIEW", "BIGQUERY_TABLE_ID"}},
    });
}

TEST_CASE("a bad custom schema is refused with its position") {
    const auto custom = [](std::string schema) {
        return Variables{{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", std::move(schema)}};
    };
    run_table({
        {.name = "broken JSON",
         .spoil = nothing,
         .variables = custom("[{\"name\": \"id\",\n  \"type\" \"INT64\"}]"),
         .code = Code::bad_config,
         .exit = 10,
         .words = {"CUSTOM_SCHEMA", "line 2"}},
        {.name = "unknown type and unknown key",
         .spoil = nothing,
         .variables =
             custom(R"([{"name": "id", "type": "INT"}, {"name": "n", "type": "WORD", "kind": 1}])"),
         .code = Code::bad_config,
         .exit = 10,
         .words = {"CUSTOM_SCHEMA", "\"n\"", "WORD", "kind"}},
        {.name = "REPEATED and RECORD",
         .spoil = nothing,
         .variables = custom(R"([{"name": "id", "type": "INT64", "mode": "REPEATED"},)"
                             R"({"name": "who", "type": "RECORD", "fields": []}])"),
         .code = Code::bad_config,
         .exit = 10,
         .words = {"REPEATED", "RECORD", "\"who\""}},
        {.name = "nothing that is in the sheet",
         .spoil = nothing,
         .variables = custom("alpha:INT64,beta:STRING"),
         .code = Code::bad_data,
         .exit = 15,
         .words = {"none of the columns of CUSTOM_SCHEMA is in the sheet", "\"id\", \"name\"",
                   "HEADER_ROW"}},
        {.name = "a REQUIRED column that is missing",
         .spoil = nothing,
         .variables = custom(
             R"([{"name": "id", "type": "INT64"}, {"name": "mail", "type": "STRING", "mode": "REQUIRED"}])"),
         .code = Code::bad_data,
         .exit = 15,
         .words = {"no column \"mail\"", "REQUIRED", "\"id\", \"name\""}},
        {.name = "another type than the table has",
         .spoil = nothing,
         .variables = custom("id:DATE,name:STRING"),
         .code = Code::bad_config,
         .exit = 10,
         .words = {"CUSTOM_SCHEMA says DATE for the column \"id\"", "INTEGER",
                   "TYPE_CONFLICT=rebuild"}},
    });
}

TEST_CASE("cells that do not fit are refused with address and value") {
    run_table({
        {.name = "the table's type",
         .spoil =
             [](CheckedJob& job) { job.type_csv("id,name\n1,a\nseven,b\n3,c\n2024-01-05,d\n"); },
         .code = Code::bad_data,
         .exit = 15,
         .words = {"2 cells do not fit", "A3 \"seven\" is text; the column id is INT64",
                   "A5 \"2024-01-05\" is date", "TYPE_CONFLICT=null", "gid=0&range=A3"}},
        {.name = "the custom schema's type",
         .spoil = [](CheckedJob& job) { job.type_csv("id,name\n1,a\n2.5,b\n"); },
         .variables = {{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", "id:INT64,name:STRING"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"A3 \"2.5\" is real; the column id is INT64", "CUSTOM_SCHEMA"}},
        {.name = "more of them than are listed",
         .spoil =
             [](CheckedJob& job) {
                 std::string csv = "id,name\n";
                 for (int i = 0; i < 14; ++i) csv += "x,y\n";
                 job.type_csv(csv);
             },
         .code = Code::bad_data,
         .exit = 15,
         .words = {"14 cells do not fit", "A11 \"x\"", "and 4 more"}},
        {.name = "a blank in a REQUIRED column",
         .spoil = [](CheckedJob& job) { job.type_csv("id,name\n1,a\n,b\n"); },
         .variables = {{"SCHEMA_HANDLING", "custom"},
                       {"BIGQUERY_TABLE_ID", "fresh"},
                       {"CUSTOM_SCHEMA",
                        R"([{"name": "id", "type": "INT64", "mode": "REQUIRED"}])"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"the column \"id\" has blank cells", "A3 is blank", "range=A3", "NULLABLE"}},
        {.name = "an error cell in a REQUIRED column",
         .spoil = [](CheckedJob& job) { job.type_csv("id,name\n1,a\n#N/A,b\n"); },
         .variables = {{"SCHEMA_HANDLING", "custom"},
                       {"BIGQUERY_TABLE_ID", "fresh"},
                       {"CUSTOM_SCHEMA",
                        R"([{"name": "id", "type": "INT64", "mode": "REQUIRED"}])"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"the column \"id\"", "A3"}},
        {.name = "error cells under ERROR_CELLS=fail",
         .spoil = [](CheckedJob& job) { job.type_csv("id,name\n1,#REF!\n#N/A,b\n"); },
         .variables = {{"ERROR_CELLS", "fail"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"the tab has 2 error cells", "the first in A3", "the first in B2",
                   "ERROR_CELLS=null"}},
    });
}

TEST_CASE("a tab with too little or too much in it is refused") {
    run_table({
        {.name = "empty tab",
         .spoil = [](CheckedJob& job) { job.tab().rows.clear(); },
         .code = Code::bad_data,
         .exit = 15,
         .words = {"the tab \"Orders\"", "stays as it is", "ALLOW_EMPTY=true"}},
        {.name = "empty tab and no table",
         .spoil = [](CheckedJob& job) { job.tab().rows.clear(); },
         .variables = {{"BIGQUERY_TABLE_ID", "fresh"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"the tab \"Orders\" is empty", "HEADER_ROW"}},
        {.name = "header only over a filled table",
         .spoil = [](CheckedJob& job) { job.tab().rows.resize(1); },
         .code = Code::bad_data,
         .exit = 15,
         .words = {"no rows below its header", "demo-project.demo.orders has 3 rows",
                   "ALLOW_EMPTY=true"}},
        {.name = "fewer rows than MIN_ROWS",
         .spoil = nothing,
         .variables = {{"MIN_ROWS", "4"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"has 3 rows", "MIN_ROWS is 4", "MIN_ROWS=3"}},
        {.name = "more rows lost than MAX_ROW_DROP_PERCENT",
         .spoil = [](CheckedJob& job) { job.tab().rows.resize(3); },
         .variables = {{"MAX_ROW_DROP_PERCENT", "33"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"lost 33.3 % of its rows", "the table has 3, the tab 2",
                   "MAX_ROW_DROP_PERCENT is 33"}},
        {.name = "over 10,000 columns",
         .spoil =
             [](CheckedJob& job) {
                 std::string csv;
                 for (int i = 0; i < 10'001; ++i) csv += fmt::format("{}c{}", i == 0 ? "" : ",", i);
                 job.type_csv(csv + "\n1\n");
             },
         .variables = {{"BIGQUERY_TABLE_ID", "fresh"}},
         .code = Code::bad_data,
         .exit = 15,
         .words = {"10001 columns", "10,000 columns at most", "SHEET_RANGE"}},
    });
}

TEST_CASE("without credentials a program says where it looked and what to do") {
    sheetbq::testing::FakeClock clock;
    sheetbq::sandbox::Sandbox google{clock};
    const auto jitter = [](std::chrono::milliseconds cap) { return cap; };
    const auto folder = std::filesystem::temp_directory_path() /
                        fmt::format("sheetbq_bad_input_{}", std::random_device{}());
    std::filesystem::create_directories(folder);
    const auto refusal = [&](const sheetbq::auth::CredentialSettings& settings) {
        try {
            sheetbq::auth::application_default(settings, sheetbq::auth::default_scopes(), google,
                                               clock, jitter, {});
        } catch (const Error& error) {
            return error;
        }
        return Error{Code::internal, "accepted"};
    };

    check_failure(refusal({.home = folder.string(), .no_metadata_server = true}),
                  Code::unauthenticated, 4,
                  {"GOOGLE_APPLICATION_CREDENTIALS", "gcloud auth application-default login"});
    check_failure(refusal({.credentials_file = (folder / "no.json").string()}),
                  Code::unauthenticated, 4, {"no.json"});
    const auto key = folder / "key.json";
    std::ofstream{key} << R"({"type": "service_account", "client_email": "a@b.c"})";
    check_failure(refusal({.credentials_file = key.string()}), Code::unauthenticated, 4,
                  {"key.json", "private_key"});
    std::filesystem::remove_all(folder);
}
