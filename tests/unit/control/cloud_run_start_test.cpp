#include "sheetbq/http/beast_transport.hpp"
#include "sheetbq/http/endpoint_rewriter.hpp"
#include "support/catch.hpp"
#include "support/cloud_run_fixture.hpp"
#include "support/loopback_server.hpp"
#include "support/scripted_transport.hpp"

#include <fmt/format.h>

namespace auth = sheetbq::auth;
namespace control = sheetbq::control;
namespace gcp = sheetbq::gcp;
namespace http = sheetbq::http;
namespace testing = sheetbq::testing;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::full_jitter;
using sheetbq::to_rfc3339;
using namespace std::chrono_literals;
using testing::answers;
using testing::breaks;
using testing::CloudRun;
using testing::ScriptedTransport;
using Kind = control::StartAnswer::Kind;

namespace {

constexpr auto run_url =
    "https://run.googleapis.com/v2/projects/demo-project/locations/europe-west1/jobs/"
    "sheetbq-job:run";

/// What the launcher makes of one answer to jobs.run.
control::StartAnswer answer_to(const ScriptedTransport::Answer& answer, int times = 1) {
    ScriptedTransport transport;
    transport.on(run_url, answer, times);
    CloudRun cloud{&transport};
    auto result = cloud.start();
    CHECK(transport.unexpected().empty());
    CHECK(transport.unused() == 0);
    return result;
}

std::string refusal(int status, const std::string& name, const std::string& message,
                    const std::string& reason = "") {
    const auto details =
        reason.empty() ? ""
                       : fmt::format(R"(,"details":[{{"@type":)"
                                     R"("type.googleapis.com/google.rpc.ErrorInfo","reason":"{}",)"
                                     R"("metadata":{{"service":"run.googleapis.com",)"
                                     R"("consumer":"projects/12"}}}}])",
                                     reason);
    return fmt::format(R"({{"error":{{"code":{},"status":"{}","message":"{}"{}}}}})", status, name,
                       message, details);
}

/// A token source that has none to give.
class NoTokens final : public auth::TokenSource {
public:
    explicit NoTokens(Error why) : why_{std::move(why)} {}
    auth::AccessToken token(std::stop_token) override { throw why_; }
    void forget(const auth::AccessToken&) override {}
    std::string account(std::stop_token) override { return {}; }

private:
    Error why_;
};

/// One start over the real network to `root`.
control::StartAnswer start_at(const std::string& root, std::chrono::milliseconds patience) {
    http::BeastTransport network{{}};
    http::EndpointRewriter transport{network, {.api_root = root}};
    CloudRun cloud{&transport};
    return cloud.launcher().start({{"SHEETBQ_RUN_ID", "r"}}, patience, {});
}

}  // namespace

TEST_CASE("an answer that names the execution is a start") {
    const auto started = answer_to(answers(
        200, R"({"name":"projects/12/locations/europe-west1/operations/u","metadata":{"name":
        "projects/12/locations/europe-west1/jobs/sheetbq-job/executions/sheetbq-job-abcde",
        "uid":"U","createTime":"2026-01-31T08:00:00.123456789Z"}})"));
    REQUIRE(started.kind == Kind::started);
    REQUIRE(started.execution);
    CHECK(started.execution->name ==
          "projects/demo-project/locations/europe-west1/jobs/sheetbq-job/executions/"
          "sheetbq-job-abcde");
    CHECK(started.execution->uid == "U");
    CHECK(to_rfc3339(started.execution->created_at) == "2026-01-31T08:00:00.123Z");
    CHECK_FALSE(started.error);
}

