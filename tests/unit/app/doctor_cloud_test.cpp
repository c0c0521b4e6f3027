// What doctor looks at in Cloud Run, Cloud Scheduler and Secret Manager: each check well, and
// broken.

#include "sheetbq/app/doctor_cloud.hpp"

#include "support/catch.hpp"
#include "support/cloud_run_fixture.hpp"

using namespace sheetbq::app;
using namespace sheetbq::testing;
using namespace std::chrono_literals;
namespace sandbox = sheetbq::sandbox;
namespace gcp = sheetbq::gcp;

namespace {

constexpr auto me = Job::account;
constexpr auto scheduler_name = "projects/demo-project/locations/europe-west1/jobs/sheetbq-tick";

/// A job that is as it should be.
struct World : CloudRun {
    World() {
        cloud_job().max_retries = 0;
        cloud_job().timeout = 1h;
    }
    ~World() { CHECK(google.invalid_requests().empty()); }

    Diagnoses run_job() {
        std::optional<gcp::RunJobInfo> info;
        return check_run_job(api, job, 40min, info, {});
    }
    Diagnoses scheduler(const std::string& name = {}) {
        return check_scheduler(api, "demo-project", "europe-west1", name, {});
    }
    sandbox::SchedulerJob& scheduled() { return google.scheduler.jobs[scheduler_name]; }
};

const std::string update =
    "Run: gcloud run jobs update sheetbq-job --project=demo-project "
    "--region=europe-west1 ";

}  // namespace

TEST_CASE("a Cloud Run job is told with its image and its account") {
    World world;
    const auto found = world.run_job();
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::ok);
    CHECK(found.front().text.find("runs as job@demo-project.iam.gserviceaccount.com") !=
          std::string::npos);
}

TEST_CASE("what of a Cloud Run job does not fit is told with the change") {
    World world;
    auto& job = world.cloud_job();
    const int what = GENERATE(0, 1, 2, 3);
    if (what == 0) job.max_retries = 3;
    if (what == 1) job.timeout = 10min;
    if (what == 2) job.task_count = 2;
    if (what == 3) job.service_account = "1-compute@developer.gserviceaccount.com";
    const std::vector<std::string> fixes{
        "--max-retries=0", "--task-timeout=2400s", "--tasks=1",
        "--service-account=sheetbq-job@demo-project.iam.gserviceaccount.com"};
    const auto found = world.run_job();
    REQUIRE(found.size() == 2);
    CHECK(found.back().health == (what == 2 ? Health::failed : Health::warning));
    CHECK(found.back().fix == update + fixes.at(static_cast<std::size_t>(what)));
}

TEST_CASE("one more attempt of a job is harmless") {
    World world;
    world.cloud_job().max_retries = 1;
    CHECK(world.run_job().size() == 1);
}

TEST_CASE("a Cloud Run job that is not there, or not to be seen, is told with what to do") {
    World world;
    SECTION("not there") {
        world.job.job = "other";
        const auto found = world.run_job();
        CHECK(found.front().health == Health::failed);
        CHECK(found.front().fix.find("gcloud run jobs create other") != std::string::npos);
    }
    SECTION("not to be seen") {
        world.cloud_job().permissions[me] = {};
        const auto found = world.run_job();
        CHECK(found.front().health == Health::failed);
        CHECK(found.front().fix.find("--role=roles/run.viewer") != std::string::npos);
    }
}

TEST_CASE("rights on a job and its log are well when nothing is missing") {
    World world;
    const auto found = check_run_rights(world.api, world.job, {});
    REQUIRE(found.size() == 2);
    for (const auto& each : found) CHECK(each.health == Health::ok);
}

TEST_CASE("rights that are missing on a job are told by what they are for") {
    World world;
    world.cloud_job().permissions[me] = {"run.jobs.get", "run.jobs.run", "run.executions.get"};
    const auto found = check_run_rights(world.api, world.job, {});
    REQUIRE(found.size() == 3);
    CHECK(found[0].text ==
          std::string{me} + " lacks run.jobs.runWithOverrides, run.executions.cancel");
    CHECK(found[0].fix.find("--role=roles/run.jobsExecutorWithOverrides") != std::string::npos);
    CHECK(found[1].text == std::string{me} + " lacks run.executions.list, run.tasks.list");
    CHECK(found[1].fix.find("--role=roles/run.viewer") != std::string::npos);
}

