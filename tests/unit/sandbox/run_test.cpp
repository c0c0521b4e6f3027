#include "run.hpp"

using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;
using sheetbq::to_rfc3339;

TEST_CASE("jobs.run answers with the operation, whose metadata is the execution") {
    Run google;
    const auto answer = boost::json::parse(google.run().body);
    const std::string operation{answer.at("name").as_string()};
    CHECK(operation.starts_with("projects/demo-project/locations/europe-west1/operations/"));
    const auto& execution = answer.at("metadata").as_object();
    CHECK(execution.at("@type") == "type.googleapis.com/google.cloud.run.v2.Execution");
    CHECK(execution.at("name").as_string().starts_with(std::string{job_name} + "/executions/etl-"));
    CHECK(execution.at("runningCount") == 1);
    CHECK_FALSE(answer.as_object().contains("done"));
    CHECK(google.sandbox.invalid_requests().empty());
}

TEST_CASE("an execution of the sandbox succeeds unless a script says otherwise") {
    Run google;
    const auto name = google.started();
    CHECK(Run::completed(google.execution(name)).at("state") == "CONDITION_RECONCILING");
    google.clock.advance(1s);
    const auto ended = google.execution(name);
    CHECK(Run::completed(ended).at("state") == "CONDITION_SUCCEEDED");
    CHECK(ended.at("succeededCount") == 1);
    CHECK(ended.at("completionTime") == boost::json::string{to_rfc3339(google.clock.now())});
    CHECK_FALSE(ended.contains("failedCount"));  // zeros are left out
}

TEST_CASE("a container is told who it is, over what the job and the call give it") {
    Run google;
    google.world().jobs[job_name].env = {{"A", "job"}, {"B", "job"}};
    ContainerEnv seen;
    google.world().script = [&](const ContainerEnv& env) {
        seen = env;
        return ScriptedRun{};
    };
    google.run(R"({"overrides":{"containerOverrides":[{"env":[{"name":"B","value":"call"}]}]}})");
    CHECK(seen ==
          ContainerEnv{{"A", "job"},
                       {"B", "call"},
                       {"CLOUD_RUN_JOB", "etl"},
                       {"CLOUD_RUN_EXECUTION", google.world().executions.at(0).short_name()},
                       {"CLOUD_RUN_TASK_INDEX", "0"},
                       {"CLOUD_RUN_TASK_ATTEMPT", "0"},
                       {"CLOUD_RUN_TASK_COUNT", "1"}});
}

TEST_CASE("failed attempts are repeated as often as the job allows") {
    Run google;
    google.world().jobs[job_name].max_retries = 2;
    int attempts = 0;
    google.world().script = [&](const ContainerEnv& env) {
        CHECK(env.at("CLOUD_RUN_TASK_ATTEMPT") == std::to_string(attempts++));
        return ScriptedRun{.exit_code = 7};
    };
    const auto name = google.started();
    google.clock.advance(2s);
    CHECK_FALSE(google.execution(name).contains("completionTime"));
    google.clock.advance(1s);
    const auto ended = google.execution(name);
    CHECK(attempts == 3);
    CHECK(ended.at("failedCount") == 1);
    CHECK(ended.at("retriedCount") == 1);
    CHECK(Run::completed(ended).at("executionReason") == "NON_ZERO_EXIT_CODE");
    const auto tasks = boost::json::parse(google.get(Run::url(name + "/tasks")).body);
    const auto& task = tasks.at("tasks").at(0).as_object();
    CHECK(task.at("lastAttemptResult").at("exitCode") == 7);
    CHECK(task.at("retried") == 2);
}

