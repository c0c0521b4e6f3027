// What a run does to a table that exists already.
#include "support/checked_job.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using sheetbq::Code;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;
namespace json = boost::json;

namespace {

const json::object tags{
    {"names", json::array{"projects/p/locations/eu/taxonomies/1/policyTags/2"}}};

/// A table of two columns with everything that a careless replacement loses.
void fill_with_care(CheckedJob& job) {
    job.fill("id,n\n1,2\n");
    job.table()->fields.at(0).as_object()["policyTags"] = tags;
    job.table()->fields.at(1).as_object()["policyTags"] = tags;
    job.table()->fields.at(0).as_object()["description"] = "ours";
    job.table()->row_access_policies = {"kept"};
}

}  // namespace

TEST_CASE("an INT64 column that meets a fraction is widened in place") {
    CheckedJob job;
    fill_with_care(job);
    job.type_csv("id,n\n1,2\n2,2.5\n");

    const auto report = job.load();

    CHECK(job.schema() == "id:INT64 n:FLOAT64");
    CHECK(job.rows() == "1|2.0\n2|2.5\n");
    CHECK(job.google.count("/jobs?") >= 1);
    CHECK_THAT(Job::notice(report, "widened"),
               ContainsSubstring("column n is widened from INT64 to FLOAT64: B3 has a fraction"));
    CHECK(job.table()->fields.at(1).as_object().at("policyTags") == tags);
    CHECK(job.table()->row_access_policies.size() == 1);
}

TEST_CASE("several columns are widened in one run, and a repeat of the run is no error") {
    CheckedJob job;
    job.fill("a,b\n1,2\n");
    job.type_csv("a,b\n1.5,2.5\n");

    job.load({{"SHEETBQ_RUN_ID", "w"}});
    CHECK(job.schema() == "a:FLOAT64 b:FLOAT64");
    job.load({{"SHEETBQ_RUN_ID", "w"}});
    CHECK(job.rows() == "1.5|2.5\n");
}

TEST_CASE("a FLOAT64 column takes whole numbers as they are") {
    CheckedJob job;
    job.fill("n\n1.5\n");
    job.type_csv("n\n7\n");

    job.load();

    CHECK(job.schema() == "n:FLOAT64");
    CHECK(job.rows() == "7.0\n");
}

TEST_CASE("a DATETIME column takes dates") {
    CheckedJob job;
    job.fill("at\n2024-01-05 10:17:42\n");
    job.type_csv("at\n2024-01-06\n");

    job.load();

    CHECK(job.schema() == "at:DATETIME");
    CHECK(job.rows() == "2024-01-06T00:00:00\n");
}

TEST_CASE("TYPE_CONFLICT=null loads NULL for the cells that do not fit, and names them") {
    CheckedJob job;
    fill_with_care(job);
    job.type_csv("id,n\n1,two\n2,3\nx,4\n");

    const auto report = job.load({{"TYPE_CONFLICT", "null"}});

    CHECK(job.schema() == "id:INT64 n:INT64");
    CHECK(job.rows() == "1|NULL\n2|3\nNULL|4\n");
    const auto notice = Job::notice(report, "type_conflict");
    CHECK_THAT(notice, ContainsSubstring("2 cells do not fit"));
    CHECK_THAT(notice, ContainsSubstring("B2 \"two\" is text"));
    CHECK_THAT(notice, ContainsSubstring("A4 \"x\" is text"));
    CHECK(job.table()->row_access_policies.size() == 1);
}

TEST_CASE("TYPE_CONFLICT=null widens a column that has fractions beside texts") {
    CheckedJob job;
    job.fill("n\n1\n");
    job.type_csv("n\n1.5\ntwo\n");

    job.load({{"TYPE_CONFLICT", "null"}});

    CHECK(job.schema() == "n:FLOAT64");
    CHECK(job.rows() == "1.5\nNULL\n");
}

TEST_CASE("TYPE_CONFLICT=rebuild gives the column the type of its cells and keeps policy tags") {
    CheckedJob job;
    fill_with_care(job);
    job.type_csv("id,n\n1,two\n2,3\n");

    const auto report = job.load({{"TYPE_CONFLICT", "rebuild"}});

    CHECK(job.schema() == "id:INT64 n:STRING");
    CHECK(job.rows() == "1|two\n2|3\n");
    CHECK(job.table()->fields.at(0).as_object().at("policyTags") == tags);
    CHECK(job.table()->fields.at(1).as_object().at("policyTags") == tags);
    CHECK(job.table()->fields.at(0).as_object().at("description") == "ours");
    CHECK_THAT(Job::notice(report, "type_conflict"), ContainsSubstring("the column is rebuilt"));
}