TEST_CASE("a log that may not be read is told with the role") {
    World world;
    world.google.logging.readers = {"somebody@example.com"};
    const auto found = check_run_rights(world.api, world.job, {}).back();
    CHECK(found.health == Health::failed);
    CHECK(found.fix.find("--role=roles/logging.viewer") != std::string::npos);
}

TEST_CASE("variables of an execution are read back, and it is cancelled") {
    World world;
    const auto found = check_overrides(world.api, world.job, "probe-1", {});
    REQUIRE(found.size() == 1);
    INFO(found.front().text << ": " << found.front().reason);
    CHECK(found.front().health == Health::ok);
    REQUIRE(world.google.run.executions.size() == 1);
    const auto& execution = world.google.run.executions.front();
    CHECK(execution.variable("SHEETBQ_DOCTOR_PROBE") == "probe-1");
    CHECK(execution.variable("SHEETBQ_START_BY") == "2000-01-01T00:00:00Z");
}

TEST_CASE("variables that cannot be read back are a failure") {
    World world;
    world.google.run.list_lag = 1h;
    const auto found = check_overrides(world.api, world.job, "probe-1", {});
    CHECK(found.front().health == Health::failed);
    CHECK(found.front().reason == "Cloud Run did not show the execution within 10 s");
}

TEST_CASE("an execution that may not be started is told with the role") {
    World world;
    world.cloud_job().permissions[me] = {"run.jobs.get", "run.jobs.run"};
    const auto found = check_overrides(world.api, world.job, "probe-1", {});
    CHECK(found.front().health == Health::failed);
    CHECK(found.front().fix.find("roles/run.jobsExecutorWithOverrides") != std::string::npos);
}

TEST_CASE("a scheduler that calls with an identity is well") {
    World world;
    world.scheduled().last_attempt = world.clock.now();
    const auto found = world.scheduler();
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::ok);
    CHECK(found.front().check == "scheduler sheetbq-tick");
    CHECK(world.scheduler("sheetbq-tick").front().health == Health::ok);
}

TEST_CASE("a scheduler that does not call, or in vain, is told with what to do") {
    World world;
    auto& job = world.scheduled();
    job.last_attempt = world.clock.now();
    const int what = GENERATE(0, 1, 2, 3);
    if (what == 0) job.state = "PAUSED";
    if (what == 1) job.state = "DISABLED";
    if (what == 2) job.code = 7;
    if (what == 3) job.oidc_account = "";
    const auto found = world.scheduler().front();
    const bool fails = what == 1 || what == 2;
    CHECK(found.health == (fails ? Health::failed : Health::warning));
    const std::vector<std::string> fixes{
        "gcloud scheduler jobs resume sheetbq-tick", "gcloud scheduler jobs resume sheetbq-tick",
        "roles/run.servicesInvoker", "--oidc-service-account-email"};
    CHECK(found.fix.find(fixes.at(static_cast<std::size_t>(what))) != std::string::npos);
}

TEST_CASE("a scheduler that is not there is a warning, one that is named a failure") {
    World world;
    CHECK(world.scheduler().front().health == Health::warning);
    CHECK(world.scheduler("sheetbq-tick").front().health == Health::failed);
    CHECK(world.scheduler().front().fix.find("helper example --kind=scheduler") == 0);
}

TEST_CASE("a scheduler that may not be seen, or is switched off, keeps nothing from working") {
    World world;
    SECTION("rights") {
        world.google.scheduler.readers = {};
        CHECK(world.scheduler().front().health == Health::warning);
        CHECK(world.scheduler().front().fix.find("roles/cloudscheduler.viewer") !=
              std::string::npos);
    }
    SECTION("switched off") {
        world.google.enabled["cloudscheduler.googleapis.com"] = false;
        CHECK(world.scheduler().front().fix.find("gcloud services enable cloudscheduler") !=
              std::string::npos);
    }
}

TEST_CASE("a secret that we may read is well, another is told with the role") {
    World world;
    const std::string name = "projects/demo-project/secrets/db/versions/1";
    world.google.secrets.add("projects/demo-project/secrets/db", "hush", me);
    CHECK(check_secret(world.api, name, {}).front().health == Health::ok);
    world.google.secrets.secrets.at("projects/demo-project/secrets/db").accessors = {};
    const auto found = check_secret(world.api, name, {}).front();
    CHECK(found.health == Health::failed);
    CHECK(
        found.fix.find("gcloud secrets add-iam-policy-binding projects/demo-project/secrets/db") !=
        std::string::npos);
}