TEST_CASE("a 200 that names no execution leaves open whether one was started") {
    const auto body =
        GENERATE(as<std::string>{}, "", "{}", "[]", "<html>", R"({"name":"o","metadata":{}})",
                 R"({"name":"o","metadata":{"name":"projects/p/locations/r/jobs/j"}})",
                 R"({"metadata":{"name":"projects/p/locations/r/jobs/j/executions/"}})",
                 R"({"name":"o","metadata":{"name":"projects/p/loc)");
    const auto answer = answer_to(answers(200, body));
    CHECK(answer.kind == Kind::ambiguous);
    CHECK_FALSE(answer.execution);
    REQUIRE(answer.error);
    CHECK(answer.error->code() == Code::unavailable);
    CHECK_FALSE(answer.error->hint().empty());
}

TEST_CASE("what the service refuses for good is refused, with the words to type") {
    const auto [status, name, reason, code, hint] =
        GENERATE(table<int, std::string, std::string, Code, std::string>({
            {400, "INVALID_ARGUMENT", "", Code::bad_config, "Check the configuration"},
            {403, "PERMISSION_DENIED", "", Code::permission_denied,
             "gcloud run jobs add-iam-policy-binding sheetbq-job --project=demo-project "
             "--region=europe-west1 "
             "--member=serviceAccount:etl@demo-project.iam.gserviceaccount.com "
             "--role=roles/run.jobsExecutorWithOverrides"},
            {403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", Code::permission_denied,
             "--role=roles/run.jobsExecutorWithOverrides"},
            {403, "PERMISSION_DENIED", "SERVICE_DISABLED", Code::permission_denied,
             "gcloud services enable run.googleapis.com --project=12"},
            {404, "NOT_FOUND", "", Code::not_found,
             "gcloud run jobs create sheetbq-job --project=demo-project --region=europe-west1"},
        }));
    CAPTURE(status, reason);
    const auto answer = answer_to(answers(status, refusal(status, name, "no", reason)));
    CHECK(answer.kind == Kind::refused);
    REQUIRE(answer.error);
    CHECK(answer.error->code() == code);
    CHECK_THAT(answer.error->reason(), ContainsSubstring("Google answered"));
    CHECK_THAT(answer.error->hint(), ContainsSubstring(hint));
}

TEST_CASE("a token that is not accepted is tried once more, anew, and then refused") {
    const auto answer = answer_to(answers(401, refusal(401, "UNAUTHENTICATED", "bad token")), 2);
    CHECK(answer.kind == Kind::refused);
    CHECK(answer.error->code() == Code::unauthenticated);
}

TEST_CASE("anything else leaves open whether an execution was started, and is sent once") {
    const auto [status, code] = GENERATE(table<int, Code>({
        {302, Code::internal},
        {408, Code::unavailable},
        {409, Code::conflict},
        {429, Code::quota},
        {500, Code::unavailable},
        {502, Code::unavailable},
        {503, Code::unavailable},
        {504, Code::unavailable},
    }));
    CAPTURE(status);
    const auto answer = answer_to(answers(status, "<html><title>Error</title></html>"));
    CHECK(answer.kind == Kind::ambiguous);
    REQUIRE(answer.error);
    CHECK(answer.error->code() == code);
    CHECK_FALSE(answer.error->hint().empty());
}

TEST_CASE("a 403 for quota proves nothing") {
    const auto answer =
        answer_to(answers(403, refusal(403, "PERMISSION_DENIED", "q", "RATE_LIMIT_EXCEEDED")));
    CHECK(answer.kind == Kind::ambiguous);
    CHECK(answer.error->code() == Code::quota);
}

TEST_CASE("a quota's Retry-After reaches the caller") {
    const auto answer = answer_to(answers(429, "", {{"retry-after", "17"}}));
    CHECK(answer.kind == Kind::ambiguous);
    CHECK(answer.error->code() == Code::quota);
    CHECK(answer.error->retry_after() == 17s);
}

TEST_CASE("a connection that breaks leaves open whether an execution was started") {
    const auto answer = answer_to(breaks());
    CHECK(answer.kind == Kind::ambiguous);
    CHECK(answer.error->code() == Code::unavailable);
}

