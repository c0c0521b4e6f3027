#include "sheetbq/app/status_json.hpp"

#include "support/catch.hpp"
#include "support/status_sample.hpp"

#include <boost/json.hpp>

#include <set>

using sheetbq::control::RunState;
using sheetbq::testing::sample_config;
using sheetbq::testing::sample_now;
using sheetbq::testing::sample_run;
using sheetbq::testing::sample_view;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

/// Parses it, and would not take bytes that are not UTF-8.
json::object parsed(const std::string& text) { return json::parse(text).as_object(); }

std::set<std::string> names(const json::object& object) {
    std::set<std::string> out;
    for (const auto& member : object) out.emplace(member.key());
    return out;
}

}  // namespace

TEST_CASE("GET /runs gives every field of a run, with null for what is not there") {
    const auto object = sheetbq::app::to_json(sheetbq::control::Run{});
    CHECK(names(object) == std::set<std::string>{"run_id",
                                                 "config_id",
                                                 "slot_key",
                                                 "attempt",
                                                 "trigger",
                                                 "state",
                                                 "live",
                                                 "fence",
                                                 "lease_owner",
                                                 "due_at",
                                                 "created_at",
                                                 "start_requested_at",
                                                 "start_tries",
                                                 "execution_name",
                                                 "started_at",
                                                 "finished_at",
                                                 "deadline_at",
                                                 "missing_since",
                                                 "cancel_requested",
                                                 "cancel_requested_at",
                                                 "spreadsheet_id",
                                                 "project",
                                                 "config_hash",
                                                 "exit_code",
                                                 "error_class",
                                                 "error_message",
                                                 "error_hint",
                                                 "log_uri",
                                                 "report"});
    for (const auto* name : {"lease_owner", "start_requested_at", "execution_name", "started_at",
                             "finished_at", "exit_code", "error_message", "report"}) {
        CAPTURE(name);
        CHECK(object.at(name).is_null());
    }
    CHECK(object.at("live") == true);
    CHECK(object.at("created_at") == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("GET /runs has times in RFC 3339 and the report as an object") {
    auto run = sample_run(RunState::failed, 60s, 1500ms, 0);
    run.exit_code = 15;
    run.error_message = "2 cells \"n/a\" \xFF";
    run.report = R"({"rows": 3, "columns": [{"name": "a"}]})";
    run.execution_name = "executions/x";

    const auto answer = parsed(sheetbq::app::runs_json({run, run}));

    CHECK(answer.at("schema") == "sheetbq.run/v1");
    REQUIRE(answer.at("runs").as_array().size() == 2);
    const auto& object = answer.at("runs").as_array()[0].as_object();
    CHECK(object.at("state") == "failed");
    CHECK(object.at("live") == false);
    CHECK(object.at("started_at") == "2026-01-31T07:59:03.500Z");
    CHECK(object.at("finished_at") == "2026-01-31T07:59:05.000Z");
    CHECK(object.at("exit_code") == 15);
    CHECK(object.at("error_message") == "2 cells \"n/a\" �");
    CHECK(object.at("execution_name") == "executions/x");
    CHECK(object.at("report").at("columns").as_array().size() == 1);
}

TEST_CASE("A report that is no object is null, never half of one") {
    auto run = sample_run(RunState::succeeded, 60s, 1s, 0);
    for (const std::string report : {"", "{", "[1]", "3", "\"text\"", "\xFF", "{\"a\":\"\xFF\"}"}) {
        run.report = report;
        CAPTURE(report);
        const auto answer = parsed(sheetbq::app::runs_json({run}));
        CHECK(answer.at("runs").at(0).at("report").is_null());
    }
}

TEST_CASE("GET /configs gives each configuration as its owner wrote it, and what came of it") {
    auto line = sample_config(19, "Ledger");
    line.config.custom_schema = R"([{"name": "a", "type": "INT64"}])";
    line.config.options = R"({"header_row": 2})";
    line.config.tab.reset();
    line.state.failures = 2;
    line.state.failing_since = sample_now();
    line.state.last_hint = "Share it.";
    line.live = sample_run(RunState::running, 0s, 0ms, 0);
    line.recent.resize(1);

    const auto answer = parsed(sheetbq::app::configs_json({line}));

    CHECK(answer.at("schema") == "sheetbq.config/v1");
    const auto& config = answer.at("configs").as_array().at(0).as_object();
    CHECK(names(config) ==
          std::set<std::string>{"id", "name", "google_sheet_url", "google_sheet_tab_name",
                                "google_cloud_project_id", "bigquery_dataset_id",
                                "bigquery_table_id", "schema_handling", "custom_schema", "options",
                                "is_active", "last_run", "run_frequency_hours", "created_at",
                                "hash", "due_at", "state", "live_run", "recent_runs"});
    CHECK(config.at("id") == 19);
    CHECK(config.at("name") == "Ledger");
    CHECK(config.at("google_sheet_tab_name").is_null());
    CHECK(config.at("run_frequency_hours") == 24);
    CHECK(config.at("custom_schema").at(0).at("type") == "INT64");
    CHECK(config.at("options").at("header_row") == 2);
    CHECK(config.at("state").at("failures") == 2);
    CHECK(config.at("state").at("failing_since") == "2026-01-31T08:00:05.000Z");
    CHECK(config.at("state").at("incident_id").is_null());
    CHECK(config.at("live_run").at("state") == "running");
    CHECK(config.at("recent_runs").as_array().size() == 1);
}

TEST_CASE("Hostile names and a broken schema leave the JSON whole") {
    const auto view = sample_view();
    const auto answer = parsed(sheetbq::app::configs_json(view.configs));
    CHECK(answer.at("configs").as_array().size() == 20);
    auto line = sample_config(1, "one");
    line.config.custom_schema = "no json";
    CHECK(parsed(sheetbq::app::configs_json({line}))
              .at("configs")
              .at(0)
              .at("custom_schema")
              .is_null());
    CHECK(sheetbq::app::configs_json({}) == R"({"schema":"sheetbq.config/v1","configs":[]})");
}
