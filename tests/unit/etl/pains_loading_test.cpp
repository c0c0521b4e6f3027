// What users of other tools suffer from, by its number in the list of pains: loading.
#include "support/checked_job.hpp"

#include <boost/json.hpp>

using sheetbq::Code;
using sheetbq::etl::Outcome;
using sheetbq::testing::check_failure;
using sheetbq::testing::CheckedJob;
using sheetbq::testing::Job;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const sheetbq::testing::Variables skip_unchanged{{"SKIP_UNCHANGED", "true"}};

std::size_t uploads(const CheckedJob& job) { return job.google.bigquery.jobs.size(); }

}  // namespace

TEST_CASE("pain 03: a load that fails leaves the old table whole") {
    CheckedJob job;
    job.fill("id\n1\n2\n");
    const auto before = job.snapshot();
    job.type_csv("id\n3\n");
    job.google.bigquery.next_job_errors = {{"invalid", "Something in the data is bad"}};

    check_failure(job.failure(), Code::bad_data, 15,
                  {"Something in the data is bad", "The table stays as it was", "sheetbq_run2_1"});

    CHECK(job.snapshot() == before);
}

TEST_CASE("pain 03: the table is never emptied before it is filled: one load job does both") {
    CheckedJob job;
    job.fill("id\n1\n2\n");
    const auto uploads_before = uploads(job);
    std::vector<std::string> seen;
    job.google.on_request = [&](const sheetbq::sandbox::RecordedRequest&) {
        if (auto rows = job.rows(); seen.empty() || seen.back() != rows) seen.push_back(rows);
    };
    job.type_csv("id\n3\n");

    job.load();

    CHECK(seen == std::vector<std::string>{"1\n2\n", "3\n"});
    CHECK(uploads(job) - uploads_before == 1);
}

TEST_CASE("pain 04: a repeat of a run does not load again: it adopts what was loaded") {
    CheckedJob job{"id\n1\n"};
    job.load({{"SHEETBQ_RUN_ID", "r1"}, {"WRITE_MODE", "append"}});
    job.type_csv("id\n1\n2\n");

    const auto report = job.load({{"SHEETBQ_RUN_ID", "r1"}, {"WRITE_MODE", "append"}});

    CHECK(report.adopted);
    CHECK(report.job_id == "sheetbq_r1_1");
    CHECK(job.rows() == "1\n");
}

TEST_CASE("pain 04: a run that starts after its time touches nothing") {
    CheckedJob job;
    job.fill("id\n1\n");
    const auto before = job.snapshot();
    job.type_csv("id\n2\n");
    const auto uploads_before = uploads(job);

    check_failure(job.failure({{"SHEETBQ_START_BY", "2026-01-31T07:59:59Z"}}), Code::too_late, 75,
                  {"touched nothing", "2026-01-31T07:59:59", "Start a new run"});

    CHECK(job.snapshot() == before);
    CHECK(uploads(job) == uploads_before);
}

TEST_CASE("pain 05: a replacement keeps policy tags, row policies, descriptions and labels") {
    CheckedJob job;
    job.fill("id,mail\n1,a@x\n");
    const json::object tags{
        {"names", json::array{"projects/p/locations/eu/taxonomies/1/policyTags/2"}}};
    auto& field = job.table()->fields.at(1).as_object();
    field["policyTags"] = tags;
    field["description"] = "of the customer";
    job.table()->row_access_policies = {"only_managers"};
    job.table()->description = "Ours";
    job.table()->labels["team"] = "sales";
    job.type_csv("id,mail,age\n2,b@x,40\n");

    job.load();

    CHECK(job.rows() == "2|b@x|40\n");
    const auto& after = job.table()->fields.at(1).as_object();
    CHECK(after.at("policyTags") == tags);
    CHECK(after.at("description") == "of the customer");
    CHECK(job.table()->row_access_policies == std::set<std::string>{"only_managers"});
    CHECK(job.table()->description == "Ours");
    CHECK(job.table()->labels.at("team") == "sales");
}

TEST_CASE("pain 18: what Drive says about changes is not believed: the sheet is always read") {
    CheckedJob job;
    job.fill("id\n1\n", skip_unchanged);
    job.number(1, 0, "5");  // a formula's result moved; the file's version did not

    const auto report = job.load(skip_unchanged);

    CHECK(report.outcome == Outcome::loaded);
    CHECK(job.rows() == "5\n");
}

TEST_CASE("pain 19: an unchanged sheet is not loaded again when that was asked for") {
    CheckedJob job;
    job.fill("id,word\n1,a\n2,b\n", skip_unchanged);
    const auto before = job.snapshot();
    const auto uploads_before = uploads(job);
    job.clock.advance(1h);

    const auto report = job.run(skip_unchanged);

    CHECK(report.outcome == Outcome::unchanged);
    CHECK(report.exit_code() == 0);
    CHECK(report.rows == 2);
    CHECK(uploads(job) == uploads_before);
    CHECK(job.snapshot() == before);
}

TEST_CASE("pain 19: without the option every run loads") {
    CheckedJob job;
    job.fill("id\n1\n", skip_unchanged);
    const auto uploads_before = uploads(job);

    job.load();

    CHECK(uploads(job) == uploads_before + 1);
}

TEST_CASE("pain 19: an unchanged sheet is loaded when somebody changed the table meanwhile") {
    CheckedJob job;
    job.fill("id\n1\n", skip_unchanged);
    job.clock.advance(1h);
    auto& row = job.table()->rows.at(0);

    SECTION("a row") {
        row.at(0) = "99";
        job.table()->modified_ms += 3'600'000;
    }
    SECTION("the number of rows, whatever the time says") { job.table()->rows.push_back({"99"}); }

    job.load(skip_unchanged);
    CHECK(job.rows() == "1\n");
}

TEST_CASE("pain 19: an unchanged sheet is loaded when the schema is another one") {
    CheckedJob job;
    job.fill("id\n1\n", skip_unchanged);
    job.clock.advance(1h);

    auto variables = skip_unchanged;
    variables["SCHEMA_HANDLING"] = "custom";
    variables["CUSTOM_SCHEMA"] = R"([{"name": "id", "type": "FLOAT64"}])";
    job.load(variables);

    CHECK(job.schema() == "id:FLOAT64");
}

TEST_CASE("pain 19: another run with the same content in another table is not skipped") {
    CheckedJob job;
    job.fill("id\n1\n", skip_unchanged);
    auto variables = skip_unchanged;
    variables["BIGQUERY_TABLE_ID"] = "other";

    job.load(variables);

    CHECK(job.google.bigquery.find_table("demo-project", "demo", "other") != nullptr);
}

TEST_CASE("pain 19: appending is never skipped") {
    CheckedJob job;
    job.fill("id\n1\n", skip_unchanged);
    auto variables = skip_unchanged;
    variables["WRITE_MODE"] = "append";

    job.load(variables);

    CHECK(job.rows() == "1\n1\n");
}
