#include "support/catch.hpp"
#include "support/cloud_run_fixture.hpp"
#include "support/error_of.hpp"
#include "support/scripted_transport.hpp"

namespace control = sheetbq::control;
namespace gcp = sheetbq::gcp;
namespace sandbox = sheetbq::sandbox;
namespace testing = sheetbq::testing;
using sheetbq::Code;
using namespace std::chrono_literals;
using testing::CloudRun;
using testing::error_of;

TEST_CASE("reading executions without permission names the role for reading") {
    CloudRun cloud;
    const auto execution = cloud.started();
    cloud.cloud_job().permissions[testing::Job::account] = {"run.jobs.run",
                                                            "run.jobs.runWithOverrides"};
    const auto call = GENERATE(0, 1, 2, 3);
    const auto error = error_of([&] {
        if (call == 0) cloud.jobs.find_execution(execution.name, {});
        if (call == 1) cloud.jobs.executions(cloud.job, cloud.clock.now() - 5min, {});
        if (call == 2) cloud.jobs.tasks(execution.name, {});
        if (call == 3) cloud.jobs.cancel_execution(execution.name, {});
    });
    CHECK(error.code() == Code::permission_denied);
    CHECK_THAT(error.text(), ContainsSubstring(testing::Job::account));
    CHECK_THAT(error.reason(), ContainsSubstring("Permission 'run."));
    CHECK_THAT(error.hint(),
               ContainsSubstring(call == 3 ? "--role=roles/run.jobsExecutorWithOverrides"
                                           : "--role=roles/run.viewer"));
}

TEST_CASE("a start needs the permission for overrides, too") {
    CloudRun cloud;
    cloud.cloud_job().permissions[testing::Job::account] = {"run.jobs.run"};
    const auto answer = cloud.start();
    CHECK(answer.kind == control::StartAnswer::Kind::refused);
    CHECK_THAT(answer.error->reason(), ContainsSubstring("run.jobs.runWithOverrides"));
    CHECK(cloud.google.run.executions.empty());
}

TEST_CASE("a job that does not exist is told with the commands that show and make it") {
    CloudRun cloud;
    cloud.google.run.jobs.clear();
    const auto error =
        error_of([&] { cloud.jobs.executions(cloud.job, cloud.clock.now() - 5min, {}); });
    CHECK(error.code() == Code::not_found);
    CHECK(error.text() == "there is no Cloud Run job sheetbq-job in europe-west1 of demo-project");
    CHECK_THAT(error.hint(), ContainsSubstring("gcloud run jobs list --project=demo-project"));
    CHECK_THAT(error.hint(), ContainsSubstring("gcloud run jobs create sheetbq-job"));
    CHECK(cloud.start().kind == control::StartAnswer::Kind::refused);
}

TEST_CASE("a switched-off API is told with the command that switches it on") {
    CloudRun cloud;
    cloud.google.enabled["run.googleapis.com"] = false;
    cloud.google.enabled["logging.googleapis.com"] = false;
    const auto run = error_of([&] { cloud.jobs.executions(cloud.job, cloud.clock.now(), {}); });
    CHECK_THAT(run.text(), ContainsSubstring("Cloud Run Admin API is switched off"));
    CHECK_THAT(run.hint(), ContainsSubstring("gcloud services enable run.googleapis.com"));
    const auto log = error_of(
        [&] { cloud.logging.entries("demo-project", "severity=ERROR", "timestamp desc", 1, {}); });
    CHECK_THAT(log.hint(), ContainsSubstring("gcloud services enable logging.googleapis.com"));
}

TEST_CASE("logs that may not be read name the role for it") {
    CloudRun cloud;
    cloud.google.logging.readers = {"somebody@example.com"};
    const auto error = error_of(
        [&] { cloud.logging.entries("demo-project", "severity=ERROR", "timestamp desc", 1, {}); });
    CHECK(error.code() == Code::permission_denied);
    CHECK(error.hint() ==
          "Run: gcloud projects add-iam-policy-binding demo-project "
          "--member=serviceAccount:etl@demo-project.iam.gserviceaccount.com "
          "--role=roles/logging.viewer");
}

