#include "sheetbq/control/cloud_run_launcher.hpp"

#include "support/catch.hpp"
#include "support/cloud_run_fixture.hpp"

#include <boost/json/parse.hpp>

namespace control = sheetbq::control;
namespace sandbox = sheetbq::sandbox;
namespace testing = sheetbq::testing;
using sheetbq::Error;
using namespace std::chrono_literals;
using control::judge;
using control::Verdict;
using sandbox::ScriptedRun;
using testing::CloudRun;
using Kind = control::StartAnswer::Kind;

namespace {

constexpr auto report_line =
    R"({"severity":"NOTICE","time":"2026-01-31T08:00:01Z","event":"run_finished",)"
    R"("message":"loaded","rows":3,"exit_code":0})";

/// What executions do from now on.
void script(CloudRun& cloud, ScriptedRun run) {
    cloud.google.run.script = [run = std::move(run)](const auto&) { return run; };
}

}  // namespace

TEST_CASE("the launcher says where its executions run, and that they live without it") {
    CloudRun cloud;
    CHECK(cloud.launcher().place() == "demo-project/europe-west1");
    CHECK_FALSE(cloud.launcher().attached());
    CHECK(cloud.launcher().settle() == 180s);
}

TEST_CASE("a start names the execution, which can be found and listed by its run id") {
    CloudRun cloud;
    const auto execution = cloud.started("run-1");

    CHECK(execution.run_id == "run-1");
    CHECK(execution.name.starts_with(cloud.job.path() + "/executions/sheetbq-job-"));
    CHECK(execution.created_at == cloud.clock.now());
    CHECK(judge(execution) == Verdict::running);
    const auto found = cloud.launcher().find(execution.name, {});
    REQUIRE(found);
    CHECK(found->run_id == "run-1");
    const auto listed = cloud.launcher().list(cloud.clock.now() - 5min, {});
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].name == execution.name);
    CHECK(listed[0].run_id == "run-1");
    CHECK(cloud.google.invalid_requests().empty());
}

TEST_CASE("the variables go over the job's own, in one override without a name, sorted as given") {
    CloudRun cloud;
    cloud.cloud_job().env = {{"CONFIG_ID", "0"}, {"LOG_FORMAT", "json"}};
    cloud.started();
    const auto& env = cloud.google.run.executions.at(0).env;
    CHECK(env == control::Variables{
                     {"CONFIG_ID", "7"}, {"LOG_FORMAT", "json"}, {"SHEETBQ_RUN_ID", "run-1"}});
    const auto sent = boost::json::parse(cloud.google.requests().at(0).body);
    CHECK(sent == boost::json::parse(R"({"overrides":{"containerOverrides":[{"env":[
        {"name":"SHEETBQ_RUN_ID","value":"run-1"},{"name":"CONFIG_ID","value":"7"}]}]}})"));
}

TEST_CASE("names compare although Google writes the project's number") {
    CloudRun cloud;
    cloud.google.run.names_with_number = true;
    const auto execution = cloud.started();
    CHECK(execution.name.starts_with("projects/demo-project/"));
    CHECK(cloud.launcher().find(execution.name, {})->name == execution.name);
    CHECK(cloud.launcher().list(cloud.clock.now() - 5min, {}).at(0).name == execution.name);
}

TEST_CASE("an execution that is not there, not yet or not any more, is no error") {
    CloudRun cloud;
    cloud.google.run.list_lag = 10s;
    const auto execution = cloud.started();
    CHECK_FALSE(cloud.launcher().find(execution.name, {}));
    CHECK(cloud.launcher().list(cloud.clock.now() - 5min, {}).empty());
    CHECK_NOTHROW(cloud.launcher().cancel(execution.name, {}));
    CHECK(cloud.launcher().aftermath(execution, {}).report.empty());
    cloud.clock.advance(10s);
    CHECK(cloud.launcher().find(execution.name, {}));
    CHECK(cloud.launcher().list(cloud.clock.now() - 5min, {}).size() == 1);
}

