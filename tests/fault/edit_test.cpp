// F17: owners who edit their table while runs are under way.

#include "fault/serving.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::sandbox::ScriptedRun;

namespace {

using Settings = std::map<std::string, std::string>;

/// What each execution of a configuration was given.
std::vector<Settings> executions_of(Fleet& fleet, int config) {
    std::vector<Settings> all;
    fleet.world.google.edit([&] {
        for (const auto& execution : fleet.world.google.run.executions)
            if (execution.variable("CONFIG_ID") == std::to_string(config))
                all.emplace_back(execution.env.begin(), execution.env.end());
    });
    return all;
}

std::string states_of(Fleet& fleet, int config) {
    return fleet.value(
        fmt::format("SELECT string_agg(state::text, ' ' ORDER BY created_at) FROM sheetbq.run "
                    "WHERE config_id = {}",
                    config));
}

void wait_until_running(Fleet& fleet, int config) {
    const auto sql = fmt::format(
        "SELECT count(*) FROM sheetbq.run WHERE config_id = {} AND state = 'running'", config);
    bool running = false;
    for (int i = 0; i < 2'000 && !running; ++i) {
        std::this_thread::sleep_for(5ms);
        running = fleet.value(sql) == "1";
    }
    REQUIRE(running);
}

/// An owner who resets last_run makes the slot of a first run again; all else must hold.
std::vector<std::string> violations_but_for_resets(Fleet& fleet) {
    auto wrong = fleet.violations();
    std::erase_if(wrong, [](const auto& each) { return each.starts_with("I3 slot lr:never"); });
    return wrong;
}

}  // namespace

TEST_CASE("F17 a run goes on with what it started with, whatever its owner does", "[F17]") {
    struct Case {
        std::string what;
        std::string edit;
        bool runs_again;  ///< at the next tick
    };
    const auto each = GENERATE(values<Case>(
        {{"renames it and names another sheet and table",
          "SET name = 'other', google_sheet_tab_name = 'Other', bigquery_table_id = 'other', "
          "google_sheet_url = 'https://docs.google.com/spreadsheets/d/"
          "1Other00000000000000000000000000000000000000/edit'",
          false},
         {"switches it off", "SET is_active = false", false},
         {"resets last_run", "SET last_run = NULL", false},
         {"sets last_run into the future", "SET last_run = now() + interval '10 days'", false},
         {"wants it at every tick", "SET run_frequency_hours = 0", true},
         {"has an interval below zero", "SET run_frequency_hours = -1", true},
         {"has an interval beyond all time", "SET run_frequency_hours = 2147483647", false},
         {"gives it a schema of 300 KiB",
          "SET custom_schema = (SELECT jsonb_agg(jsonb_build_object('name', 'column_' || n, "
          "'type', 'STRING', 'description', repeat('x', 100))) FROM generate_series(1, 2000) n)",
          false},
         {"deletes it", "", false}}));
    CAPTURE(each.what);
    Fleet fleet{{.run_takes = 800ms}};
    fleet.add_configs(2);
    make_schema(fleet);

    const auto process = fleet.start();
    wait_until_running(fleet, 1);
    fleet.as_owner(each.edit.empty()
                       ? "DELETE FROM sheet_to_bigquery_configs WHERE id = 1"
                       : "UPDATE sheet_to_bigquery_configs " + each.edit + " WHERE id = 1");
    const auto end = process->wait(30s);

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
    // What is wanted at every tick may run again in this one, while the other run lasts.
    CHECK((states_of(fleet, 1) == "succeeded" ||
           (each.runs_again && states_of(fleet, 1) == "succeeded succeeded")));
    CHECK(states_of(fleet, 2) == "succeeded");
    auto given = executions_of(fleet, 1);
    REQUIRE(!given.empty());
    CHECK(given[0]["CONFIG_NAME"] == "config 1");
    CHECK(given[0]["BIGQUERY_TABLE_ID"] == "table_1");
    CHECK_FALSE(given[0].contains("CUSTOM_SCHEMA"));
    CHECK(fleet.quiesce());
    CHECK(executions_of(fleet, 1).size() >= (each.runs_again ? 2 : 1));
    if (!each.runs_again) CHECK(executions_of(fleet, 1).size() == 1);
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}

