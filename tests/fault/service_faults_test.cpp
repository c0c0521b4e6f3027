#include "fault/experiment.hpp"
#include "sandbox/call.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::Experiment;
using sheetbq::testing::small_csv;
using Start = Experiment::Start;
namespace path = sheetbq::testing::path;

namespace {

using Waits = std::vector<std::chrono::milliseconds>;

constexpr const char* every_method[] = {path::spreadsheet, path::formats, path::values,
                                        path::version,     path::dataset, path::table,
                                        path::session,     path::chunk,   path::poll};

sandbox::Answer too_many(const char* retry_after = nullptr) {
    auto answer = sandbox::new_style_error(429, "RESOURCE_EXHAUSTED",
                                           "Quota exceeded for quota metric 'Read requests'");
    if (retry_after != nullptr) answer.headers.set("Retry-After", retry_after);
    return answer;
}

sandbox::Answer broken_service(int status) {
    return sandbox::new_style_error(status, "UNAVAILABLE", "The service is unavailable.");
}

sandbox::Answer web_page(int status) {
    return {.status = status,
            .headers = {{"content-type", "text/html; charset=UTF-8"}},
            .body =
                "<!DOCTYPE html><html><head><title>Error 502 (Server Error)!!1</title></head>"
                "<body><p>That's an error.</body></html>"};
}

}  // namespace

TEST_CASE("a 429 with Retry-After is repeated after that time") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode, Start::with_table, small_csv(150, 2)};
    experiment.fail({.path_contains = path::spreadsheet, .answer = too_many("7")});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(experiment.waits() == Waits{8s});
}

TEST_CASE("a 429 with an HTTP date in Retry-After is repeated after that moment") {
    Experiment experiment{"replace"};
    experiment.fail(
        {.path_contains = path::dataset, .answer = too_many("Sat, 31 Jan 2026 08:05:00 GMT")});

    const auto begin = experiment.job.clock.now();
    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    const auto asked = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 8h + 5min;
    REQUIRE(begin < asked);
    REQUIRE(experiment.waits().empty() == false);
    CHECK(experiment.waits()[0] >= asked - begin - 1s);
}

TEST_CASE("429s without Retry-After wait for the minute to pass from the second time on") {
    Experiment experiment{"append", Start::with_table, small_csv(150, 2)};
    experiment.fail({.path_contains = path::spreadsheet, .times = 3, .answer = too_many()});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(experiment.waits() == Waits{1s, 60s, 60s});
}

TEST_CASE("429s that never end spend the retries and say which quota") {
    Experiment experiment{"append", Start::with_table, small_csv(150, 2)};
    experiment.fail({.path_contains = path::values, .times = -1, .answer = too_many()});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 12);
    CHECK_THAT(report.error->what(), ContainsSubstring("Quota exceeded"));
    CHECK(experiment.is_old());
}

TEST_CASE("a short storm of 500 or 503 on any method is outlived", "[storm]") {
    const std::string mode = GENERATE("replace", "append");
    const int status = GENERATE(500, 503);
    for (const auto* method : every_method) {
        INFO(mode << " " << status << " " << method);
        Experiment experiment{mode, Start::with_table, small_csv(150, 2)};
        experiment.fail(
            {.path_contains = method, .skip = 0, .times = 3, .answer = broken_service(status)});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(report.retries >= 3);
    }
}

TEST_CASE("a storm that never ends fails as upstream failure and leaves the table", "[storm]") {
    const std::string mode = GENERATE("replace", "append");
    const auto start = GENERATE(Start::with_table, Start::without_table);
    for (const auto* method : every_method) {
        INFO(mode << " " << method);
        Experiment experiment{mode, start, small_csv(150, 2)};
        experiment.fail({.path_contains = method, .times = -1, .answer = broken_service(503)});

        const auto report = experiment.run();

        if (method == path::version) {
            CHECK_FALSE(report.error);
            CHECK_THAT(testing::Job::notice(report, "consistency_not_checked"),
                       ContainsSubstring("503"));
            continue;
        }
        REQUIRE(report.error);
        CHECK(report.exit_code() == 13);
        if (method != path::poll) CHECK(experiment.is_old());
    }
}

TEST_CASE("a failure after BigQuery accepted the job names the job, for it may still load") {
    const std::string mode = GENERATE("replace", "append");
    Experiment experiment{mode, Start::with_table, small_csv(150, 2)};
    experiment.fail({.path_contains = path::poll, .times = -1, .answer = broken_service(503)});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK_THAT(describe(*report.error), ContainsSubstring("sheetbq_experiment_1"));
    CHECK_THAT(report.error->hint(), ContainsSubstring("SHEETBQ_RUN_ID=experiment"));
    CHECK(experiment.is_new());
}

TEST_CASE("an HTML page instead of an answer is repeated, whatever its status", "[storm]") {
    const int status = GENERATE(200, 502);
    for (const auto* method : every_method) {
        INFO(status << " " << method);
        Experiment experiment{"append", Start::with_table, small_csv(150, 2)};
        experiment.fail({.path_contains = method, .times = 2, .answer = web_page(status)});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(experiment.is_new());
    }
}

TEST_CASE("HTML pages without end fail with the page's title") {
    Experiment experiment{"replace"};
    experiment.fail({.path_contains = path::dataset, .times = -1, .answer = web_page(502)});

    const auto report = experiment.run();

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK_THAT(report.error->what(), ContainsSubstring("Error 502 (Server Error)"));
}

TEST_CASE("an empty answer, or JSON of another shape, is repeated and never a crash") {
    const std::string body = GENERATE("", "[]", "null", "42", "{\"truncated\":");
    for (const auto* method : every_method) {
        INFO(body << " " << method);
        Experiment experiment{"append", Start::with_table, small_csv(150, 2)};
        experiment.fail(
            {.path_contains = method,
             .answer = sandbox::Answer{
                 .status = 200, .headers = {{"content-type", "application/json"}}, .body = body}});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
    }
}

TEST_CASE("a connection that breaks on any method, before or after the call, is made again") {
    const bool lost = GENERATE(false, true);
    const std::string mode = GENERATE("replace", "append");
    for (const auto* method : every_method) {
        INFO(mode << " " << (lost ? "answer lost " : "reset ") << method);
        Experiment experiment{mode, Start::with_table, small_csv(150, 2)};
        experiment.fail({.path_contains = method, .times = 2, .reset = !lost, .lose_answer = lost});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
    }
}

TEST_CASE("a token that Google refuses once is renewed on any method") {
    for (const auto* method : every_method) {
        INFO(method);
        Experiment experiment{"append", Start::with_table, small_csv(150, 2)};
        experiment.fail({.path_contains = method,
                         .answer = sandbox::new_style_error(401, "UNAUTHENTICATED",
                                                            "Request had invalid credentials.")});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(experiment.waits().empty());
    }
}

TEST_CASE("a token that expires in mid-run is renewed") {
    for (const auto* method : every_method) {
        INFO(method);
        Experiment experiment{"append", Start::with_table, small_csv(150, 2)};
        experiment.fail({.path_contains = method,
                         .then = [&](sandbox::Sandbox&) { experiment.job.clock.advance(2h); }});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
    }
}
