// The real sheetbq-orchestrator with a real PostgreSQL; the sandbox stands in for Google and Slack.

#include "integration/orchestrator_world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
namespace json = boost::json;
namespace http = sheetbq::http;

namespace {

std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a stranger's path: the owner's table, one row, one command") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("Order,Amount\nA-1,12.50\nA-2,3\n");
    fleet.add_row("orders", "'', 24");

    const auto end = fleet.run();

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
    CHECK_THAT(fleet.google.table(), ContainsSubstring("A-1"));
    CHECK(fleet.value("SELECT state FROM sheetbq.run") == "succeeded");
    CHECK(fleet.value("SELECT (c.last_run = r.created_at)::text FROM "
                      "sheet_to_bigquery_configs c, sheetbq.run r") == "true");
    CHECK(fleet.value("SELECT report->>'rows' FROM sheetbq.run") == "2");
}

TEST_CASE("a second tick finds nothing due") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    REQUIRE(fleet.run().exit_code == 0);

    CHECK(fleet.run().exit_code == 0);

    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "1");
}

TEST_CASE("a configuration that fails is recorded, told, and runs at once when it is mended") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'Ordres', 24");

    const auto failed = fleet.run();

    CHECK(failed.exit_code == 1);
    CHECK(fleet.value("SELECT state || ' ' || exit_code || ' ' || error_class FROM sheetbq.run") ==
          "failed 3 not_found");
    CHECK(fleet.value("SELECT coalesce(last_run::text, 'NULL') FROM sheet_to_bigquery_configs") ==
          "NULL");
    CHECK(fleet.slack().size() == 1);
    CHECK_THAT(fleet.slack().at(0), ContainsSubstring("orders (configuration 1) fails"));
    CHECK(fleet.run().exit_code == 0);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "1");

    fleet.query("UPDATE sheet_to_bigquery_configs SET google_sheet_tab_name = 'Orders'");
    CHECK(fleet.run().exit_code == 0);

    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'") == "1");
    REQUIRE(fleet.slack().size() == 2);
    CHECK_THAT(fleet.slack().at(1), ContainsSubstring("works again"));
}

TEST_CASE("a dry run says everything and writes nothing") {
    OrchestratorWorld fleet;
    fleet.add_row("orders", "'', 24");

    const auto end = fleet.run({"--dry-run"});

    CHECK(end.exit_code == 0);
    CHECK_THAT(end.out, ContainsSubstring("never ran, every 24 h"));
    CHECK(fleet.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'sheetbq'") == "0");
    CHECK(fleet.google.google.requests().empty());
}

TEST_CASE("a run can be forced, and only with a name to it") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    REQUIRE(fleet.run().exit_code == 0);

    CHECK(fleet.run({"--force"}).exit_code == 2);
    CHECK(fleet.run({"--force", "--only-config=99"}).exit_code == 3);
    CHECK(fleet.run({"--force", "--only-config", "1"}).exit_code == 0);

    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE trigger = 'manual'") == "1");
}

TEST_CASE("PostgreSQL that cannot be used has its own exit code, and says what to do") {
    OrchestratorWorld fleet;

    const auto nobody = fleet.run({}, {{"PGHOST", "/nowhere"}});
    CHECK(nobody.exit_code == 5);
    CHECK_THAT(nobody.out, ContainsSubstring("/nowhere"));

    const auto none = fleet.run({"--config-table=missing"});
    CHECK(none.exit_code == 10);
    CHECK_THAT(none.out, ContainsSubstring("missing"));

    const auto bare = fleet.run({"--no-auto-migrate"});
    CHECK(bare.exit_code == 5);
    CHECK_THAT(bare.out, ContainsSubstring("CREATE SCHEMA"));
}

TEST_CASE("SELECT and UPDATE (last_run) are all the rights that are needed") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    fleet.query(
        "CREATE ROLE app LOGIN; CREATE SCHEMA sheetbq AUTHORIZATION app; GRANT SELECT, UPDATE "
        "(last_run) ON sheet_to_bigquery_configs TO app");

    const auto end = fleet.run({"--postgres-user=app"});

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
}

TEST_CASE("without a schema what is due runs, once, and nothing but last_run is written") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    fleet.add_row("broken", "'Nowhere', 24");
    fleet.query(
        "CREATE ROLE bare LOGIN; GRANT SELECT, UPDATE (last_run) ON "
        "sheet_to_bigquery_configs TO bare");
    const std::vector<std::string> flags{"--stateless", "--postgres-user=bare"};

    const auto end = fleet.run(flags);
    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 1);
    CHECK(fleet.value(
              "SELECT count(*) FROM sheet_to_bigquery_configs WHERE last_run IS NOT NULL") == "1");
    CHECK(fleet.run({"--stateless", "--exclude-config=2"}).exit_code == 0);
    CHECK(fleet.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'sheetbq'") == "0");
    CHECK(fleet.run({"--stateless", "--serve"}).exit_code == 2);
}

TEST_CASE("two orchestrators without a schema never run one configuration twice") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");

    auto first = fleet.start({"--stateless"});
    auto second = fleet.start({"--stateless"});

    CHECK(first->wait().exit_code == 0);
    CHECK(second->wait().exit_code == 0);
    CHECK(fleet.google.google.count("upload_id=") == 1);
}

