// Runs with SCHEMA_HANDLING=custom.
#include "support/checked_job.hpp"

#include <boost/json.hpp>

using sheetbq::Code;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;
using sheetbq::testing::Variables;

namespace {

Variables custom(std::string schema) {
    return {{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", std::move(schema)}};
}

}  // namespace

TEST_CASE("custom: columns are matched by name, as spelled or normalised, never by place") {
    CheckedJob job{"Unit Price,ID,no_matter,größe\n0.5,1,x,XL\n"};

    const auto report = job.load(custom("id:INT64,unit_price:NUMERIC,Größe:STRING"));

    CHECK(job.schema() == "unit_price:NUMERIC id:INT64 Größe:STRING");
    CHECK(job.rows() == "0.5|1|XL\n");
    CHECK_THAT(Job::notice(report, "column_left_out"), ContainsSubstring("C1 (\"no_matter\")"));
}

TEST_CASE("custom: of two headers that match, the one as spelled is loaded") {
    CheckedJob job{"Price,price\n1,2\n"};

    job.load(custom("price:INT64"));

    CHECK(job.rows() == "2\n");
}

TEST_CASE("custom: one column of the sheet is never taken for two of the schema") {
    CheckedJob job{"a b\n1\n"};

    const auto report = job.load(custom("a_b:INT64,`a b`:INT64"));

    CHECK(job.schema() == "a b:INT64 a_b:INT64");
    CHECK(job.rows() == "1|NULL\n");
    CHECK_THAT(Job::notice(report, "missing_column"), ContainsSubstring("\"a_b\""));
}

TEST_CASE("custom: two headers that match equally well are told, the left one is loaded") {
    CheckedJob job{"A B,A-B,a.b\n1,2,3\n"};

    const auto report = job.load(custom("a_b:INT64"));

    CHECK(job.rows() == "1\n");
    CHECK_THAT(Job::notice(report, "name_collision"),
               ContainsSubstring("A1 and C1 both match the column a_b of the schema; A1 is"));
    CHECK_THAT(Job::notice(report, "column_left_out"), ContainsSubstring("B1"));
}

TEST_CASE("custom: a missing NULLABLE column is NULL, with a notice") {
    CheckedJob job{"id\n1\n"};

    const auto report = job.load(custom("id:INT64,mail:STRING"));

    CHECK(job.schema() == "id:INT64 mail:STRING");
    CHECK(job.rows() == "1|NULL\n");
    CHECK_THAT(Job::notice(report, "missing_column"), ContainsSubstring("\"mail\""));
}

TEST_CASE("custom: text cells that read as the type load as that type") {
    CheckedJob job;
    job.type_csv("i,f,b,d,t,dt,n\n");
    const std::vector<std::string> texts{
        "00123", "1.5e3", "true", "2024-01-05", "10:17:42", "2024-01-05 10:17:42", "12.50"};
    for (std::size_t i = 0; i < texts.size(); ++i) job.text(1, i, texts[i]);

    job.load(custom("i:INT64,f:FLOAT64,b:BOOL,d:DATE,t:TIME,dt:DATETIME,n:NUMERIC"));

    CHECK(job.rows() == "123|1500.0|true|2024-01-05|10:17:42|2024-01-05T10:17:42|12.5\n");
}

TEST_CASE("custom: numbers load into STRING with their own token, also where it is limited") {
    CheckedJob job{"a,b\n12,345\n0.5,TRUE\n"};

    job.load(custom("a:STRING,b:STRING(4)"));

    CHECK(job.rows() == "12|345\n0.5|TRUE\n");
}

TEST_CASE("custom: a text longer than its column takes is refused before the upload") {
    CheckedJob job{"a\nshort\ntoo long\n"};

    check_failure(job.failure(custom("a:STRING(5)")), Code::bad_data, 15,
                  {"A3 \"too long\" is text; the column a is STRING"});

    CHECK(job.google.count("uploadType") == 0);
}

TEST_CASE("custom: NUMERIC is rounded to its scale, and refused where it has no room") {
    CheckedJob job{"n,p\n"};
    job.number(1, 0, "0.30000000000000004");
    job.number(1, 1, "12.345");

    job.load(custom("n:NUMERIC,p:NUMERIC(4,2)"));
    CHECK(job.rows() == "0.3|12.35\n");

    job.number(1, 1, "123.4");
    check_failure(job.failure(custom("n:NUMERIC,p:NUMERIC(4,2)")), Code::bad_data, 15,
                  {"B2 \"123.4\" is real; the column p is NUMERIC"});
}

TEST_CASE("custom: TIMESTAMP takes the spreadsheet's zone, also when that is an offset") {
    CheckedJob job{"at\n2024-01-05 10:17:42\n"};
    job.spreadsheet().time_zone = "GMT-07:00";

    job.load(custom("at:TIMESTAMP"));

    CHECK_THAT(job.rows(), ContainsSubstring("1704475062"));
}

TEST_CASE("custom: a date loads into DATETIME and TIMESTAMP, but a time into no DATE") {
    CheckedJob job{"d,t\n2024-01-05,10:17:42\n"};

    job.load(custom("d:DATETIME,t:TIME"));
    CHECK(job.rows() == "2024-01-05T00:00:00|10:17:42\n");
    job.load({{"SCHEMA_HANDLING", "custom"},
              {"BIGQUERY_TABLE_ID", "stamped"},
              {"CUSTOM_SCHEMA", "d:TIMESTAMP,t:TIME"}});
    const auto* stamped = job.google.bigquery.find_table("demo-project", "demo", "stamped");
    REQUIRE(stamped != nullptr);
    CHECK_THAT(*stamped->rows.at(0).at(0),
               Catch::Matchers::StartsWith("1704409200"));  // midnight in Berlin

    check_failure(job.failure({{"SCHEMA_HANDLING", "custom"},
                               {"BIGQUERY_TABLE_ID", "fresh"},
                               {"CUSTOM_SCHEMA", "d:DATE,t:DATE"}}),
                  Code::bad_data, 15, {"B2 \"10:17:42\" is time; the column t is DATE"});
}

TEST_CASE("custom: dates and times typed as text load in every form that is accepted") {
    CheckedJob job{"at\n'\n"};
    job.tab().rows.resize(1);
    for (const std::string text : {"2024-01-05", "2024-01-05T10:17:42", "2024-01-05 10:17:42.5"})
        job.tab().rows.push_back({{.kind = sheetbq::sandbox::Cell::Kind::text, .value = text}});

    job.load(custom("at:DATETIME"));

    CHECK(job.rows() == "2024-01-05T00:00:00\n2024-01-05T10:17:42\n2024-01-05T10:17:42.500000\n");
}

TEST_CASE("custom: JSON takes numbers, truth values and text that is JSON") {
    CheckedJob job{"j\n12\nTRUE\n"};
    job.text(3, 0, R"({"a": [1, "x,\"y\""]})");
    job.load(custom("j:JSON"));
    CHECK(job.table()->rows.size() == 3);

