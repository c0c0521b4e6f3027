#include "fault/experiment.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::Experiment;
using sheetbq::testing::Job;
using sheetbq::testing::small_csv;
using Start = Experiment::Start;
namespace path = sheetbq::testing::path;

namespace {

using Errors = std::vector<std::pair<std::string, std::string>>;

std::size_t load_jobs(const Experiment& experiment) {
    return experiment.job.google.bigquery.jobs.size() - 1;  // one made the old table
}

}  // namespace

TEST_CASE("a load job that fails with a passing reason is tried again under the next id") {
    const std::string mode = GENERATE("replace", "append");
    const std::string reason =
        GENERATE("backendError", "internalError", "jobBackendError", "jobInternalError",
                 "rateLimitExceeded", "jobRateLimitExceeded", "tableUnavailable");
    const std::size_t failures = GENERATE(1U, 4U);
    INFO(mode << " " << reason << " " << failures);
    Experiment experiment{mode, Start::with_table, small_csv(150, 2)};
    experiment.job.google.bigquery.next_job_errors = Errors(failures, {reason, "try again"});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(load_jobs(experiment) == failures + 1);
    CHECK(report.job_id == "sheetbq_experiment_" + std::to_string(failures + 1));
}

TEST_CASE("load jobs that fail again and again end the run, and its repeat goes on from there") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.next_job_errors = Errors(5, {"backendError", "try again"});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK(load_jobs(experiment) == 5);
    CHECK(experiment.is_old());
}

TEST_CASE("a load job that fails for good is told in BigQuery's words, at once") {
    const auto [reason, exit_code] =
        GENERATE(Catch::Generators::table<std::string, int>({{"invalid", 15},
                                                             {"quotaExceeded", 12},
                                                             {"accessDenied", 11},
                                                             {"notFound", 3},
                                                             {"stopped", 6},
                                                             {"somethingNew", 15}}));
    const std::string mode = GENERATE("replace", "append");
    INFO(mode << " " << reason);
    Experiment experiment{mode};
    experiment.job.google.bigquery.next_job_errors = Errors{{reason, "BigQuery's own words"}};

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == exit_code);
    CHECK_THAT(report.error->what(), ContainsSubstring("BigQuery's own words"));
    CHECK(load_jobs(experiment) == 1);
    CHECK(experiment.is_old());
}

TEST_CASE("a job that jobs.get denies for a while is waited for") {
    const std::string mode = GENERATE("replace", "append");
    const int hidden = GENERATE(1, 5, 15);
    Experiment experiment{mode};
    experiment.job.google.bigquery.hidden_polls = hidden;

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(load_jobs(experiment) == 1);
}

TEST_CASE("a job that jobs.get denies for good is reported, and never loaded a second time") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.hidden_polls = 1'000;

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK_THAT(report.error->hint(), ContainsSubstring("console"));
    CHECK(load_jobs(experiment) == 1);
    CHECK(experiment.is_new());  // it ran to its end, unseen
}

TEST_CASE("a job that runs for an hour is waited for") {
    Experiment experiment{"append"};
    experiment.job.google.bigquery.polls_until_done = 400;

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(experiment.job.google.count(path::poll) >= 400);
}

TEST_CASE("polls that meet 503s now and then go on") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.polls_until_done = 20;
    for (int skip = 0; skip < 20; skip += 3)
        experiment.fail({.path_contains = path::poll,
                         .skip = skip,
                         .answer = sandbox::Answer{.status = 503, .headers = {}, .body = ""}});

    CHECK_FALSE(experiment.run().error);
}

TEST_CASE("a load whose outputRows disagree is no success") {
    const std::string mode = GENERATE("replace", "append");
    const int offset = GENERATE(-1, 1, -900);
    Experiment experiment{mode};
    experiment.job.google.bigquery.output_rows_offset = offset;

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK_THAT(report.error->what(), ContainsSubstring("instead of 900"));
    CHECK_THAT(report.error->hint(), ContainsSubstring("FOR SYSTEM_TIME AS OF"));
    if (mode == "append") CHECK_THAT(report.error->hint(), ContainsSubstring("twice"));
}

TEST_CASE("the same run again adopts the load that is there") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    REQUIRE_FALSE(experiment.run().error);

    const auto report = experiment.run_again();

    CHECK(report.adopted);
    CHECK(load_jobs(experiment) == 1);
}