TEST_CASE("a start whose answer is lost can be found by its run id") {
    CloudRun cloud;
    cloud.google.fail({.path_contains = ":run", .lose_answer = true});
    const auto answer = cloud.start("lost");
    CHECK(answer.kind == Kind::ambiguous);
    CHECK(cloud.google.run.executions.size() == 1);
    CHECK(cloud.google.count(":run") == 1);
    CHECK(cloud.launcher().list(cloud.clock.now() - 5min, {}).at(0).run_id == "lost");
}

TEST_CASE("an answer cut in the middle leaves open whether an execution was started") {
    CloudRun cloud;
    cloud.google.fail({.path_contains = ":run", .cut_after = 40});
    CHECK(cloud.start().kind == Kind::ambiguous);
    CHECK(cloud.google.run.executions.size() == 1);
}

TEST_CASE("without a token nothing was sent; asking again helps only when the source failed") {
    const auto [code, kind] = GENERATE(table<Code, Kind>({
        {Code::unavailable, Kind::not_sent},
        {Code::quota, Kind::not_sent},
        {Code::cancelled, Kind::not_sent},
        {Code::unauthenticated, Kind::refused},
        {Code::permission_denied, Kind::refused},
    }));
    ScriptedTransport transport;
    CloudRun cloud;
    NoTokens tokens{Error{code, "no token"}.fix("Log in.")};
    gcp::ApiClient api{transport,     tokens, cloud.clock,  {.attempts = 1},
                       full_jitter(), {},     cloud.traffic};
    gcp::RunJobs jobs{api};
    const auto launcher =
        control::make_cloud_run_launcher(jobs, cloud.logging, cloud.job, 180s, cloud.clock);
    const auto answer = launcher->start({}, 30s, {});
    CHECK(answer.kind == kind);
    CHECK(answer.error->code() == code);
    CHECK(answer.error->hint() == "Log in.");
    CHECK(transport.requests().empty());
}

TEST_CASE("where nobody listens, nothing was sent") {
    std::string root;
    {
        const testing::LoopbackServer gone{[](testing::Peer&) {}};
        root = gone.url();
    }
    const auto answer = start_at(root, 5s);
    CHECK(answer.kind == Kind::not_sent);
    CHECK(answer.error->code() == Code::unavailable);
    CHECK_THAT(answer.error->text(), ContainsSubstring("cannot connect"));
}

TEST_CASE("where TLS cannot be agreed on, nothing was sent") {
    testing::LoopbackServer server{[](testing::Peer& peer) { peer.send("no TLS here\n"); }};
    const auto answer = start_at(fmt::format("https://127.0.0.1:{}", server.port()), 5s);
    CHECK(answer.kind == Kind::not_sent);
    CHECK_THAT(answer.error->text(), ContainsSubstring("no encrypted connection"));
}

TEST_CASE("once the request was written, silence and a break leave everything open") {
    const bool breaks_off = GENERATE(true, false);
    testing::LoopbackServer server{[&](testing::Peer& peer) {
        peer.read_request();
        if (breaks_off)
            peer.reset();
        else
            peer.wait_closed();
    }};
    const auto answer = start_at(server.url(), breaks_off ? 5s : 100ms);
    CHECK(answer.kind == Kind::ambiguous);
    CHECK(answer.error->code() == Code::unavailable);
}

TEST_CASE("a start that was stopped before it was sent was not sent") {
    std::stop_source stop;
    stop.request_stop();
    http::BeastTransport network{{}};
    CloudRun cloud{&network};
    const auto answer = cloud.launcher().start({}, 30s, stop.get_token());
    CHECK(answer.kind == Kind::not_sent);
    CHECK(answer.error->code() == Code::cancelled);
}

TEST_CASE("the start's patience bounds connecting, waiting and the whole") {
    ScriptedTransport transport;
    transport.on(run_url, answers(503, ""));
    CloudRun cloud{&transport};
    cloud.launcher().start({}, 3s, {});
    const auto timeouts = transport.requests().at(0).timeouts;
    CHECK(timeouts.total == 3s);
    CHECK(timeouts.idle == 3s);
    CHECK(timeouts.connect == 3s);
}
