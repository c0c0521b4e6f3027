// What users of other tools suffer from, by its number in the list of pains: reading.
#include "support/checked_job.hpp"

#include <fmt/format.h>

using sheetbq::Code;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;
namespace sandbox = sheetbq::sandbox;

namespace {

/// `n,word` and so many rows.
std::string counted_csv(int rows) {
    std::string csv = "n,word\n";
    for (int i = 1; i <= rows; ++i) csv += fmt::format("{},w{}\n", i, i);
    return csv;
}

std::string counted_rows(int rows) {
    std::string text;
    for (int i = 1; i <= rows; ++i) text += fmt::format("{}|w{}\n", i, i);
    return text;
}

}  // namespace

TEST_CASE("pain 01: an answer that ends early is asked for again, and every row arrives") {
    CheckedJob job{counted_csv(900)};
    job.google.fail({.path_contains = "/values/", .cut_after = 100, .clean_cut = true});

    const auto report = job.load();

    CHECK(report.rows == 900);
    CHECK(report.retries >= 1);
    CHECK(job.rows() == counted_rows(900));
}

TEST_CASE("pain 01: a read that never completes fails and leaves the table as it was") {
    CheckedJob job;
    job.fill(counted_csv(900));
    const auto before = job.snapshot();
    job.google.fail(
        {.path_contains = "/values/", .times = -1, .cut_after = 100, .clean_cut = true});

    check_failure(job.failure(), Code::unavailable, 13, {});

    CHECK(job.snapshot() == before);
}

TEST_CASE("pain 01: the rows that BigQuery counts must be the rows that were read") {
    CheckedJob job{counted_csv(20)};
    job.google.bigquery.output_rows_offset = -3;

    check_failure(job.failure(), Code::unavailable, 13,
                  {"17 rows instead of 20", "FOR SYSTEM_TIME AS OF", "demo-project.demo.orders"});
}

TEST_CASE("pain 13: the header can stand below title rows") {
    CheckedJob job{"Sales report,,\n,,made by Ann\nid,sum,\n1,2.5,\n2,3.5,\n"};

    const auto report = job.load({{"HEADER_ROW", "3"}});

    CHECK(report.rows == 2);
    CHECK(job.schema() == "id:INT64 sum:FLOAT64");
    CHECK(job.rows() == "1|2.5\n2|3.5\n");
}

TEST_CASE("pain 14: a tab that is named by its gid may be renamed between runs") {
    CheckedJob job{"id\n1\n"};
    job.tab().gid = 77;
    job.spreadsheet().tabs.insert(job.spreadsheet().tabs.begin(), {.title = "Cover", .gid = 5});
    const std::string url =
        fmt::format("https://docs.google.com/spreadsheets/d/{}/edit#gid=77", Job::spreadsheet_id);
    job.load({{"GOOGLE_SHEET_URL", url}});
    job.spreadsheet().tabs.at(1).title = "Orders 2026";

    const auto report = job.load({{"GOOGLE_SHEET_URL", url}});

    CHECK(report.tab_title == "Orders 2026");
    CHECK(job.rows() == "1\n");
}