TEST_CASE("a person is a user in a policy, a service account is one, a stranger is left open") {
    CHECK(gcp::iam_member("a@example.com") == "user:a@example.com");
    CHECK(gcp::iam_member("a@p.iam.gserviceaccount.com") ==
          "serviceAccount:a@p.iam.gserviceaccount.com");
    CHECK(gcp::iam_member("the account that this program runs as") == "serviceAccount:ACCOUNT");
}

TEST_CASE("entries come in order, over pages, up to the limit") {
    CloudRun cloud;
    cloud.google.logging.page_size = 2;
    cloud.google.run.script = [](const auto&) -> sandbox::ScriptedRun {
        return {.lines = {"one", "two", "three", "four", "five"}};
    };
    const auto execution = cloud.started();
    cloud.clock.advance(1s);
    const auto filter = gcp::execution_filter("europe-west1", "sheetbq-job",
                                              execution.name.substr(execution.name.rfind('/') + 1),
                                              execution.created_at - 5min);
    const auto read = [&](std::string_view order, std::size_t limit) {
        std::string text;
        for (const auto& entry : cloud.logging.entries("demo-project", filter, order, limit, {}))
            text += std::string{entry.at("textPayload").as_string()} + " ";
        return text;
    };
    CHECK(read("timestamp asc", 100) == "one two three four five ");
    CHECK(read("timestamp desc", 100) == "five four three two one ");
    CHECK(read("timestamp desc", 3) == "five four three ");
    CHECK(cloud.google.invalid_requests().empty());
}

TEST_CASE("names in a filter cannot become something else") {
    CHECK(gcp::execution_filter("r", "j", R"(x" OR "y\)", {}) ==
          R"(resource.type="cloud_run_job" AND resource.labels.job_name="j" AND )"
          R"(resource.labels.location="r" AND )"
          R"(labels."run.googleapis.com/execution_name"="x\" OR \"y\\" AND )"
          R"(timestamp>="1970-01-01T00:00:00.000Z")");
}

TEST_CASE("a list that names the same page for ever is an error, and ends") {
    testing::ScriptedTransport transport;
    transport.on("https://run.googleapis.com/",
                 testing::answers(200, R"({"executions":[{}],"nextPageToken":"same"})"), 5);
    CloudRun cloud{&transport};
    const auto error = error_of([&] { cloud.jobs.executions(cloud.job, {}, {}); });
    CHECK(error.code() == Code::unavailable);
    CHECK(transport.requests().size() == 2);
}

TEST_CASE("tasks tell zero by saying nothing, and nothing while they run") {
    const auto [result, exit, signal] =
        GENERATE(Catch::Generators::table<std::string, std::optional<int>, int>({
            {R"({})", std::nullopt, 0},
            {R"({"lastAttemptResult":{"status":{}}})", 0, 0},
            {R"({"lastAttemptResult":{}})", 0, 0},
            {R"({"lastAttemptResult":{"exitCode":12,"status":{"code":2}}})", 12, 0},
            {R"({"lastAttemptResult":{"termSignal":9,"status":{"code":2}}})", std::nullopt, 9},
            {R"({"lastAttemptResult":{"status":{"code":4,"message":"time"}}})", std::nullopt, 0},
        }));
    CAPTURE(result);
    testing::ScriptedTransport transport;
    transport.on("https://run.googleapis.com/v2/projects/p/locations/r/jobs/j/executions/e/tasks?",
                 testing::answers(200, R"({"tasks":[)" + result + "]}"));
    CloudRun cloud{&transport};
    const auto tasks = cloud.jobs.tasks("projects/p/locations/r/jobs/j/executions/e", {});
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].exit_code == exit);
    CHECK(tasks[0].signal == signal);
}