TEST_CASE("the same run again over an edited sheet tells what the table has") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    REQUIRE_FALSE(experiment.run().error);
    experiment.job.type_csv(small_csv(700, 6));

    const auto report = experiment.run_again();

    CHECK(report.adopted);
    CHECK(report.rows == 900);
    CHECK(load_jobs(experiment) == 1);
}

TEST_CASE("a run whose earlier attempt's job failed loads under the next id") {
    const std::string mode = GENERATE("replace", "append");
    const std::string reason = GENERATE("invalid", "stopped", "quotaExceeded");
    Experiment experiment{mode};
    experiment.job.google.bigquery.next_job_errors = {{reason, "no"}};
    REQUIRE(experiment.run().error);

    const auto report = experiment.run_again();

    CHECK_FALSE(report.adopted);
    CHECK(report.job_id == "sheetbq_experiment_2");
}

TEST_CASE("a run whose earlier attempt died while its job ran waits for that job") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.polls_until_done = 30;
    experiment.fail({.path_contains = path::poll,
                     .times = 10,
                     .answer = sandbox::Answer{.status = 503, .headers = {}, .body = ""}});
    const auto first = experiment.job.run({{"WRITE_MODE", mode}, {"SHEETBQ_RUN_ID", "experiment"}});
    REQUIRE(first.error);
    REQUIRE(experiment.is_old());

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(report.adopted);
    CHECK(load_jobs(experiment) == 1);
}

TEST_CASE("a stop while the job runs cancels it and leaves the table", "[stop]") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.polls_until_done = 1'000;
    experiment.job.on_progress = [&](const etl::Progress& progress) {
        if (progress.phase == etl::Progress::Phase::loading) experiment.job.stop.request_stop();
    };

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.error->code() == Code::cancelled);
    CHECK_THAT(report.error->what(), ContainsSubstring("was cancelled; the table is as it was"));
    CHECK(experiment.job.google.count("/cancel") == 1);
    CHECK(experiment.is_old());
}

TEST_CASE("a stop while the job cannot be seen yet still cancels it", "[stop]") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.polls_until_done = 1'000;
    experiment.job.google.bigquery.hidden_polls = 4;
    experiment.job.on_progress = [&](const etl::Progress& progress) {
        if (progress.phase == etl::Progress::Phase::loading) experiment.job.stop.request_stop();
    };

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.error->code() == Code::cancelled);
    CHECK(experiment.job.google.count("/cancel") >= 1);
    CHECK(experiment.is_old());
}

TEST_CASE("a stop whose cancel fails says that the job may still run", "[stop]") {
    Experiment experiment{"append"};
    experiment.job.google.bigquery.polls_until_done = 1'000;
    experiment.fail({.path_contains = "/cancel",
                     .times = -1,
                     .answer = sandbox::Answer{.status = 503, .headers = {}, .body = ""}});
    experiment.job.on_progress = [&](const etl::Progress& progress) {
        if (progress.phase == etl::Progress::Phase::loading) experiment.job.stop.request_stop();
    };

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK_THAT(report.error->what(), ContainsSubstring("may still run"));
}

TEST_CASE("a job that somebody else cancels is reported as such") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.polls_until_done = 10;
    experiment.fail({.path_contains = path::poll, .skip = 3, .then = [](sandbox::Sandbox& google) {
                         for (auto& [name, job] : google.bigquery.jobs)
                             if (job.finish) job.cancelled = true;
                     }});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 6);
    CHECK_THAT(report.error->hint(), ContainsSubstring("cancelled the job"));
    CHECK(experiment.is_old());
}

TEST_CASE("a table that somebody deletes or makes meanwhile ends as the new one or fails") {
    const auto start = GENERATE(Start::with_table, Start::without_table);
    Job job;
    job.type_csv(small_csv(20, 1));
    if (start == Start::with_table) REQUIRE_FALSE(job.run().error);
    job.type_csv(small_csv(30, 2));
    job.google.fail({.path_contains = path::session, .then = [&](sandbox::Sandbox& google) {
                         auto& tables = google.bigquery.projects["demo-project"]["demo"].tables;
                         if (start == Start::with_table)
                             tables.clear();
                         else
                             tables["orders"] = {};
                     }});

    const auto report = job.run();

    INFO((report.error ? describe(*report.error) : "no error"));
    if (!report.error) {
        REQUIRE(job.table() != nullptr);
        CHECK(job.table()->rows.size() == 30);
    }
    CHECK(job.google.invalid_requests().empty());
}
