#include "fault/experiment.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::Experiment;
using sheetbq::testing::large_csv;
using Start = Experiment::Start;
namespace path = sheetbq::testing::path;

namespace {

constexpr auto put = http::Method::put;

sandbox::Answer session_gone(int status) {
    return sandbox::old_style_error(status, status == 410 ? "gone" : "notFound",
                                    "No such upload session");
}

/// An upload of five chunks.
Experiment uploading(const std::string& mode) {
    static const std::string csv = large_csv(3'500, 2);
    return Experiment{mode, Start::with_table, csv};
}

std::size_t sessions(const Experiment& experiment) {
    const auto& google = experiment.job.google;
    // chunks go to the session's own address; one session made the old table
    return google.count(path::session) - google.count(path::chunk) - 1;
}

}  // namespace

TEST_CASE("the upload of these tests takes five chunks") {
    auto experiment = uploading("replace");

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(report.compressed_bytes > 4 * 262'144);
    CHECK(report.compressed_bytes < 5 * 262'144);
    CHECK(experiment.job.google.count(path::chunk) == 5 + 1);
}

TEST_CASE("a 503 on the third chunk is recovered within the session") {
    const std::string mode = GENERATE("replace", "append");
    const int times = GENERATE(1, 4);
    auto experiment = uploading(mode);
    experiment.fail({.path_contains = path::chunk,
                     .method = put,
                     .skip = 2,
                     .times = times,
                     .answer = sandbox::Answer{.status = 503, .headers = {}, .body = ""}});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(sessions(experiment) == 1);
    CHECK(report.retries == static_cast<std::uint64_t>(times));
}

TEST_CASE("a 308 with a shorter Range than sent goes on where the service says") {
    const std::string mode = GENERATE("replace", "append");
    const std::size_t kept = GENERATE(std::size_t{1}, std::size_t{262'143});
    const int skip = GENERATE(0, 4);
    auto experiment = uploading(mode);
    experiment.fail(
        {.path_contains = path::chunk, .method = put, .skip = skip, .commit_only = kept});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(sessions(experiment) == 1);
}

TEST_CASE("a 308 without Range means that nothing was stored") {
    const std::string mode = GENERATE("replace", "append");
    const int skip = GENERATE(0, 2, 4);
    INFO("chunks before: " << skip);
    auto experiment = uploading(mode);
    experiment.fail({.path_contains = path::chunk,
                     .method = put,
                     .skip = skip,
                     .answer = sandbox::Answer{.status = 308, .headers = {}, .body = ""}});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(sessions(experiment) == 1);
}

TEST_CASE("a service that stores nothing, again and again, ends the run in time") {
    auto experiment = uploading("append");
    experiment.fail({.path_contains = path::chunk, .method = put, .times = -1, .commit_only = 0});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK(experiment.is_old());
}

TEST_CASE("chunks and their answers that are lost are never stored twice") {
    const std::string mode = GENERATE("replace", "append");
    const bool lost = GENERATE(false, true);
    for (int chunk = 0; chunk < 5; ++chunk) {
        INFO(mode << (lost ? " lost " : " reset ") << chunk);
        auto experiment = uploading(mode);
        experiment.fail({.path_contains = path::chunk,
                         .method = put,
                         .skip = chunk,
                         .times = 2,
                         .reset = !lost,
                         .lose_answer = lost});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(sessions(experiment) == 1);
    }
}

TEST_CASE("the end of an upload whose answer is lost loads once") {
    const std::string mode = GENERATE("replace", "append");
    const int hidden = GENERATE(0, 3);
    const int then_status = GENERATE(0, 404, 410, 503);
    INFO(mode << " hidden " << hidden << " then " << then_status);
    auto experiment = uploading(mode);
    experiment.job.google.bigquery.hidden_polls = hidden;
    experiment.fail({.path_contains = path::chunk, .method = put, .skip = 4, .lose_answer = true});
    if (then_status != 0)
        experiment.fail({.path_contains = path::chunk,
                         .method = put,
                         .skip = 4,
                         .answer = session_gone(then_status)});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(experiment.job.google.bigquery.jobs.size() == 2);
}

TEST_CASE("a session that is gone before the job was accepted starts over") {
    const std::string mode = GENERATE("replace", "append");
    const int status = GENERATE(404, 410);
    for (const int chunk : {0, 2, 4}) {
        INFO(mode << " " << status << " at " << chunk);
        auto experiment = uploading(mode);
        experiment.fail({.path_contains = path::chunk,
                         .method = put,
                         .skip = chunk,
                         .answer = session_gone(status)});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(sessions(experiment) == 2);
    }
}

TEST_CASE("sessions that always go away end the run with the table as it was") {
    const int status = GENERATE(404, 410);
    auto experiment = uploading("append");
    experiment.fail(
        {.path_contains = path::chunk, .method = put, .times = -1, .answer = session_gone(status)});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK_THAT(report.error->hint(), ContainsSubstring("as it was"));
    CHECK(experiment.is_old());
}

TEST_CASE("the answer to the session's start is lost: another session is opened") {
    const std::string mode = GENERATE("replace", "append");
    auto experiment = uploading(mode);
    experiment.fail({.path_contains = path::session, .times = 2, .lose_answer = true});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(sessions(experiment) == 3);
    CHECK(experiment.job.google.bigquery.jobs.size() == 2);
}

TEST_CASE("a session start without Location is repeated") {
    Experiment experiment{"append"};
    experiment.fail({.path_contains = path::session,
                     .answer = sandbox::Answer{.status = 200, .headers = {}, .body = ""}});

    CHECK_FALSE(experiment.run().error);
}

TEST_CASE("two attempts of one run that upload at the same time load once") {
    const std::string mode = GENERATE("replace", "append");
    auto experiment = uploading(mode);
    bool other_ran = false;
    std::optional<etl::RunReport> other;
    experiment.job.on_progress = [&](const etl::Progress& progress) {
        if (progress.phase != etl::Progress::Phase::uploading || other_ran) return;
        other_ran = true;
        other = experiment.job.run({{"WRITE_MODE", mode}, {"SHEETBQ_RUN_ID", "experiment"}});
    };

    const auto report = experiment.run();

    REQUIRE(other);
    CHECK_FALSE(other->error);
    CHECK_FALSE(report.error);
    CHECK(report.adopted);
    CHECK(experiment.job.google.bigquery.jobs.size() == 2);
}

TEST_CASE("a stop during the upload leaves the old table and cancels nothing", "[stop]") {
    const std::string mode = GENERATE("replace", "append");
    auto experiment = uploading(mode);
    experiment.job.on_progress = [&](const etl::Progress& progress) {
        if (progress.phase == etl::Progress::Phase::uploading && progress.done > progress.total / 2)
            experiment.job.stop.request_stop();
    };

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.error->code() == Code::cancelled);
    CHECK(experiment.is_old());
}

TEST_CASE("a stop that meets a broken connection is still a stop, and cancels the job", "[stop]") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode};
    experiment.job.google.bigquery.polls_until_done = 1'000;
    experiment.fail(
        {.path_contains = path::poll, .skip = 2, .reset = true, .then = [&](sandbox::Sandbox&) {
             experiment.job.stop.request_stop();
         }});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.error->code() == Code::cancelled);
    CHECK(experiment.job.google.count("/cancel") == 1);
    CHECK(experiment.is_old());
}
