// What users of other tools suffer from, by its number in the list of pains: naming.
#include "support/checked_job.hpp"

#include <fmt/format.h>

using sheetbq::Code;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;

TEST_CASE("pain 11: a blank header over cells gets a name; one over nothing is dropped") {
    CheckedJob job{"id,,name,,\n1,,x,y,\n2,,z,,\n"};

    const auto report = job.load();

    CHECK(job.schema() == "id:INT64 name:STRING column_D:STRING");
    CHECK(job.rows() == "1|x|y\n2|z|NULL\n");
    CHECK_THAT(Job::notice(report, "blank_header"), ContainsSubstring("D1"));
    CHECK_THAT(Job::notice(report, "blank_header"), ContainsSubstring("column_D"));
}

TEST_CASE("pain 11: a stray cell far right and far below is loaded, not lost, and told") {
    CheckedJob job{"id\n1\n"};
    job.tab().row_count = 3'000;
    job.tab().column_count = 40;
    job.text(2'500, 39, "stray");

    const auto report = job.load({{"WINDOW_CELLS", "1000"}});

    CHECK(job.schema() == "id:INT64 column_AN:STRING");
    CHECK(job.rows() == "1|NULL\nNULL|stray\n");
    CHECK_THAT(Job::notice(report, "blank_header"), ContainsSubstring("AN1"));
}

TEST_CASE("pain 12: names that are one to BigQuery get a suffix, and both cells are named") {
    CheckedJob job{"Task ID,task_id,TASK id,Straße\n1,2,3,4\n"};

    const auto report = job.load();

    CHECK(job.schema() == "Task_ID:INT64 task_id_2:INT64 TASK_id_3:INT64 Straße:INT64");
    CHECK(job.rows() == "1|2|3|4\n");
    CHECK_THAT(Job::notice(report, "name_collision"),
               ContainsSubstring("A1 and B1 have the same name for BigQuery"));
}

TEST_CASE("pain 12: equal headers stay apart in the next run, too") {
    CheckedJob job;
    job.fill("a,a,a\n1,2,3\n");
    job.type_csv("a,a,a\n4,5,6\n7,8,9\n");

    job.load();

    CHECK(job.schema() == "a:INT64 a_2:INT64 a_3:INT64");
    CHECK(job.rows() == "4|5|6\n7|8|9\n");
}

TEST_CASE("pain 15: columns that moved go to their own name") {
    CheckedJob job;
    job.fill("id,name,price\n1,a,0.5\n");
    job.type_csv("price,id,name\n1.5,2,b\n");

    job.load();

    CHECK(job.schema() == "id:INT64 name:STRING price:FLOAT64");
    CHECK(job.rows() == "2|b|1.5\n");
}

TEST_CASE("pain 15: an added column in the middle is added to the table, values stay in place") {
    CheckedJob job;
    job.fill("id,price\n1,0.5\n");
    job.type_csv("id,colour,price\n2,red,1.5\n");

    job.load();

    CHECK(job.schema() == "id:INT64 price:FLOAT64 colour:STRING");
    CHECK(job.rows() == "2|1.5|red\n");
}

TEST_CASE("pain 15: a column that left the sheet stays, NULL, with a notice") {
    CheckedJob job;
    job.fill("id,colour,price\n1,red,0.5\n");
    job.type_csv("id,price\n2,1.5\n");

    const auto report = job.load();

    CHECK(job.schema() == "id:INT64 colour:STRING price:FLOAT64");
    CHECK(job.rows() == "2|NULL|1.5\n");
    CHECK_THAT(Job::notice(report, "column_gone"), ContainsSubstring("\"colour\""));
}