TEST_CASE("F17 what is switched off or deleted between claim and start does not start", "[F17]") {
    const std::string sql = GENERATE("UPDATE sheet_to_bigquery_configs SET is_active = false",
                                     "DELETE FROM sheet_to_bigquery_configs");
    CAPTURE(sql);
    Fleet fleet;
    fleet.add_configs(2);
    REQUIRE(fleet.tick({{"SHEETBQ_CRASH_AT", "claim_after_commit"}}).signal == 9);
    fleet.as_owner(sql + " WHERE id = 1");

    CHECK(fleet.quiesce());

    CHECK(states_of(fleet, 1) == "abandoned");
    CHECK(states_of(fleet, 2) == "succeeded");
    CHECK(executions_of(fleet, 1).empty());
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F17 resetting last_run always makes a configuration run again", "[F17]") {
    Fleet fleet;
    fleet.add_configs(2);
    fleet.script(1, [](int call) { return ScriptedRun{.exit_code = call <= 2 ? 11 : 0}; });
    const auto reset = [&] {
        fleet.as_owner("UPDATE sheet_to_bigquery_configs SET last_run = NULL WHERE id = 1");
    };

    CHECK(fleet.tick().exit_code == 1);
    reset();  // changes nothing: it backs off, for the row is the same
    CHECK(fleet.tick().exit_code == 0);
    CHECK(states_of(fleet, 1) == "failed");
    fleet.as_owner("UPDATE sheet_to_bigquery_configs SET name = 'mended' WHERE id = 1");
    CHECK(fleet.tick().exit_code == 1);
    CHECK(states_of(fleet, 1) == "failed failed");
    fleet.as_owner("UPDATE sheet_to_bigquery_configs SET name = 'really mended' WHERE id = 1");
    CHECK(fleet.tick().exit_code == 0);
    CHECK(states_of(fleet, 1) == "failed failed succeeded");
    for (int i = 0; i < 2; ++i) {
        reset();
        CHECK(fleet.tick().exit_code == 0);
    }

    CHECK(states_of(fleet, 1) == "failed failed succeeded succeeded succeeded");
    CHECK(states_of(fleet, 2) == "succeeded");
    CHECK(violations_but_for_resets(fleet) == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}

TEST_CASE("F17 a schema that no variable can hold fails its own configuration only", "[F17]") {
    Fleet fleet;
    fleet.add_configs(2);
    fleet.as_owner(
        "UPDATE sheet_to_bigquery_configs SET custom_schema = (SELECT jsonb_agg(jsonb_build_object("
        "'name', 'column_' || n, 'type', 'STRING', 'description', repeat('x', 100))) FROM "
        "generate_series(1, 2000) n) WHERE id = 1");

    const auto end = fleet.tick();

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 1);
    CHECK(end.out.size() < 20'000);
    CHECK(states_of(fleet, 1) == "failed");
    CHECK(states_of(fleet, 2) == "succeeded");
    CHECK(fleet.value("SELECT error_class FROM sheetbq.run WHERE config_id = 1") == "bad_config");
    CHECK_THAT(fleet.value("SELECT error_hint FROM sheetbq.run WHERE config_id = 1"),
               ContainsSubstring("CUSTOM_SCHEMA"));
    CHECK(executions_of(fleet, 1).empty());
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F17 names of any script reach the job as they are, and harm no log and no message",
          "[F17]") {
    Fleet fleet;
    fleet.add_configs(4);
    fleet.as_owner(
        "UPDATE sheet_to_bigquery_configs SET name = CASE id"
        " WHEN 1 THEN E'\\U0001F680 \"quoted\" ''single'' \\\\back <!channel> ; DROP TABLE x'"
        " WHEN 2 THEN E'two\\nlines\\r\\n{\"event\":\"run_ended\"}'"
        " WHEN 3 THEN E'\\u202E\\u0645\\u0631\\u062D\\u0628\\u0627'"
        " ELSE repeat(E'\\U0001F469\\u200D\\U0001F680', 80) END");
    for (const int id : {1, 2}) fleet.script(id, [](int) { return ScriptedRun{.exit_code = 11}; });

    const auto end = fleet.tick();

    CHECK(end.exit_code == 1);
    for (int id = 1; id <= 4; ++id) {
        auto given = executions_of(fleet, id);
        REQUIRE(given.size() == 1);
        CHECK(given[0]["CONFIG_NAME"] ==
              fleet.value(
                  fmt::format("SELECT name FROM sheet_to_bigquery_configs WHERE id = {}", id)));
    }
    std::istringstream lines{end.out};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        CAPTURE(line);
        CHECK(boost::json::parse(line).is_object());
    }
    CHECK(count > 8);
    fleet.world.google.edit([&] {
        REQUIRE(fleet.world.google.slack.messages.size() == 2);
        for (const auto& message : fleet.world.google.slack.messages)
            CHECK(boost::json::serialize(message.payload).find("<!channel>") == std::string::npos);
    });
    CHECK(fleet.violations() == std::vector<std::string>{});
}
