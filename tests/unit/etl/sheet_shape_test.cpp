// What a run makes of a tab's shape: ranges, headers, windows, stray cells, previews.
#include "support/checked_job.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using sheetbq::Code;
using sheetbq::etl::Mode;
using sheetbq::etl::Outcome;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;
using sheetbq::testing::Variables;
namespace sandbox = sheetbq::sandbox;

namespace {

std::string long_csv(int rows) {
    std::string csv = "n,day,flag\n";
    for (int i = 1; i <= rows; ++i)
        csv += fmt::format("{},2024-01-{:02},{}\n", i, 1 + i % 28, i % 2 == 0 ? "TRUE" : "FALSE");
    return csv;
}

std::string long_rows(int rows) {
    std::string text;
    for (int i = 1; i <= rows; ++i)
        text += fmt::format("{}|2024-01-{:02}|{}\n", i, 1 + i % 28, i % 2 == 0 ? "true" : "false");
    return text;
}

}  // namespace

TEST_CASE("SHEET_RANGE loads a part of the tab, by A1 notation or by name") {
    const std::string range =
        GENERATE("B2:C4", "$b$2:$C4", "Orders!B2:C4", "'Orders'!C4:B2", "prices", "B2:C");
    CAPTURE(range);
    CheckedJob job{"title,,,\nx,id,n,right\nx,1,2,right\nx,3,4,right\n"};
    job.spreadsheet().named_ranges["prices"] = "'Orders'!B2:C4";

    job.load({{"SHEET_RANGE", range}});

    CHECK(job.schema() == "id:INT64 n:INT64");
    CHECK(job.rows() == "1|2\n3|4\n");
}

TEST_CASE("a named range leads to its own tab when no tab was asked for") {
    CheckedJob job{"other\n9\n"};
    job.spreadsheet().tabs.push_back(sandbox::tab_from_csv("Prices", "id\n1\n"));
    job.spreadsheet().tabs.back().gid = 8;
    job.spreadsheet().named_ranges["prices"] = "'Prices'!A1:B2";

    const auto report = job.load({{"SHEET_RANGE", "prices"}});

    CHECK(report.tab_title == "Prices");
    CHECK(job.rows() == "1\n");
}

TEST_CASE("HEADER_ROW counts from the range's first row") {
    CheckedJob job{"t,,\nt,title,\nt,id,n\nt,1,2\n"};

    job.load({{"SHEET_RANGE", "B2:C9"}, {"HEADER_ROW", "2"}});

    CHECK(job.schema() == "id:INT64 n:INT64");
    CHECK(job.rows() == "1|2\n");
}

TEST_CASE("HEADER_ROW=0 names columns after their letters and loads the first row") {
    CheckedJob job{",x,\n1,,2\n"};

    const auto report = job.load({{"HEADER_ROW", "0"}, {"SHEET_RANGE", "A1:D9"}});

    CHECK(job.schema() == "column_A:INT64 column_B:STRING column_C:INT64");
    CHECK(job.rows() == "NULL|x|NULL\n1|NULL|2\n");
    CHECK(report.notices.empty());
}

TEST_CASE("odd headers become legal names and stay as descriptions") {
    CheckedJob job{
        "2024 sales,größe (cm),price/unit,_TABLE_x,#!?,TRUE,12.5, spaced ,\"two\nlines\",日付\n"
        "1,2,3,4,5,6,7,8,9,10\n"};

    job.load();

    CHECK(job.schema() ==
          "_2024_sales:INT64 größe_cm:INT64 price_unit:INT64 col_TABLE_x:INT64 column_E:INT64 "
          "TRUE:INT64 _12_5:INT64 spaced:INT64 two_lines:INT64 日付:INT64");
    CHECK(job.table()->fields.at(1).at("description") == "größe (cm)");
    CHECK(job.table()->fields.at(8).at("description") == "two\nlines");
    CHECK(job.rows() == "1|2|3|4|5|6|7|8|9|10\n");
}