TEST_CASE("pain 16: blank rows end nothing, and the last row alone is not lost") {
    CheckedJob job{"id,word\n1,a\n,\n2,b\n"};
    job.tab().row_count = 5'000;
    job.number(2'500, 0, "3");
    job.number(4'999, 0, "4");

    const auto report = job.load({{"WINDOW_CELLS", "1000"}});

    CHECK(job.rows() == "1|a\n2|b\n3|NULL\n4|NULL\n");
    CHECK(report.rows == 4);
    CHECK(report.blank_rows >= 1);
}

TEST_CASE("pain 16: a row of the grid's very last column and row is read") {
    CheckedJob job{"id\n1\n"};
    job.tab().row_count = 1'200;
    job.text(1'199, 25, "corner");

    job.load({{"WINDOW_CELLS", "1000"}});

    CHECK(job.schema() == "id:INT64 column_Z:STRING");
    CHECK(job.rows() == "1|NULL\nNULL|corner\n");
}

TEST_CASE("pain 17: error cells load as NULL, counted and with their addresses") {
    CheckedJob job{"id,price,note\n1,2.5,#REF!\n2,#N/A,ok\n3,#DIV/0!,ok\n"};

    const auto report = job.load();

    CHECK(job.schema() == "id:INT64 price:FLOAT64 note:STRING");
    CHECK(job.rows() == "1|2.5|NULL\n2|NULL|ok\n3|NULL|ok\n");
    const auto notice = Job::notice(report, "error_cells");
    CHECK_THAT(notice, ContainsSubstring("2 error cells in column price, the first in B3"));
    CHECK_THAT(notice, ContainsSubstring("1 error cell in column note, the first in C2"));
}

TEST_CASE("pain 17: a text that looks like an error stays a text") {
    CheckedJob job{"id,note\n1,ok\n"};
    job.text(2, 1, "#N/A");
    job.number(2, 0, "2");

    const auto report = job.load();

    CHECK(job.rows() == "1|ok\n2|#N/A\n");
    CHECK(Job::notice(report, "error_cells").empty());
}

TEST_CASE("pain 17: cells that still load are read again after a pause") {
    CheckedJob job{"id,price\n1,2\n"};
    job.error(1, 1, "Loading...");
    job.google.fail(
        {.path_contains = "/values/", .then = [&](sandbox::Sandbox&) { job.number(1, 1, "7.5"); }});

    const auto report = job.load({{"LOADING_WAIT_SECONDS", "25"}});

    CHECK(job.rows() == "1|7.5\n");
    CHECK(Job::notice(report, "error_cells").empty());
    const auto slept = job.clock.slept();
    CHECK(std::count(slept.begin(), slept.end(), std::chrono::seconds{25}) == 1);
}

TEST_CASE("pain 17: cells that load for ever are NULL and reported, after three more reads") {
    CheckedJob job{"id,price\n1,2\n2,3\n"};
    job.error(2, 1, "Loading...");

    const auto report = job.load({{"LOADING_WAIT_SECONDS", "25"}});

    CHECK(job.rows() == "1|2\n2|NULL\n");
    CHECK_THAT(Job::notice(report, "error_cells"), ContainsSubstring("the first in B3"));
    const auto slept = job.clock.slept();
    CHECK(std::count(slept.begin(), slept.end(), std::chrono::seconds{25}) == 3);
}

TEST_CASE("pain 23: a refusal names whom to share the sheet with") {
    CheckedJob job{"id\n1\n"};
    job.spreadsheet().shared_with.clear();

    check_failure(job.failure(), Code::permission_denied, 11,
                  {"click Share", "add etl@demo-project.iam.gserviceaccount.com as Viewer",
                   Job::spreadsheet_id});
}

TEST_CASE("pain 23: a wrong id is told from a sheet that is not shared") {
    CheckedJob job;
    const auto error = job.failure({{"GOOGLE_SHEET_URL", "1NoSuchSheet"}});

    check_failure(error, Code::not_found, 3, {"there is no spreadsheet 1NoSuchSheet"});
    CHECK(error.hint().find("Share") == std::string::npos);
}

TEST_CASE("pain 23: missing scopes are named, with the command that adds them") {
    CheckedJob job{"id\n1\n"};
    job.google.granted_scopes[Job::account] = {"https://www.googleapis.com/auth/bigquery"};

    check_failure(job.failure(), Code::permission_denied, 11,
                  {"lack a scope",
                   "gcloud auth application-default login --scopes=", "spreadsheets.readonly"});
}

TEST_CASE("pain 25: an Office file is recognised") {
    CheckedJob job{"id\n1\n"};
    job.spreadsheet().mime_type =
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    check_failure(job.failure(), Code::bad_config, 10,
                  {"is an Office file", "File > Save as Google Sheets", "GOOGLE_SHEET_URL"});
}

TEST_CASE("pain 26: any title of a tab can be read") {
    const std::string title = GENERATE("CRM26", "D001", "Sheet 1", "l'été", "A1:B2", "R1C1",
                                       "100% / ?#&=+", "''", "😀", "Tab!A1", "'quoted'", "1");
    CAPTURE(title);
    CheckedJob job{"id\n1\n"};
    job.tab().title = title;
    job.spreadsheet().tabs.insert(job.spreadsheet().tabs.begin(), {.title = "Other", .gid = 5});
    job.tab().rows = {{{sandbox::Cell::Kind::text, 0, "wrong"}}};

    const auto report = job.load({{"GOOGLE_SHEET_TAB_NAME", title}});

    CHECK(report.tab_title == title);
    CHECK(job.rows() == "1\n");
}

TEST_CASE("pain 27: a large tab is read in windows, in order and whole") {
    CheckedJob job{counted_csv(4'000)};

    const auto report = job.load({{"WINDOW_CELLS", "1000"}, {"READ_CONCURRENCY", "7"}});

    CHECK(report.rows == 4'000);
    CHECK(job.rows() == counted_rows(4'000));
    CHECK(job.google.count("/values/") >= 8);
}

TEST_CASE("pain 27: windows that the service cannot answer are halved") {
    CheckedJob job{counted_csv(5'000)};
    sandbox::Answer busy;
    busy.status = 503;
    job.google.fail({.path_contains = "/values/", .skip = 1, .times = 2, .answer = busy});

    const auto report = job.load({{"WINDOW_CELLS", "4000"}, {"READ_CONCURRENCY", "1"}});

    CHECK(report.rows == 5'000);
    CHECK(job.rows() == counted_rows(5'000));
    CHECK(job.google.count("'Orders'!A154:Z2153") == 1);
    CHECK(job.google.count("'Orders'!A154:Z1153") == 1);
    CHECK(job.google.count("'Orders'!A154:Z653") == 1);
    CHECK(job.google.count("'Orders'!A654:Z1153") == 1);
}

TEST_CASE("pain 27: memory holds the compressed text only up to its cap") {
    std::string csv = "n,noise\n";
    std::uint64_t state = 88172645463325252U;
    for (int i = 0; i < 14'000; ++i) {
        std::string noise;
        for (int word = 0; word < 12; ++word) {
            state ^= state << 13U;
            state ^= state >> 7U;
            state ^= state << 17U;
            noise += fmt::format("{:016x}", state);
        }
        csv += fmt::format("{},{}\n", i, noise);
    }
    CheckedJob job;
    job.fill("n,noise\n1,old\n");
    const auto before = job.snapshot();
    job.type_csv(csv);

    check_failure(job.failure({{"SPOOL_MB", "1"}}), Code::bad_data, 15,
                  {"larger than 1 MiB", "SPOOL_MB=2", "SHEET_RANGE"});

    CHECK(job.snapshot() == before);
}

TEST_CASE("pain 29: charts and connected sheets do not stand in the way of other tabs") {
    CheckedJob job{"id\n1\n"};
    auto& tabs = job.spreadsheet().tabs;
    tabs.insert(tabs.begin(), {.title = "Chart", .gid = 5, .sheet_type = "OBJECT"});
    tabs.insert(tabs.begin(), {.title = "Warehouse", .gid = 6, .sheet_type = "DATA_SOURCE"});

    const auto report = job.load();

    CHECK(report.tab_title == "Orders");
    CHECK(job.rows() == "1\n");
}
