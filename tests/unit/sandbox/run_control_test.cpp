#include "sandbox/run_control.hpp"

#include "run.hpp"
#include "sandbox/setup.hpp"

using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;
using sheetbq::Code;
using sheetbq::Error;

namespace {

const std::string root = "http://127.0.0.1:8085/_sandbox/";

}  // namespace

TEST_CASE("a job is made of its name, or of JSON") {
    Google google;
    add_cloud_run_job(google.sandbox, "projects/p/locations/r/jobs/plain");
    add_cloud_run_job(
        google.sandbox,
        R"({"name":"projects/p/locations/r/jobs/own","env":{"A":"1"},"taskCount":2,)"
        R"("maxRetries":1,"timeout":"30s","permissions":{"a@b.c":["run.jobs.run"]}})");
    const auto& plain = google.sandbox.run.jobs.at("projects/p/locations/r/jobs/plain");
    CHECK(plain.max_retries == 3);
    CHECK(plain.timeout == 600s);
    const auto& own = google.sandbox.run.jobs.at("projects/p/locations/r/jobs/own");
    CHECK(own.env == std::vector<std::pair<std::string, std::string>>{{"A", "1"}});
    CHECK(own.task_count == 2);
    CHECK(own.max_retries == 1);
    CHECK(own.timeout == 30s);
    CHECK(own.permissions.at("a@b.c") == std::set<std::string>{"run.jobs.run"});
}

TEST_CASE("the command line names jobs, and sets lags and limits") {
    Google google;
    set_up(google.sandbox, {.cloud_run_jobs = {"projects/p/locations/r/jobs/j"},
                            .cloud_run = R"({"list_lag_ms":7})"});
    CHECK(google.sandbox.run.jobs.contains("projects/p/locations/r/jobs/j"));
    CHECK(google.sandbox.run.list_lag == 7ms);
}

TEST_CASE("a job that is no job is refused with a reason") {
    Google google;
    const auto [given, why] = GENERATE(table<std::string, std::string>({
        {"etl", "\"etl\" is not projects/P/locations/R/jobs/J"},
        {"projects/p/locations/r/jobs/", "is not projects/P/locations/R/jobs/J"},
        {"projects/p/locations/r/services/s", "is not projects/P/locations/R/jobs/J"},
        {R"({"name":"etl"})", "is not projects/P/locations/R/jobs/J"},
        {R"({"image":"x"})", "Unknown name \"image\""},
        {R"({"maxRetries":11})", "at most 10"},
        {R"({"maxRetries":-1})", "out of range"},
        {R"({"timeout":"1h"})", "Invalid value at 'timeout'"},
        {R"({"permissions":{"a":"b"}})", "lists of permissions by account"},
        {"{", "Invalid JSON"},
    }));
    try {
        add_cloud_run_job(google.sandbox, given);
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.reason(), ContainsSubstring(why));
        CHECK(error.hint() == "Write it as docs/sandbox.md describes.");
    }
    CHECK(google.sandbox.run.jobs.empty());
}

TEST_CASE("lags and limits can be set from outside, one by one") {
    Run google;
    const auto set = [&](const std::string& body) {
        return google.sandbox.send(
            {.method = sheetbq::http::Method::post, .url = root + "cloud-run", .body = {body}},
            nullptr, {});
    };
    CHECK(set(R"({"list_lag_ms":1,"create_time_disorder_ms":2,"retention":3,"most_running":4,)"
              R"("runs_a_minute":5,"page_size":6,"polling_errors":7,"names_with_number":true,)"
              R"("log_lag_ms":8,"log_page_size":9,"log_empty_pages":10})")
              .status == 200);
    CHECK(set(R"({"retention":33})").status == 200);
    const auto& world = google.world();
    CHECK(world.list_lag == 1ms);
    CHECK(world.create_time_disorder == 2ms);
    CHECK(world.retention == 33);
    CHECK(world.most_running == 4);
    CHECK(world.runs_a_minute == 5);
    CHECK(world.page_size == 6);
    CHECK(world.polling_errors == 7);
    CHECK(world.names_with_number);
    CHECK(google.sandbox.logging.lag == 8ms);
    CHECK(google.sandbox.logging.page_size == 9);
    CHECK(google.sandbox.logging.empty_pages == 10);
    CHECK_THAT(set(R"({"lag":1})").body, ContainsSubstring("lag"));
    CHECK(set(R"({"retention":-1})").status == 400);
    CHECK(set(R"({"retention":"x"})").status == 400);
}

TEST_CASE("the journal tells every execution there ever was, who cancelled it, and its end") {
    Run google;
    google.world().retention = 0;
    google.world().script = [](const ContainerEnv& env) {
        return env.at("CONFIG_ID") == "1" ? ScriptedRun{.exit_code = 11}
                                          : ScriptedRun{.duration = std::chrono::hours{1}};
    };
    for (const auto* config : {"1", "2", "3"})
        google.run(fmt::format(
            R"({{"overrides":{{"containerOverrides":[{{"env":[{{"name":"SHEETBQ_RUN_ID",)"
            R"("value":"run-{0}"}},{{"name":"CONFIG_ID","value":"{0}"}}]}}]}}}})",
            config));
    google.post_json(Run::url(google.world().executions.at(1).name + ":cancel"), "{}");
    google.clock.advance(1s);

    const auto journal =
        boost::json::parse(google.sandbox.send({.url = root + "executions"}, nullptr, {}).body);
    REQUIRE(journal.as_array().size() == 3);
    CHECK(journal.at(0) == boost::json::value{{"name", google.world().executions.at(0).name},
                                              {"run_id", "run-1"},
                                              {"config_id", "1"},
                                              {"creator", me},
                                              {"state", "failed"},
                                              {"created", "2026-01-31T08:00:00.000Z"},
                                              {"started", "2026-01-31T08:00:00.000Z"},
                                              {"ended", "2026-01-31T08:00:01.000Z"},
                                              {"exit_code", 11},
                                              {"signal", 0},
                                              {"attempts", 1},
                                              {"cancelled_by", ""}});
    CHECK(journal.at(1).at("state") == "cancelled");
    CHECK(journal.at(1).at("cancelled_by") == me);
    CHECK(journal.at(1).at("exit_code") == 143);
    CHECK(journal.at(2).at("state") == "running");
    CHECK(journal.at(2).at("ended").is_null());
    CHECK(journal.at(2).at("exit_code").is_null());
}
