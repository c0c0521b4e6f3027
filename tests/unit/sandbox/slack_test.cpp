#include "google.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;

namespace json = boost::json;

namespace {

const std::string own = "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";

http::Response post(Google& google, const std::string& body,
                    const std::string& type = "application/json",
                    const std::string& webhook = own) {
    return google.sandbox.send({.method = http::Method::post,
                                .url = "https://hooks.slack.com/services/" + webhook,
                                .headers = {{"content-type", type}},
                                .body = {body}},
                               nullptr, {});
}

/// A section of that many characters, each of two bytes.
std::string section(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += "ä";
    return R"({"type":"section","text":{"type":"mrkdwn","text":")" + text + "\"}}";
}

std::string blocks(const std::string& one, std::size_t times = 1) {
    std::string list = one;
    for (std::size_t i = 1; i < times; ++i) list += "," + one;
    return R"({"text":"t","blocks":[)" + list + "]}";
}

}  // namespace

TEST_CASE("Slack takes a message, answers ok in plain text, and keeps it") {
    Google google;
    const std::string message = GENERATE_COPY(
        as<std::string>{}, R"({"text":"hello"})", blocks(section(3000)),
        blocks(R"({"type":"divider"})", 50),
        blocks(R"({"type":"header","text":{"type":"plain_text","text":"Two failed"}})"),
        blocks(R"({"type":"context","elements":[{"type":"mrkdwn","text":"a"}]})"),
        blocks(R"({"type":"section","fields":[{"type":"mrkdwn","text":"a"}]})"));
    const auto answer = post(google, message, "application/json; charset=utf-8");
    CHECK(answer.status == 200);
    CHECK(answer.body == "ok");
    CHECK(answer.headers.find("content-type")->starts_with("text/"));
    REQUIRE(google.sandbox.slack.messages.size() == 1);
    CHECK(google.sandbox.slack.messages[0].payload == json::parse(message));
    CHECK(google.sandbox.slack.messages[0].webhook == own);

    const auto kept = json::parse(google.get("http://127.0.0.1:8085/_sandbox/slack").body);
    CHECK(kept.at(0).at("message") == json::parse(message));
    CHECK(kept.at(0).at("at") == "2026-01-31T08:00:00.000Z");
}

TEST_CASE("Slack refuses what it does not understand, in its own words") {
    Google google;
    const auto [body, word] = GENERATE_COPY(table<std::string, std::string>({
        {"", "invalid_payload"},
        {"{", "invalid_payload"},
        {"[]", "invalid_payload"},
        {R"({"text":5})", "invalid_payload"},
        {R"({"text":"a","colour":"red"})", "invalid_payload"},
        {"{}", "no_text"},
        {R"({"text":""})", "no_text"},
        {R"({"blocks":[]})", "no_text"},
        {R"({"text":"a","blocks":{}})", "invalid_blocks"},
        {blocks("5"), "invalid_blocks"},
        {blocks("{}"), "invalid_blocks"},
        {blocks(R"({"type":"marquee"})"), "invalid_blocks"},
        {blocks(R"({"type":"divider"})", 51), "invalid_blocks"},
        {blocks(section(3001)), "invalid_blocks"},
        {blocks(section(0)), "invalid_blocks"},
        {blocks(R"({"type":"section"})"), "invalid_blocks"},
        {blocks(R"({"type":"section","text":"a"})"), "invalid_blocks"},
        {blocks(R"({"type":"section","text":{"type":"html","text":"a"}})"), "invalid_blocks"},
        {blocks(R"({"type":"section","fields":[]})"), "invalid_blocks"},
        {blocks(R"({"type":"context","elements":[]})"), "invalid_blocks"},
        {blocks(R"({"type":"header","text":{"type":"mrkdwn","text":"a"}})"), "invalid_blocks"},
        {blocks(R"({"type":"header","text":{"type":"plain_text","text":")" + std::string(151, 'a') +
                "\"}}"),
         "invalid_blocks"},
    }));
    CAPTURE(body.substr(0, 200));
    const auto answer = post(google, body);
    CHECK(answer.status == 400);
    CHECK(answer.body == word);
    CHECK(google.sandbox.slack.messages.empty());
}

TEST_CASE("Slack wants JSON to be called JSON") {
    Google google;
    CHECK(post(google, R"({"text":"a"})", "text/plain").body == "invalid_payload");
}

TEST_CASE("a webhook that cannot be used says why") {
    Google google;
    const auto [refusal, status] = GENERATE(table<std::string, int>({
        {"action_prohibited", 403},
        {"posting_to_general_channel_denied", 403},
        {"invalid_token", 403},
        {"no_active_hooks", 404},
        {"channel_is_archived", 410},
        {"rate_limited", 429},
        {"rollup_error", 500},
        {"user_not_found", 400},
    }));
    google.sandbox.slack.webhooks[own] = refusal;
    const auto answer = post(google, R"({"text":"a"})");
    CHECK(answer.status == status);
    CHECK(answer.body == refusal);
    CHECK((answer.headers.find("retry-after") == "30") == (status == 429));
    CHECK(google.sandbox.slack.messages.empty());
}

TEST_CASE("a webhook that nobody made does not exist") {
    Google google;
    const auto answer = post(google, R"({"text":"a"})", "application/json", "T1/B1/other");
    CHECK(answer.status == 404);
    CHECK(answer.body == "no_service");
}