TEST_CASE("a header of more than BigQuery's 1024 characters does not refuse the run") {
    CheckedJob job;
    job.type_csv("id,x\n1,2\n");
    job.text(0, 1, std::string(3'000, 'h'));

    job.load();

    CHECK(job.rows() == "1|2\n");
}

TEST_CASE("a column of the header alone is loaded as STRING, all NULL") {
    CheckedJob job{"id,later\n1,\n"};
    job.load();
    CHECK(job.schema() == "id:INT64 later:STRING");
    CHECK(job.rows() == "1|NULL\n");
}

TEST_CASE("text that equals the null marker is loaded as text, whatever markers the sheet uses") {
    CheckedJob job{"t,n\n\\N,1\nx,\n,2\n"};
    job.load();
    CHECK(job.rows() == "\\N|1\nx|NULL\nNULL|2\n");

    job.type_csv("t,n\n\\N,1\n\\N1,\n\\N2,3\n,4\n");
    job.load();
    CHECK(job.rows() == "\\N|1\n\\N1|NULL\n\\N2|3\nNULL|4\n");
}

TEST_CASE("even a sheet full of null markers is loaded faithfully or refused, never guessed") {
    CheckedJob job;
    std::string csv = "t,n\n\\N,\n";
    std::string rows = "\\N|NULL\n";
    for (int i = 1; i <= 30; ++i) {
        csv += fmt::format("\\N{},\n", i);
        rows += fmt::format("\\N{}|NULL\n", i);
    }
    job.type_csv(csv + ",1\n");

    const auto report = job.run();

    if (report.error)
        check_failure(*report.error, Code::bad_data, 15, {"null marker"});
    else
        CHECK(job.rows() == rows + "NULL|1\n");
}

TEST_CASE("blank rows are dropped and counted, also over windows") {
    CheckedJob job;
    job.type_csv("id\n1\n");
    job.tab().row_count = 4'000;
    job.number(10, 0, "2");
    job.number(3'000, 0, "3");

    const auto report = job.load({{"WINDOW_CELLS", "1000"}});

    CHECK(report.rows == 3);
    CHECK(job.rows() == "1\n2\n3\n");
    CHECK(report.blank_rows >= 8);
    CHECK(report.cells == 3);
}

TEST_CASE("windows keep order and content at any number of readers") {
    const auto* const readers = GENERATE("1", "2", "4", "16");
    CAPTURE(readers);
    CheckedJob job{long_csv(3'000)};

    const auto report = job.load({{"WINDOW_CELLS", "1000"}, {"READ_CONCURRENCY", readers}});

    CHECK(report.rows == 3'000);
    CHECK(report.cells == 9'000);
    CHECK(job.schema() == "n:INT64 day:DATE flag:BOOL");
    CHECK(job.rows() == long_rows(3'000));
}

TEST_CASE("an edit between two windows makes the tab be read again") {
    CheckedJob job{long_csv(2'000)};
    job.google.fail({.path_contains = "/values/", .then = [&](sandbox::Sandbox&) {
                         job.number(1, 0, "77");
                         ++job.spreadsheet().version;
                     }});

    job.load({{"WINDOW_CELLS", "1000"}});

    CHECK_THAT(job.rows(), Catch::Matchers::StartsWith("77|2024-01-02|false\n"));
    CHECK(job.table()->rows.size() == 2'000);
}

TEST_CASE("a sheet that changes during each of three reads is told, or refused when strict") {
    const auto edit_always = [](CheckedJob& job) {
        job.google.fail({.path_contains = "/values/", .times = -1, .then = [&](sandbox::Sandbox&) {
                             ++job.spreadsheet().version;
                         }});
    };
    CheckedJob job{long_csv(1'200)};
    edit_always(job);
    const auto report = job.load({{"WINDOW_CELLS", "1000"}});
    CHECK_THAT(Job::notice(report, "sheet_changed"),
               ContainsSubstring("edited during each of three reads"));
    CHECK(job.rows() == long_rows(1'200));

    const auto before = job.snapshot();
    check_failure(job.failure({{"WINDOW_CELLS", "1000"}, {"CONSISTENCY", "strict"}}),
                  Code::bad_data, 15, {"edited during each of three reads", "CONSISTENCY=relaxed"});
    CHECK(job.snapshot() == before);
}

TEST_CASE("a column of error cells alone is STRING, all NULL") {
    CheckedJob job{"id,bad\n1,#N/A\n2,#REF!\n"};
    const auto report = job.load();
    CHECK(job.schema() == "id:INT64 bad:STRING");
    CHECK(job.rows() == "1|NULL\n2|NULL\n");
    CHECK_THAT(Job::notice(report, "error_cells"), ContainsSubstring("2 error cells"));
}

TEST_CASE("a row of error cells alone is a row") {
    CheckedJob job{"a,b\n1,2\n#N/A,#N/A\n"};
    const auto report = job.load();
    CHECK(job.rows() == "1|2\nNULL|NULL\n");
    CHECK(report.blank_rows == 0);
}

TEST_CASE("a grid that ends right below its header or with its last cell is read whole") {
    CheckedJob job{"a,b\n1,2\n"};
    job.tab().row_count = 2;
    job.tab().column_count = 2;
    job.load();
    CHECK(job.rows() == "1|2\n");

    job.tab().row_count = 1;
    job.tab().rows.resize(1);
    const auto report = job.load({{"BIGQUERY_TABLE_ID", "fresh"}});
    CHECK(report.rows == 0);
}

TEST_CASE("beyond the format scan, dates follow the column's habit and error words are errors") {
    CheckedJob job;
    job.type_csv("n,day\n");
    auto& tab = job.tab();
    const auto date = tab.format("DATE", "yyyy-mm-dd");
    tab.row_count = 9'001;
    tab.column_count = 26;
    tab.rows.resize(9'001);
    for (int i = 1; i <= 9'000; ++i) {
        auto& row = tab.rows[static_cast<std::size_t>(i)];
        row.push_back({sandbox::Cell::Kind::number, 0, std::to_string(i)});
        row.push_back({sandbox::Cell::Kind::number, date, "45296"});
    }
    job.error(900, 0, "#REF!");
    job.text(901, 1, "word");
    job.error(8'900, 0, "#N/A");

    const auto report = job.load({{"TYPE_CONFLICT", "null"}});

    CHECK(job.google.count("effectiveFormat") == 1);
    CHECK(job.schema() == "n:INT64 day:STRING");
    const auto& rows = job.table()->rows;
    REQUIRE(rows.size() == 9'000);
    CHECK(rows.at(899).at(0) == std::nullopt);
    CHECK(rows.at(8'899).at(0) == std::nullopt);
    CHECK(rows.at(8'899).at(1) == "2024-01-05");
    CHECK_THAT(Job::notice(report, "error_cells"),
               ContainsSubstring("2 error cells in column n, the first in A901"));
}

TEST_CASE("mixed number formats in a large tab are told, and read in full when asked") {
    CheckedJob job;
    job.type_csv("v\n");
    auto& tab = job.tab();
    const auto date = tab.format("DATE", "yyyy-mm-dd");
    tab.row_count = 9'001;
    tab.rows.resize(9'001);
    for (std::size_t i = 1; i <= 9'000; ++i)
        tab.rows[i].push_back(
            {sandbox::Cell::Kind::number, static_cast<std::uint16_t>(i < 500 ? date : 0), "45296"});

    const auto sampled = job.load({{"BIGQUERY_TABLE_ID", "sampled"}});
    CHECK_THAT(Job::notice(sampled, "mixed_formats"), ContainsSubstring("FORMAT_SCAN=full"));

    const auto full = job.load({{"FORMAT_SCAN", "full"}});
    CHECK(Job::notice(full, "mixed_formats").empty());
    CHECK(job.schema() == "v:STRING");
    CHECK(job.table()->rows.at(498).at(0) == "2024-01-05");
    CHECK(job.table()->rows.at(499).at(0) == "45296");
}

TEST_CASE("durations are INTERVAL, and dates that no calendar has are told") {
    CheckedJob job{"d,day\n36:00:00,2024-01-05\n-00:30:00,2024-01-06\n0:00:01,x\n"};
    job.number(3, 0, "0.000011574074", "TIME", "[h]:mm:ss");
    job.number(3, 1, "99999999", "DATE", "yyyy-mm-dd");

    const auto report = job.load();

    CHECK(job.schema() == "d:INTERVAL day:STRING");
    CHECK(job.rows() ==
          "0-0 0 36:0:0|2024-01-05\n0-0 0 -0:30:0|2024-01-06\n0-0 0 0:0:1|99999999\n");
    CHECK_THAT(Job::notice(report, "mixed_column"), ContainsSubstring("1 integer (first B4)"));
}

TEST_CASE("dates with and without a time of day are one DATETIME column") {
    CheckedJob job{"at,day\n2024-01-05,2024-01-05\n2024-01-05 10:17:42,2024-01-06\n"};

    job.load();

    CHECK(job.schema() == "at:DATETIME day:DATE");
    CHECK(job.rows() == "2024-01-05T00:00:00|2024-01-05\n2024-01-05T10:17:42|2024-01-06\n");
}

TEST_CASE("a date beside a text keeps its short form, whatever the table's type was") {
    CheckedJob job;
    job.fill("at\n2024-01-05 10:17:42\n");
    job.type_csv("at\n2024-01-05\nword\n");

    job.load({{"TYPE_CONFLICT", "rebuild"}});

    CHECK(job.schema() == "at:STRING");
    CHECK(job.rows() == "2024-01-05\nword\n");
}

TEST_CASE("a dry run reads and types everything and writes nothing") {
    CheckedJob job{"id,t\n1,a\n2,\n,c\n4,d\n5,e\n6,f\n"};

    const auto report = job.run({}, Mode::dry_run);

    CHECK(report.outcome == Outcome::dry_run);
    CHECK(report.exit_code() == 0);
    CHECK(job.table() == nullptr);
    CHECK(report.rows == 6);
    REQUIRE(report.first_rows.size() == 5);
    CHECK(report.first_rows[1] == std::vector<std::optional<std::string>>{"2", std::nullopt});
    for (const auto& request : job.google.requests())
        CHECK(request.method == sheetbq::http::Method::get);
}

TEST_CASE("a dry run refuses what a run would refuse") {
    CheckedJob job;
    job.fill("id\n1\n");
    job.type_csv("id\nword\n");

    const auto report = job.run({}, Mode::dry_run);

    REQUIRE(report.error);
    CHECK(report.error->code() == Code::bad_data);
}

TEST_CASE("a run of a small tab costs seven requests and the polls of its job") {
    CheckedJob job{"id\n1\n"};

    const auto report = job.load();

    CHECK(job.google.count("/values/") == 1);
    CHECK(job.google.count("drive") == 0);
    CHECK(report.requests == job.google.requests().size());
    const auto polls = job.google.count("/jobs/sheetbq_");
    CHECK(polls >= 1);
    CHECK(report.requests - polls == 7);
}

TEST_CASE("the range of a link is told and not used") {
    CheckedJob job{"id\n1\n2\n"};

    const auto report =
        job.load({{"GOOGLE_SHEET_URL",
                   fmt::format("https://docs.google.com/spreadsheets/d/{}/edit#gid=0&range=A2",
                               Job::spreadsheet_id)}});

    CHECK(report.rows == 2);
    CHECK_THAT(Job::notice(report, "range_ignored"), ContainsSubstring("SHEET_RANGE"));
}

TEST_CASE("without Drive a large tab is read all the same, and says what was not checked") {
    CheckedJob job{long_csv(2'000)};
    job.google.enabled["www.googleapis.com"] = false;

    const auto report = job.load({{"WINDOW_CELLS", "1000"}});

    CHECK(report.rows == 2'000);
    CHECK_THAT(Job::notice(report, "consistency_not_checked"), ContainsSubstring("switched off"));
}