TEST_CASE("options of a configuration reach the job, and nothing else of the row does") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("junk\nName\nx\n");
    fleet.query("ALTER TABLE sheet_to_bigquery_configs ADD COLUMN options JSONB");
    fleet.add_row("orders", "'', 24");
    fleet.query(R"(UPDATE sheet_to_bigquery_configs SET options = '{"header_row": 2}')");

    CHECK(fleet.run().exit_code == 0);
    CHECK(fleet.value("SELECT report->'columns'->0->>'name' FROM sheetbq.run") == "Name");

    fleet.query(R"(UPDATE sheet_to_bigquery_configs SET last_run = NULL,
                   options = '{"LD_PRELOAD": "/tmp/x.so"}')");
    CHECK(fleet.run().exit_code == 1);
    CHECK_THAT(fleet.value("SELECT error_message FROM sheetbq.run ORDER BY run_id DESC LIMIT 1"),
               ContainsSubstring("LD_PRELOAD"));
}

TEST_CASE("SIGTERM ends a local run within ten seconds, and nobody is blamed") {
    OrchestratorWorld fleet;
    fleet.google.type_large(20'000);
    fleet.google.google.fail({.path_contains = "upload_id=", .times = -1, .stall = 20s});
    fleet.add_row("orders", "'', 24");
    auto program = fleet.start();
    REQUIRE(fleet.google.wait_for("upload_id=", 1));

    program->send_signal(SIGTERM);
    const auto end = program->wait();

    CAPTURE(end.out);
    CHECK(end.exit_code == 143);
    CHECK(end.after_signal < 10s);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.config_state WHERE failures > 0") == "0");
    CHECK(fleet.google.table() == "none");
}

TEST_CASE("Cloud Run executions run the real job, and bring back its report") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("Order,Amount\nA-1,12.50\n");
    fleet.add_row("orders", "'', 24");
    fleet.use_cloud_run();

    const auto end = fleet.run(OrchestratorWorld::cloud_run_flags());

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
    CHECK(fleet.value("SELECT report->>'rows' FROM sheetbq.run") == "1");
    CHECK_THAT(fleet.value("SELECT execution_name FROM sheetbq.run"),
               ContainsSubstring("/jobs/sheettobigquery-job/executions/"));
}

TEST_CASE("a job that Cloud Run does not have is said once, and no configuration is blamed") {
    OrchestratorWorld fleet;
    fleet.add_row("orders", "'', 24");
    fleet.add_row("others", "'', 24");
    fleet.use_cloud_run();
    auto flags = OrchestratorWorld::cloud_run_flags();
    flags.emplace_back("--job-name=missing");

    const auto end = fleet.run(flags);

    CHECK(end.exit_code == 1);
    CHECK_THAT(end.out, ContainsSubstring("missing"));
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.config_state WHERE failures > 0") == "0");
    CHECK(fleet.slack().size() == 1);
    CHECK(end.after_signal < 20s);
}

TEST_CASE("a typed password leaves the process list, and no secret reaches a job") {
    OrchestratorWorld fleet;
    fleet.add_row("orders", "'', 24");
    const auto seen = (fleet.google.folder.path() / "environment").string();
    const auto job = fleet.google.folder.write(
        "job.sh",
        fmt::format("#!/bin/sh\nenv > {}\necho '{{\"event\":\"run_finished\"}}'\n", seen));
    std::filesystem::permissions(job, std::filesystem::perms::owner_all);
    const Serving serving{fleet,
                          {"--job-program", job, "--postgres-password", "hunter2"},
                          {{"POSTGRES_USER", "postgres"}}};

    const auto arguments = text_of(fmt::format("/proc/{}/cmdline", serving.pid()));
    CHECK_THAT(arguments, ContainsSubstring("--postgres-password"));
    CHECK(arguments.find("hunter2") == std::string::npos);

    CHECK(serving.ask(http::Method::post, "/tick").status == 200);
    const auto environment = text_of(seen);
    CHECK_THAT(environment, ContainsSubstring("CONFIG_NAME=orders"));
    for (const auto* const name : {"hunter2", "SLACK", "POSTGRES", "PGHOST", "hooks.slack.com"})
        CHECK(environment.find(name) == std::string::npos);
}

TEST_CASE("secrets come from files and from Secret Manager, and are never written") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'Nowhere', 24");
    fleet.google.google.edit([&] {
        fleet.google.google.secrets.add("projects/demo-project/secrets/slack",
                                        std::string{OrchestratorWorld::webhook} + "\n",
                                        World::account);
    });
    const auto password = fleet.google.folder.write("password", "not-asked-for\n");

    const auto end =
        fleet.run({"--postgres-password-file", password, "--slack-channel-prefix=[test]"},
                  {{"SLACK_WEBHOOK_URL", "projects/demo-project/secrets/slack/versions/latest"}});

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 1);
    REQUIRE(fleet.slack().size() == 1);
    CHECK_THAT(fleet.slack().at(0), ContainsSubstring("[test] "));
    for (const auto* const secret : {"XXXXXXXX", "not-asked-for"}) {
        CHECK(end.out.find(secret) == std::string::npos);
        CHECK(end.err.find(secret) == std::string::npos);
    }
}
