// What users of other tools suffer from, by its number in the list of pains: typing.
#include "support/checked_job.hpp"

#include <fmt/format.h>

using sheetbq::Code;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;

TEST_CASE("pain 06: a type is the join over all rows, not that of the first") {
    std::string csv = "late,mixed\n";
    for (int i = 1; i <= 2'000; ++i) csv += fmt::format("{},{}\n", i, i);
    csv += "0.5,word\n";
    CheckedJob job{csv};

    const auto report = job.load({{"WINDOW_CELLS", "1000"}});

    CHECK(job.schema() == "late:FLOAT64 mixed:STRING");
    CHECK(report.columns.at(0).cells.at(static_cast<std::size_t>(sheetbq::table::Kind::integer)) ==
          2'000);
    CHECK_THAT(Job::notice(report, "mixed_column"),
               ContainsSubstring("2000 integer (first B2), 1 text (first B2002)"));
}

TEST_CASE("pain 07: a column that is blank today keeps the type it has in the table") {
    CheckedJob job;
    job.fill("id,day,ok\n1,2024-01-05,TRUE\n");
    job.type_csv("id,day,ok\n1,,\n2,,\n");

    job.load();

    CHECK(job.schema() == "id:INT64 day:DATE ok:BOOL");
    CHECK(job.rows() == "1|NULL|NULL\n2|NULL|NULL\n");
}

TEST_CASE("pain 07: a column that is STRING in the table takes numbers without turning") {
    CheckedJob job;
    job.fill("id,code\n1,a\n");
    job.type_csv("id,code\n1,12\n2,1.50\n3,TRUE\n4,2024-01-05\n");

    job.load();

    CHECK(job.schema() == "id:INT64 code:STRING");
    CHECK(job.rows() == "1|12\n2|1.5\n3|TRUE\n4|2024-01-05\n");
}

TEST_CASE("pain 07: one stray text does not flip a column; it is refused with its address") {
    CheckedJob job;
    job.fill("id,price\n1,2\n");
    const auto before = job.snapshot();
    job.type_csv("id,price\n1,2\n2,n/a\n");

    check_failure(
        job.failure(), Code::bad_data, 15,
        {"1 cell does not fit the column's type", "B3 \"n/a\" is text; the column price is INT64",
         "TYPE_CONFLICT=null", "range=B3"});

    CHECK(job.snapshot() == before);
}

TEST_CASE("pain 08: leading zeros and long ids stay, because text stays text") {
    CheckedJob job{"zip,id\n00123,x\n99999,y\n"};
    job.text(1, 0, "00123");
    job.text(2, 0, "99999");
    job.text(1, 1, "12345678901234567890");
    job.text(2, 1, "007");

    const auto report = job.load();

    CHECK(job.schema() == "zip:STRING id:STRING");
    CHECK(job.rows() == "00123|12345678901234567890\n99999|007\n");
    CHECK(report.notices.empty());
}

TEST_CASE("pain 08: a number that is shown with leading zeros is a number, with a warning") {
    CheckedJob job{"zip\n"};
    job.number(1, 0, "123", "NUMBER", "00000");

    const auto report = job.load();

    CHECK(job.schema() == "zip:INT64");
    CHECK(job.rows() == "123\n");
    CHECK_THAT(Job::notice(report, "leading_zeros"),
               ContainsSubstring("column zip shows leading zeros"));
    CHECK_THAT(Job::notice(report, "leading_zeros"), ContainsSubstring("plain text"));
}

TEST_CASE("pain 08: whole numbers that a spreadsheet cannot hold exactly are warned of") {
    CheckedJob job{"id,small\n1,9007199254740991\n"};
    job.number(2, 0, "9007199254740992");
    job.number(2, 1, "-9007199254740991");

    const auto report = job.load();

    CHECK(job.rows() == "1|9007199254740991\n9007199254740992|-9007199254740991\n");
    const auto notice = Job::notice(report, "inexact_numbers");
    CHECK_THAT(notice, ContainsSubstring("column id has 1 whole number of 2^53 or more"));
    CHECK_THAT(notice, ContainsSubstring("A3"));
}

TEST_CASE("pain 09: numbers are the sheet's own, whatever separators are shown") {
    CheckedJob job{"amount,share,money\n1,12%,\"$1,234.50\"\n"};
    job.spreadsheet().locale = "de_DE";
    job.number(1, 0, "12444.5", "NUMBER", "#,##0.00");

    job.load();

    CHECK(job.schema() == "amount:FLOAT64 share:FLOAT64 money:FLOAT64");
    CHECK(job.rows() == "12444.5|0.12|1234.5\n");
}

TEST_CASE("pain 09: a text with a comma is a text and never a guess") {
    CheckedJob job{"a,b\n\"1,23\",\"12,444\"\n"};
    job.spreadsheet().locale = "de_DE";

    job.load();

    CHECK(job.schema() == "a:STRING b:STRING");
    CHECK(job.rows() == "1,23|12,444\n");
}

TEST_CASE("pain 09: number tokens go through byte for byte") {
    CheckedJob job{"n\n"};
    job.number(1, 0, "0.30000000000000004");
    job.number(2, 0, "1E-7");
    job.number(3, 0, "123456789.123456789");
    const auto report = job.run({}, sheetbq::etl::Mode::dry_run);

    REQUIRE(report.first_rows.size() == 3);
    CHECK(report.first_rows[0][0] == "0.30000000000000004");
    CHECK(report.first_rows[1][0] == "1E-7");
    CHECK(report.first_rows[2][0] == "123456789.123456789");
}

TEST_CASE("pain 10: dates are dates by their format, to the millisecond and not a day off") {
    CheckedJob job{"on,at,clock\n"};
    job.number(1, 0, "45296", "DATE", "dd/mm/yyyy");
    job.number(1, 1, "45296.428958333333", "DATE_TIME", "yyyy-mm-dd hh:mm");
    job.number(1, 2, "0.5", "TIME", "h:mm am/pm");
    job.number(2, 0, "1", "DATE", "yyyy-mm-dd");
    job.number(2, 1, "45296.999999994213", "DATE_TIME", "");
    job.number(2, 2, "0.000011574074", "TIME", "hh:mm:ss");
    job.number(3, 0, "60", "DATE", "");
    job.number(3, 1, "-1.5", "DATE_TIME", "");

    job.load();

    CHECK(job.schema() == "on:DATE at:DATETIME clock:TIME");
    CHECK(job.rows() ==
          "2024-01-05|2024-01-05T10:17:42|12:00:00\n"
          "1899-12-31|2024-01-06T00:00:00|00:00:01\n"
          "1900-02-28|1899-12-28T12:00:00|NULL\n");
}

TEST_CASE("pain 10: a number without a date format is a number, and a date as text is a text") {
    CheckedJob job{"n,day\n45296,x\n"};
    job.text(1, 1, "2024-01-05");

    job.load();

    CHECK(job.schema() == "n:INT64 day:STRING");
    CHECK(job.rows() == "45296|2024-01-05\n");
}

TEST_CASE("pain 10: TIMESTAMP comes only when asked for, through the spreadsheet's time zone") {
    CheckedJob job{"at\n2024-01-05 10:17:42\n2024-07-05 10:17:42\n"};

    job.load({{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", "at:TIMESTAMP"}});

    CHECK(job.schema() == "at:TIMESTAMP");
    CHECK_THAT(job.rows(), ContainsSubstring("1704446262"));  // 09:17:42 UTC, winter in Berlin
    CHECK_THAT(job.rows(), ContainsSubstring("1720167462"));  // 08:17:42 UTC, summer
}

TEST_CASE("pain 20: a mixed column is STRING with each cell's own text, and says which cells") {
    CheckedJob job{"v\n1\n2.50\nTRUE\n2024-01-05\n10:17:42\nword\n36:00:00\n2024-01-05 10:17:42\n"};

    const auto report = job.load();

    CHECK(job.schema() == "v:STRING");
    CHECK(job.rows() ==
          "1\n2.5\nTRUE\n2024-01-05\n10:17:42\nword\n0-0 0 36:00:00\n2024-01-05 10:17:42\n");
    const auto notice = Job::notice(report, "mixed_column");
    for (const std::string part :
         {"1 integer (first A2)", "1 real (first A3)", "1 boolean (first A4)", "1 text (first A7)"})
        CHECK_THAT(notice, ContainsSubstring(part));
}

TEST_CASE("pain 21: blank is NULL in every type; 0, FALSE and a space are values") {
    CheckedJob job{"i,f,b,t\n0,0.0,FALSE, \n,,,\n1,1.5,TRUE,x\n"};
    job.cell(2, 0) = {};
    job.text(2, 3, "");  // what ="" gives
    job.number(2, 1, "0.25");

    job.load();

    CHECK(job.schema() == "i:INT64 f:FLOAT64 b:BOOL t:STRING");
    CHECK(job.rows() == "0|0.0|false| \nNULL|0.25|NULL|NULL\n1|1.5|true|x\n");
}