TEST_CASE("an attempt over its time is stopped, and killed when it does not obey") {
    Run google;
    const auto [obeys_after, ends_after, exit, signal] =
        GENERATE(table<std::chrono::milliseconds, std::chrono::milliseconds, int, int>({
            {2s, 602s, 143, 0},
            {11s, 610s, 0, 9},
        }));
    google.world().script = [after = obeys_after](const ContainerEnv&) {
        return ScriptedRun{.duration = 2h, .stops_after = after};
    };
    const auto name = google.started();
    google.clock.advance(ends_after - 1ms);
    CHECK_FALSE(google.execution(name).contains("completionTime"));
    google.clock.advance(1ms);
    const auto ended = google.execution(name);
    CHECK_THAT(std::string{Run::completed(ended).at("message").as_string()},
               ContainsSubstring("maximum timeout of 600 seconds"));
    CHECK(google.world().executions.at(0).tasks.at(0).last->exit_code == exit);
    CHECK(google.world().executions.at(0).tasks.at(0).last->signal == signal);
}

TEST_CASE("the operation of a cancelled execution is done without an error: it is no proof") {
    Run google;
    google.world().script = [](const ContainerEnv&) { return ScriptedRun{.duration = 1h}; };
    const auto answer = boost::json::parse(google.run().body);
    const std::string name{answer.at("metadata").at("name").as_string()};
    const std::string operation{answer.at("name").as_string()};
    CHECK(google.post_json(Run::url(name + ":cancel"), "{}").status == 200);
    const auto told = boost::json::parse(google.get(Run::url(operation)).body).as_object();
    CHECK(told.at("done") == true);
    CHECK_FALSE(told.contains("error"));
    CHECK(told.at("response").at("cancelledCount") == 1);
    CHECK(Run::completed(google.execution(name)).at("executionReason") == "CANCELLED");
    CHECK(google.post_json(Run::url(name + ":cancel"), "{}").status == 400);
}

TEST_CASE("the operation of a failed execution has the error") {
    Run google;
    google.world().script = [](const ContainerEnv&) { return ScriptedRun{.exit_code = 1}; };
    const std::string operation{boost::json::parse(google.run().body).at("name").as_string()};
    google.clock.advance(1s);
    const auto told = boost::json::parse(google.get(Run::url(operation)).body).as_object();
    CHECK(told.at("done") == true);
    CHECK_THAT(std::string{told.at("error").at("message").as_string()},
               ContainsSubstring("exit(1)"));
    CHECK(google.get(Run::url(operation + "0")).status == 404);
}

TEST_CASE("lists come in pages that a new execution does not shift") {
    Run google;
    std::vector<std::string> names;
    for (int i = 0; i < 5; ++i) names.push_back(google.started());
    auto page = google.list("pageSize=2&fields=nextPageToken,executions(name)");
    CHECK(page.at("executions").at(0).at("name") == boost::json::string{names[4]});
    CHECK(page.at("executions").as_array().size() == 2);
    google.started();
    const std::string token{page.at("nextPageToken").as_string()};
    page = google.list("pageSize=9&pageToken=" + token);
    CHECK(page.at("executions").as_array().size() == 3);
    CHECK(page.at("executions").at(0).at("name") == boost::json::string{names[2]});
    CHECK_FALSE(page.contains("nextPageToken"));
    CHECK(google.get(Run::url(fmt::format("{}/executions?pageToken=x", job_name))).status == 400);
    CHECK(google.get(Run::url(fmt::format("{}/executions?pageSize=-1", job_name))).status == 400);
    CHECK(google.get(Run::url(fmt::format("{}/executions?fields=a(", job_name))).status == 400);
}

TEST_CASE("new executions are out of sight for a while, old ones for ever") {
    Run google;
    google.world().list_lag = 5s;
    google.world().retention = 2;
    const auto first = google.started();
    CHECK(google.get(Run::url(first)).status == 404);
    CHECK(google.list().empty());
    google.clock.advance(5s);
    CHECK(google.get(Run::url(first)).status == 200);
    google.started();
    google.clock.advance(1s);
    google.started();
    google.clock.advance(6s);
    CHECK(google.get(Run::url(first)).status == 404);
    CHECK(google.list().at("executions").as_array().size() == 2);
    CHECK(google.world().executions.size() == 3);  // the journal forgets nothing
}