TEST_CASE("an execution is followed to its end, and leaves exit code and report") {
    CloudRun cloud;
    script(cloud, {.lines = {"starting", report_line}, .duration = 30s});
    const auto execution = cloud.started();
    cloud.clock.advance(29s);
    CHECK(judge(*cloud.launcher().find(execution.name, {})) == Verdict::running);

    cloud.clock.advance(1s);
    const auto ended = cloud.launcher().find(execution.name, {});
    REQUIRE(ended);
    CHECK(judge(*ended) == Verdict::succeeded);
    CHECK(ended->completed_at == cloud.clock.now());
    const auto left = cloud.launcher().aftermath(*ended, {});
    CHECK(left.exit_code == 0);
    CHECK(left.signal == 0);
    const auto report = boost::json::parse(left.report);
    CHECK(report.at("event") == "run_finished");
    CHECK(report.at("rows") == 3);
    CHECK(cloud.google.invalid_requests().empty());
}

TEST_CASE("a failed execution leaves its exit code, one that lost its memory a signal") {
    CloudRun cloud;
    const auto [run, exit, signal] = GENERATE(table<ScriptedRun, std::optional<int>, int>({
        {{.exit_code = 11}, 11, 0},
        {{.signal = 9}, std::nullopt, 9},
    }));
    script(cloud, run);
    const auto execution = cloud.started();
    cloud.clock.advance(1s);
    const auto ended = cloud.launcher().find(execution.name, {});
    REQUIRE(ended);
    CHECK(judge(*ended) == Verdict::failed);
    CHECK(ended->reason == "NON_ZERO_EXIT_CODE");
    CHECK_THAT(ended->message, ContainsSubstring("task0 failed with message"));
    CHECK_THAT(ended->log_uri, ContainsSubstring("https://console.cloud.google.com/logs"));
    const auto left = cloud.launcher().aftermath(*ended, {});
    CHECK(left.exit_code == exit);
    CHECK(left.signal == signal);
}

TEST_CASE("the report is the last attempt's") {
    CloudRun cloud;
    cloud.cloud_job().max_retries = 1;
    cloud.google.run.script = [](const auto& env) -> ScriptedRun {
        const auto attempt = env.at("CLOUD_RUN_TASK_ATTEMPT");
        return {.exit_code = attempt == "0" ? 13 : 0,
                .lines = {R"({"event":"run_finished","attempt":)" + attempt + "}"}};
    };
    const auto execution = cloud.started();
    cloud.clock.advance(2s);
    const auto ended = cloud.launcher().find(execution.name, {});
    REQUIRE(ended);
    CHECK(judge(*ended) == Verdict::succeeded);
    const auto left = cloud.launcher().aftermath(*ended, {});
    CHECK(left.exit_code == 0);
    CHECK(left.report == R"({"event":"run_finished","attempt":1})");
}

TEST_CASE("a report that is not to be had is empty, and no error") {
    CloudRun cloud;
    script(cloud, {.exit_code = 10, .lines = {report_line}});
    const auto which = GENERATE(0, 1, 2, 3);
    if (which == 0) cloud.google.logging.lag = 20s;
    if (which == 1) cloud.google.logging.readers = {};
    if (which == 2) cloud.google.enabled["logging.googleapis.com"] = false;
    if (which == 3)
        cloud.google.fail(
            {.path_contains = "entries:list", .answer = sandbox::Answer{.status = 503}});
    const auto execution = cloud.started();
    cloud.clock.advance(1s);
    const auto left = cloud.launcher().aftermath(*cloud.launcher().find(execution.name, {}), {});
    CHECK(left.exit_code == 10);
    CHECK(left.report.empty());
}

TEST_CASE("an empty page of the log is not its end") {
    CloudRun cloud;
    cloud.google.logging.empty_pages = 2;
    script(cloud, {.lines = {report_line}});
    const auto execution = cloud.started();
    cloud.clock.advance(1s);
    CHECK_FALSE(cloud.launcher().aftermath(execution, {}).report.empty());
    CHECK(cloud.google.count("entries:list") == 3);
}

