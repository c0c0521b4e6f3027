#include "run.hpp"

using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;

namespace {

std::string with_env(const std::string& name, const std::string& value) {
    return fmt::format(
        R"({{"overrides":{{"containerOverrides":[{{"env":[{{"name":"{}","value":"{}"}}]}}]}}}})",
        name, value);
}

std::string overrides(const std::string& text) { return R"({"overrides":{)" + text + "}}"; }

}  // namespace

TEST_CASE("jobs.run refuses what it does not know, and starts nothing") {
    Run google;
    const auto [body, why] = GENERATE(table<std::string, std::string>({
        {"[]", "Invalid JSON payload"},
        {"{", "Invalid JSON payload"},
        {R"({"override":{}})", "Unknown name \"override\""},
        {overrides(R"("image":"x")"), "Unknown name \"image\" at 'overrides'"},
        {overrides(R"("containerOverrides":[{"labels":{}}])"), "Unknown name \"labels\""},
        {overrides(R"("containerOverrides":[{"env":[{"key":"A"}]}])"), "Unknown name \"key\""},
        {overrides(R"("containerOverrides":[{"env":[{"name":"A"},{"name":"A"}]}])"),
         "A is given twice"},
        {overrides(R"("containerOverrides":[{"env":[{"value":"x"}]}])"), "name is invalid"},
        {overrides(R"("containerOverrides":[{"name":"other"}])"), "other does not exist"},
        {overrides(R"("containerOverrides":[{},{}])"), "more container overrides"},
        {overrides(R"("containerOverrides":[{"args":["a"],"clearArgs":true}])"), "clear_args"},
        {overrides(R"("containerOverrides":7)"), "is no list"},
        {overrides(R"("taskCount":0)"), "between 1 and 10000"},
        {overrides(R"("timeout":"5m")"), "Invalid value at 'overrides.timeout'"},
        {overrides(R"("timeout":"604801s")"), "Invalid value at 'overrides.timeout'"},
        {with_env("PORT", "1"), "reserved env names were provided: PORT"},
        {with_env("K_SERVICE", "1"), "reserved env names"},
        {with_env("CLOUD_RUN_JOB", "1"), "reserved env names"},
        {with_env("X_GOOGLE_A", "1"), "reserved env names"},
        {with_env("A=B", "1"), "name is invalid"},
        {with_env("A", std::string(32'769, 'x')), "has 32769 bytes, the maximum is 32768"},
    }));
    const auto refused = google.run(body);
    CHECK(refused.status == 400);
    CHECK(error_of(refused).at("status") == "INVALID_ARGUMENT");
    CHECK_THAT(message_of(refused), ContainsSubstring(why));
    CHECK(google.world().executions.empty());
}

TEST_CASE("the largest value and the most variables pass, one more does not") {
    Run google;
    CHECK(google.run(with_env("A", std::string(32'768, 'x'))).status == 200);
    auto& env = google.world().jobs[job_name].env;
    for (int i = 0; i < 999; ++i) env.emplace_back(fmt::format("V{}", i), "");
    CHECK(google.run(with_env("A", "1")).status == 200);
    env.emplace_back("B", "");
    CHECK(google.run(with_env("A", "1")).status == 400);
}

TEST_CASE("validateOnly starts nothing") {
    Run google;
    CHECK(google.run(R"({"validateOnly":true})").status == 200);
    CHECK(google.world().executions.empty());
}

TEST_CASE("what is not there is a 404 in Google's words") {
    Run google;
    google.started();
    const auto [path, what] = GENERATE(table<std::string, std::string>({
        {"projects/demo-project/locations/europe-west1/jobs/nope", "'nope' of kind 'JOB'"},
        {"projects/demo-project/locations/us-east1/jobs/etl", "in region 'us-east1'"},
        {"projects/other/locations/europe-west1/jobs/etl", "in project 'other'"},
        {std::string{job_name} + "/executions/etl-zzzzz", "'etl-zzzzz' of kind 'EXECUTION'"},
        {std::string{job_name} + "/executions/etl-zzzzz/tasks", "of kind 'EXECUTION'"},
    }));
    const auto refused = google.get(Run::url(path));
    CHECK(refused.status == 404);
    CHECK_THAT(message_of(refused), ContainsSubstring(what));
}

TEST_CASE("a token for other things is refused, and the API can be switched off") {
    Run google;
    google.token = google.sandbox.token_for(me, {"spreadsheets.readonly"});
    CHECK(google.run().status == 403);
    google.token = google.sandbox.token_for(me, {"cloud-platform"});
    google.sandbox.enabled["run.googleapis.com"] = false;
    CHECK_THAT(message_of(google.run()),
               ContainsSubstring("Cloud Run Admin API has not been used in project"));
}

TEST_CASE("requests about Cloud Run and Logging are held against Google's descriptions") {
    Run google;
    if (!google.sandbox.discovery_enabled()) return;
    google.run(R"({"overrides":{"labels":{}}})");
    google.list("filter=x");
    google.list("fields=executions(nonsense)");
    google.post_json("https://logging.googleapis.com/v2/entries:list", R"({"limit":1})");
    const auto problems = google.sandbox.invalid_requests();
    REQUIRE(problems.size() == 4);
    CHECK_THAT(problems[0], ContainsSubstring(R"(unknown field "overrides.labels")"));
    CHECK_THAT(problems[1], ContainsSubstring(R"(unknown parameter "filter")"));
    CHECK_THAT(problems[2], ContainsSubstring(R"(unknown path "executions.nonsense")"));
    CHECK_THAT(problems[3], ContainsSubstring(R"(unknown field "limit")"));
}

TEST_CASE("faults play on starts: answered without starting, or started without an answer") {
    Run google;
    google.sandbox.fail({.path_contains = ":run", .answer = Answer{.status = 503}});
    CHECK(google.run().status == 503);
    CHECK(google.world().executions.empty());
    google.sandbox.fail({.path_contains = ":run", .lose_answer = true});
    CHECK_THROWS_AS(google.run(), sheetbq::Error);
    CHECK(google.world().executions.size() == 1);
    google.sandbox.fail({.path_contains = ":run", .reset = true});
    CHECK_THROWS_AS(google.run(), sheetbq::Error);
    CHECK(google.world().executions.size() == 1);
}