TEST_CASE("creation times are out of order where asked for, and stay as they were told") {
    Run google;
    google.world().create_time_disorder = 60s;
    for (int i = 0; i < 8; ++i) {
        google.started();
        google.clock.advance(1s);
    }
    const auto told = [&] {
        std::vector<std::string> times;
        const auto page = google.list();
        for (const auto& execution : page.at("executions").as_array())
            times.emplace_back(execution.at("createTime").as_string());
        return times;
    };
    const auto times = told();
    CHECK(times.size() == 8);
    CHECK_FALSE(std::is_sorted(times.rbegin(), times.rend()));
    CHECK(times == told());
}

TEST_CASE("starts over the quota of a minute are refused without Retry-After, and start nothing") {
    Run google;
    google.world().runs_a_minute = 2;
    google.run();
    google.clock.advance(30s);
    google.run();
    const auto refused = google.run();
    CHECK(refused.status == 429);
    CHECK(error_of(refused).at("status") == "RESOURCE_EXHAUSTED");
    CHECK_FALSE(refused.headers.find("retry-after"));
    CHECK(google.world().executions.size() == 2);
    google.clock.advance(30s);
    CHECK(google.run().status == 200);
    CHECK(google.run().status == 429);
}

TEST_CASE("more executions than may run at once are refused") {
    Run google;
    google.world().most_running = 1;
    google.run();
    CHECK(google.run().status == 429);
    google.clock.advance(1s);
    CHECK(google.run().status == 200);
}

TEST_CASE("permissions are an account's own, and told when asked for") {
    Run google;
    google.world().jobs[job_name].permissions[me] = {"run.jobs.run"};
    CHECK(google.run().status == 200);
    const auto refused = google.run(R"({"overrides":{"taskCount":2}})");
    CHECK(refused.status == 403);
    CHECK(message_of(refused) ==
          "Permission 'run.jobs.runWithOverrides' denied on resource "
          "'projects/demo-project/locations/europe-west1/jobs/etl' (or resource may not exist).");
    CHECK(google.get(Run::url(std::string{job_name} + "/executions")).status == 403);
    CHECK(google.get(Run::url(job_name)).status == 403);
    const auto granted = google.post_json(Run::url(std::string{job_name} + ":testIamPermissions"),
                                          R"({"permissions":["run.jobs.run","run.jobs.get"]})");
    CHECK(boost::json::parse(granted.body) ==
          boost::json::parse(R"({"permissions":["run.jobs.run"]})"));
}

TEST_CASE("a job describes itself and its latest execution") {
    Run google;
    google.started();
    const auto job = boost::json::parse(google.get(Run::url(job_name)).body);
    CHECK(job.at("name") == job_name);
    CHECK(job.at("template").at("template").at("timeout") == "600s");
    CHECK(job.at("executionCount") == 1);
    CHECK(job.at("latestCreatedExecution").at("completionStatus") == "EXECUTION_RUNNING");
}

TEST_CASE("a project may be written as its number, in calls and in answers") {
    Run google;
    google.world().names_with_number = true;
    const auto name = google.started();
    CHECK(name.starts_with("projects/123456789012/locations/europe-west1/jobs/etl/executions/"));
    CHECK(google.execution(name).at("name") == boost::json::string{name});
}

TEST_CASE("executions of all jobs are listed under a hyphen") {
    Run google;
    google.world().jobs["projects/demo-project/locations/europe-west1/jobs/other"] = {};
    google.world().jobs["projects/demo-project/locations/us-east1/jobs/far"] = {};
    google.started();
    for (const auto* job : {"europe-west1/jobs/other", "us-east1/jobs/far"})
        google.post_json(Run::url(fmt::format("projects/demo-project/locations/{}:run", job)),
                         "{}");
    const auto all = boost::json::parse(
        google.get(Run::url("projects/demo-project/locations/europe-west1/jobs/-/executions"))
            .body);
    CHECK(all.at("executions").as_array().size() == 2);
}