TEST_CASE("new columns come with their header as description, old ones keep theirs") {
    CheckedJob job;
    fill_with_care(job);
    job.type_csv("id,Total Sum,n\n1,0.5,2\n");

    job.load();

    CHECK(job.schema() == "id:INT64 n:INT64 Total_Sum:FLOAT64");
    CHECK(job.rows() == "1|2|0.5\n");
    CHECK(job.table()->fields.at(2).at("description") == "Total Sum");
    CHECK(job.table()->fields.at(0).at("description") == "ours");
    CHECK(job.table()->row_access_policies.size() == 1);
}

TEST_CASE("where the service cannot add columns and keep metadata at once, they are added first") {
    CheckedJob job;
    fill_with_care(job);
    job.google.bigquery.knows_write_truncate_data = false;
    job.type_csv("id,colour,n\n1,red,2\n");

    const auto report = job.load();

    CHECK(job.schema() == "id:INT64 n:INT64 colour:STRING");
    CHECK(job.rows() == "1|2|red\n");
    CHECK(job.table()->fields.at(0).as_object().at("policyTags") == tags);
    CHECK(job.table()->row_access_policies.size() == 1);
    CHECK(report.job_id == "sheetbq_run2_2");
}

TEST_CASE("WRITE_MODE=append adds rows, and columns where there are new ones") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");
    job.type_csv("id,colour\n3,red\n");

    job.load({{"WRITE_MODE", "append"}});

    CHECK(job.schema() == "id:INT64 n:INT64 colour:STRING");
    CHECK(job.rows() == "1|2|NULL\n3|NULL|red\n");
}

TEST_CASE("WRITE_MODE=append into no table makes it, and adds nothing from a bare header") {
    CheckedJob job{"id\n1\n"};
    job.load({{"WRITE_MODE", "append"}});
    job.type_csv("id\n");

    const auto report = job.load({{"WRITE_MODE", "append"}});

    CHECK(report.rows == 0);
    CHECK(job.rows() == "1\n");
}

TEST_CASE("ALLOW_EMPTY=true empties the table and keeps its columns") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");
    job.tab().rows.resize(1);
    job.load({{"ALLOW_EMPTY", "true"}});
    CHECK(job.rows().empty());
    CHECK(job.schema() == "id:INT64 n:INT64");

    job.fill("id,n\n1,2\n");
    job.tab().rows.clear();
    job.load({{"ALLOW_EMPTY", "true"}});
    CHECK(job.rows().empty());
    CHECK(job.schema() == "id:INT64 n:INT64");
}

TEST_CASE("a header alone makes a new table without rows") {
    CheckedJob job{"id,When\n"};

    const auto report = job.load();

    CHECK(report.rows == 0);
    CHECK(job.schema() == "id:STRING When:STRING");
    CHECK(job.rows().empty());
}

TEST_CASE("a drop of rows within MAX_ROW_DROP_PERCENT is loaded") {
    CheckedJob job;
    job.fill("id\n1\n2\n3\n");
    job.type_csv("id\n1\n2\n");

    job.load({{"MAX_ROW_DROP_PERCENT", "34"}, {"MIN_ROWS", "2"}});

    CHECK(job.rows() == "1\n2\n");
}

TEST_CASE("a REQUIRED column of the table that left the sheet is refused with the way out") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");
    job.table()->fields.at(1).as_object()["mode"] = "REQUIRED";
    const auto before = job.snapshot();
    job.type_csv("id\n1\n");

    check_failure(
        job.failure(), Code::bad_data, 15,
        {"the sheet has no column \"n\"", "REQUIRED in the table demo-project.demo.orders",
         "ALTER TABLE `demo-project.demo.orders` ALTER COLUMN n DROP NOT NULL"});
    CHECK(job.snapshot() == before);
}