    job.text(4, 0, "{broken");
    check_failure(job.failure(custom("j:JSON")), Code::bad_data, 15, {"A5 \"{broken\""});
}

TEST_CASE("custom: descriptions are the schema's, else the header's own words") {
    CheckedJob job{"Unit Price,ID\n0.5,1\n"};

    job.load(custom(R"({"fields": [{"name": "unit_price", "type": "FLOAT"},)"
                    R"({"name": "id", "type": "INTEGER", "mode": "required",)"
                    R"("description": "the number"}]})"));

    const auto& fields = job.table()->fields;
    CHECK(fields.at(0).at("description") == "Unit Price");
    CHECK(fields.at(1).at("description") == "the number");
    CHECK(fields.at(1).at("mode") == "REQUIRED");
}

TEST_CASE("custom: a column that the schema wants wider than the table has it is widened") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");
    job.table()->row_access_policies = {"kept"};

    job.load(custom("id:INT64,n:FLOAT64"));

    CHECK(job.schema() == "id:INT64 n:FLOAT64");
    CHECK(job.rows() == "1|2.0\n");
    CHECK(job.table()->row_access_policies.size() == 1);
}

TEST_CASE("custom: TYPE_CONFLICT=rebuild replaces the table's schema") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");
    auto variables = custom("id:INT64,n:STRING");
    variables["TYPE_CONFLICT"] = "rebuild";

    job.load(variables);

    CHECK(job.schema() == "id:INT64 n:STRING");
    CHECK(job.rows() == "1|2\n");
}

TEST_CASE("custom: columns of the table that the schema leaves out stay, NULL") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");

    job.load(custom("id:INT64"));

    CHECK(job.schema() == "id:INT64 n:INT64");
    CHECK(job.rows() == "1|NULL\n");
}

TEST_CASE("custom: a row whose only cells are in left-out columns is a row, not a blank one") {
    CheckedJob job{"id,note\n1,a\n,only a note\n,\n2,b\n"};

    const auto report = job.load(custom("id:INT64"));

    CHECK(job.rows() == "1\nNULL\n2\n");
    CHECK(report.rows == 3);
    CHECK(report.blank_rows == 1);
}

TEST_CASE("custom: an error cell is NULL and reported as everywhere") {
    CheckedJob job{"id,n\n1,#N/A\n2,3\n"};

    const auto report = job.load(custom("id:INT64,n:INT64"));

    CHECK(job.rows() == "1|NULL\n2|3\n");
    CHECK_THAT(Job::notice(report, "error_cells"), ContainsSubstring("the first in B2"));
}