TEST_CASE("exit codes that cannot be had are an error, so that nobody guesses") {
    CloudRun cloud;
    const auto execution = cloud.started();
    cloud.google.fail({.path_contains = "/tasks", .answer = sandbox::Answer{.status = 503}});
    CHECK_THROWS_AS(cloud.launcher().aftermath(execution, {}), Error);
}

TEST_CASE("a cancelled execution is cancelled, whatever the operation says") {
    CloudRun cloud;
    script(cloud, {.duration = 1h, .stops_after = 3s});
    const auto execution = cloud.started();
    cloud.launcher().cancel(execution.name, {});
    auto found = cloud.launcher().find(execution.name, {});
    CHECK(found->reason == "CANCELLING");
    CHECK(judge(*found) == Verdict::running);

    cloud.clock.advance(3s);
    found = cloud.launcher().find(execution.name, {});
    CHECK(judge(*found) == Verdict::cancelled);
    CHECK(cloud.launcher().aftermath(*found, {}).exit_code == 143);
    CHECK_NOTHROW(cloud.launcher().cancel(execution.name, {}));
    CHECK(cloud.google.run.executions.at(0).cancelled_by == testing::Job::account);
}

TEST_CASE("trouble of the service in telling an execution's state is no end") {
    CloudRun cloud;
    script(cloud, {.duration = 1h});
    const auto execution = cloud.started();
    cloud.google.run.polling_errors = 1;
    const auto found = cloud.launcher().find(execution.name, {});
    CHECK(found->reason == "JOB_STATUS_SERVICE_POLLING_ERROR");
    CHECK(judge(*found) == Verdict::running);
}

TEST_CASE("the list is complete over pages, until all of a page is too old") {
    CloudRun cloud;
    cloud.google.run.page_size = 3;
    for (int i = 0; i < 10; ++i) {
        cloud.started("run-" + std::to_string(i));
        cloud.clock.advance(1min);
    }
    // run-0 is of 8:00, now it is 8:10; the pages begin with run-9, run-6, run-3 and run-0
    const auto listed = cloud.launcher().list(cloud.clock.now() - 6min, {});
    REQUIRE(listed.size() == 6);
    CHECK(listed.front().run_id == "run-9");
    CHECK(listed.back().run_id == "run-4");
    CHECK(cloud.google.count("/executions?") == 3);
    CHECK(cloud.google.invalid_requests().empty());
}

TEST_CASE("the list is in order although the service's is not, and nothing is left out") {
    CloudRun cloud;
    cloud.google.run.page_size = 2;
    cloud.google.run.create_time_disorder = 90s;
    for (int i = 0; i < 12; ++i) {
        cloud.started("run-" + std::to_string(i));
        cloud.clock.advance(20s);
    }
    const auto listed = cloud.launcher().list(cloud.clock.now() - 10min, {});
    CHECK(listed.size() == 12);
    CHECK(std::is_sorted(listed.begin(), listed.end(),
                         [](const auto& a, const auto& b) { return a.created_at > b.created_at; }));
}

TEST_CASE("a list with a page missing is an error") {
    CloudRun cloud;
    cloud.google.run.page_size = 1;
    cloud.started("a");
    cloud.started("b");
    cloud.google.fail({.path_contains = "pageToken", .answer = sandbox::Answer{.status = 503}});
    CHECK_THROWS_AS(cloud.launcher().list(cloud.clock.now() - 5min, {}), Error);
}

TEST_CASE("executions past the retention are gone") {
    CloudRun cloud;
    cloud.google.run.retention = 1;
    const auto first = cloud.started("a");
    cloud.clock.advance(2s);
    const auto second = cloud.started("b");
    cloud.clock.advance(2s);
    CHECK(cloud.launcher().find(second.name, {}));
    CHECK_FALSE(cloud.launcher().find(first.name, {}));
    CHECK(cloud.launcher().list(cloud.clock.now() - 5min, {}).size() == 1);
}