TEST_CASE("a blank in a column that is REQUIRED in the table is refused with its address") {
    CheckedJob job;
    job.fill("id,n\n1,2\n");
    job.table()->fields.at(1).as_object()["mode"] = "REQUIRED";
    const auto before = job.snapshot();
    job.type_csv("id,n\n1,2\n2,\n");

    check_failure(job.failure(), Code::bad_data, 15, {"the column \"n\" has blank cells", "B3"});
    CHECK(job.snapshot() == before);
}

TEST_CASE("a table with a column that no sheet can fill is refused before anything is uploaded") {
    const std::string csv = GENERATE("id\n2\n", "id,odd\n2,\n", "id,odd\n2,x\n");
    const auto [field, words] = GENERATE(table<std::string, std::string>(
        {{R"({"name": "odd", "type": "STRING", "mode": "REPEATED"})", "REPEATED STRING"},
         {R"({"name": "odd", "type": "RECORD", "fields": [{"name": "x", "type": "STRING"}]})",
          "RECORD"}}));
    CheckedJob job;
    job.fill("id\n1\n");
    job.table()->fields.push_back(json::parse(field));
    job.table()->rows.at(0).emplace_back();
    const auto before = job.snapshot();
    const auto jobs = job.google.bigquery.jobs.size();
    job.type_csv(csv);

    check_failure(job.failure({{"TYPE_CONFLICT", "rebuild"}}), Code::bad_config, 10,
                  {"the column \"odd\", which no sheet can fill", words,
                   "ALTER TABLE `demo-project.demo.orders` DROP COLUMN `odd`"});

    CHECK(job.snapshot() == before);
    CHECK(job.google.bigquery.jobs.size() == jobs);
}

TEST_CASE("columns of other types in the table take what fits them") {
    CheckedJob job;
    job.fill("m,at,j\nx,y,z\n");
    job.table()->fields.at(0).as_object()["type"] = "NUMERIC";
    job.table()->fields.at(1).as_object()["type"] = "TIMESTAMP";
    job.table()->fields.at(2).as_object()["type"] = "BIGNUMERIC";
    job.table()->rows.clear();
    job.type_csv("m,at,j\n0.5,2024-01-05 10:17:42,7\n3,2024-01-05,0.25\n");

    job.load();

    CHECK(job.schema() == "m:NUMERIC at:TIMESTAMP j:BIGNUMERIC");
    CHECK_THAT(job.rows(), Catch::Matchers::StartsWith("0.5|1704446262"));
    CHECK_THAT(job.rows(), ContainsSubstring("3|1704409200"));
}

TEST_CASE("a column of the table is found under the header as spelled, without case") {
    CheckedJob job;
    job.fill("x,ID\n1,2\n");
    job.table()->fields.at(0).as_object()["name"] = "Unit Price";
    job.type_csv("id,unit price\n3,4\n");

    job.load();

    CHECK(job.schema() == "Unit Price:INT64 ID:INT64");
    CHECK(job.rows() == "4|3\n");
}

TEST_CASE("without a header, columns are anchored by their letters") {
    CheckedJob job;
    job.fill("1,a\n", {{"HEADER_ROW", "0"}});
    job.type_csv("2,b\n,c\n");

    job.load({{"HEADER_ROW", "0"}});

    CHECK(job.schema() == "column_A:INT64 column_B:STRING");
    CHECK(job.rows() == "2|b\nNULL|c\n");
}

TEST_CASE("the load job says whose it is; the new table says where it comes from") {
    CheckedJob job{"id\n1\n"};
    job.load({{"CONFIG_NAME", "Orders of Berlin"}, {"CONFIG_ID", "12"}});

    CHECK(job.table()->description ==
          fmt::format("Loaded by sheetbq from the tab \"Orders\" of the Google Sheet \"Shop\": "
                      "https://docs.google.com/spreadsheets/d/{}/edit#gid=0",
                      Job::spreadsheet_id));
    REQUIRE(job.google.bigquery.jobs.size() == 1);
    const auto& [name, load] = *job.google.bigquery.jobs.begin();
    CHECK(name == "demo-project:EU.sheetbq_run1_1");
    const auto& labels = load.resource.at("configuration").at("labels");
    CHECK(labels.at("config") == "orders_of_berlin");
    CHECK(labels.at("config_id") == "12");
    CHECK(labels.at("run_id") == "run1");
    CHECK(labels.at("rows") == "1");
    CHECK(labels.at("tool") == "sheetbq");
}
