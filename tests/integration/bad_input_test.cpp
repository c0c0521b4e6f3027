#include "integration/world.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using sheetbq::testing::report_of;
using sheetbq::testing::Variables;
using sheetbq::testing::World;

namespace {

/// What a user did wrong, and what he must be told.
struct Mistake {
    std::string name;
    Variables variables;
    std::function<void(World&)> world;
    int exit_code;
    std::string says;
    std::string hint;
};

std::vector<Mistake> mistakes() {
    const auto nothing = [](World&) {};
    const auto sheet = [](World& world) -> sandbox::Spreadsheet& {
        return world.google.sheets.at(World::spreadsheet_id);
    };
    return {
        {"nothing is set",
         {{"CONFIG_NAME", ""}, {"BIGQUERY_TABLE_ID", ""}},
         nothing,
         10,
         "BIGQUERY_TABLE_ID",
         "environment variables"},
        {"malformed address",
         {{"GOOGLE_SHEET_URL", "https://example.com/x"}},
         nothing,
         10,
         "GOOGLE_SHEET_URL",
         "environment variables"},
        {"no such spreadsheet",
         {{"GOOGLE_SHEET_URL", "1zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}},
         nothing,
         3,
         "there is no spreadsheet",
         "copy its address"},
        {"no such tab",
         {{"GOOGLE_SHEET_TAB_NAME", "Ordres"}},
         nothing,
         3,
         "\"Orders\"",
         "GOOGLE_SHEET_TAB_NAME"},
        {"chart tab",
         {},
         [=](World& world) { sheet(world).tabs.at(0).sheet_type = "OBJECT"; },
         10,
         "chart",
         "GOOGLE_SHEET_TAB_NAME"},
        {"not shared",
         {},
         [=](World& world) { sheet(world).shared_with.clear(); },
         11,
         World::account,
         "click Share"},
        {"API switched off",
         {},
         [](World& world) { world.google.enabled["sheets.googleapis.com"] = false; },
         11,
         "Sheets API",
         "sheets.googleapis.com"},
        {"no dataset",
         {{"BIGQUERY_DATASET_ID", "nowhere"}},
         nothing,
         3,
         "demo-project.nowhere",
         "bq mk"},
        {"no right to write",
         {},
         [](World& world) {
             world.google.bigquery.projects["demo-project"]["demo"].writers.clear();
         },
         11,
         "denied",
         "role"},
        {"no right to run jobs",
         {},
         [](World& world) { world.google.bigquery.job_users.clear(); },
         11,
         "may not run BigQuery jobs",
         "roles/bigquery.jobUser"},
        {"no credentials",
         {{"GOOGLE_APPLICATION_CREDENTIALS", ""}},
         nothing,
         4,
         "no Google credentials",
         "gcloud auth application-default login"},
        {"key file that is not there",
         {{"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json"}},
         nothing,
         4,
         "/nowhere/key.json",
         "GOOGLE_APPLICATION_CREDENTIALS"},
        {"bad schema",
         {{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", "id:INTT"}},
         nothing,
         10,
         "CUSTOM_SCHEMA",
         "environment variables"},
        {"cell that does not fit",
         {{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", "id:INT64,name:INT64"}},
         nothing,
         15,
         "B2",
         ""},
        {"empty tab", {}, [](World& world) { world.type_csv(""); }, 15, "empty", "Fill the tab"},
        {"plain http to a host that is not loopback",
         {{"SHEETBQ_API_ROOT", "http://192.0.2.1:8085"}},
         nothing,
         10,
         "SHEETBQ_API_ROOT",
         ""},
        {"log format unknown", {{"LOG_FORMAT", "xml"}}, nothing, 10, "LOG_FORMAT", "LOG_FORMAT"}};
}

}  // namespace

TEST_CASE("what a user does wrong is told with its exit code, and no table appears") {
    for (const auto& mistake : mistakes()) {
        INFO(mistake.name);
        World world;
        world.type_csv("id,name\n1,tea\n2,cake\n");
        mistake.world(world);
        auto variables = mistake.variables;
        variables.insert({"LOG_FORMAT", "text"});

        const auto end = world.run(variables);

        INFO(end.out << end.err);
        CHECK(end.exit_code == mistake.exit_code);
        CHECK(end.out.empty());
        CHECK_THAT(end.err, ContainsSubstring("error: "));
        CHECK_THAT(end.err, ContainsSubstring(mistake.says));
        const auto advice = end.err.rfind("do:");
        REQUIRE(advice != std::string::npos);
        CHECK_THAT(end.err.substr(advice), ContainsSubstring(mistake.hint));
        CHECK(world.table() == "none");
    }
}

TEST_CASE("the JSON report of a refused configuration has code, reason and hint") {
    World world;

    const auto end = world.run({{"CONFIG_NAME", ""}, {"HEADER_ROW", "first"}});

    CHECK(end.exit_code == 10);
    const auto report = report_of(end);
    CHECK(report.at("severity") == "ERROR");
    CHECK(report.at("outcome") == "failed");
    CHECK(report.at("run_id") == "r1");
    CHECK(report.at("error").at("code") == "bad_config");
    for (const auto* name : {"CONFIG_NAME", "HEADER_ROW"})
        CHECK_THAT(std::string{report.at("error").at("reason").as_string()},
                   ContainsSubstring(name));
    CHECK(world.google.requests().empty());
}
