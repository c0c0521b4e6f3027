#include "sheetbq/gcp/slack.hpp"

#include "sandbox/sandbox.hpp"
#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/scripted_transport.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using namespace std::chrono_literals;
using testing::answers;

namespace {

const std::string own = "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
const std::string webhook = "https://hooks.slack.com/services/" + own;
const std::string message = R"({"text":"hello"})";

struct World {
    testing::FakeClock clock;
    sandbox::Sandbox google{clock};
    gcp::Slack slack{google, Secret{webhook}, clock};
};

/// What a Slack that answers so makes of a post.
gcp::SlackAnswer answered(int status, const std::string& body, http::Headers headers = {}) {
    testing::FakeClock clock;
    testing::ScriptedTransport transport;
    transport.on(webhook, answers(status, body, std::move(headers)));
    return gcp::Slack{transport, Secret{webhook}, clock}.post(message, {});
}

}  // namespace

TEST_CASE("a message is posted as JSON, in five seconds at most") {
    testing::FakeClock clock;
    testing::ScriptedTransport transport;
    transport.on(webhook, answers(200, "ok"));
    gcp::Slack slack{transport, Secret{webhook}, clock};
    const auto answer = slack.post(message, {});
    CHECK(answer.sent);
    CHECK(answer.error.empty());
    const auto sent = transport.requests().at(0);
    CHECK(sent.url == webhook);
    CHECK(sent.method == http::Method::post);
    CHECK(sent.body == message);
    CHECK(sent.headers.find("content-type") == "application/json");
    CHECK(sent.timeouts.total == 5s);
}

TEST_CASE("the sandbox's Slack takes the message") {
    World world;
    CHECK(world.slack.post(message, {}).sent);
    REQUIRE(world.google.slack.messages.size() == 1);
    CHECK(world.google.slack.messages[0].payload.at("text") == "hello");
}

TEST_CASE("what Slack will never take is not worth another try") {
    const auto [status, body, permanent,
                error] = GENERATE(table<int, std::string, bool, std::string>({
        {400, "invalid_payload", true, "Slack answered HTTP 400: invalid_payload"},
        {403, "action_prohibited\n", true, "Slack answered HTTP 403: action_prohibited"},
        {404, "no_service", true, "Slack answered HTTP 404: no_service"},
        {404, "<html>canary</html>", true, "Slack answered HTTP 404, without a word of its own"},
        {410, "channel_is_archived", true, "Slack answered HTTP 410: channel_is_archived"},
        {302, "", true, "Slack answered HTTP 302, without a word of its own"},
        {408, "", false, "Slack answered HTTP 408, without a word of its own"},
        {429, "rate_limited", false, "Slack answered HTTP 429: rate_limited"},
        {500, "rollup_error", false, "Slack answered HTTP 500: rollup_error"},
        {503, "canary " + own, false, "Slack answered HTTP 503, without a word of its own"},
        {200, "<html>Log in</html>", false, "Slack answered HTTP 200, without a word of its own"},
        {200, "", false, "Slack answered HTTP 200, without a word of its own"},
        {202, "ok", false, "Slack answered HTTP 202: ok"},
    }));
    CAPTURE(status, body);
    const auto answer = answered(status, body);
    CHECK_FALSE(answer.sent);
    CHECK(answer.permanent == permanent);
    CHECK(answer.error == error);
}

TEST_CASE("how long to wait is read in seconds or as a date, up to an hour") {
    const auto [text, wait] =
        GENERATE(table<std::string, std::optional<std::chrono::milliseconds>>({
            {"30", 30s},
            {"0", 0s},
            {"999999", 1h},
            {"Sat, 31 Jan 2026 08:02:00 GMT", 2min},
            {"soon", std::nullopt},
        }));
    CAPTURE(text);
    CHECK(answered(429, "rate_limited", {{"retry-after", text}}).retry_after == wait);
}

TEST_CASE("a network that fails is told, without the webhook's address") {
    World world;
    world.google.fail({.path_contains = "/services/", .reset = true});
    const auto answer = world.slack.post(message, {});
    CHECK_FALSE(answer.sent);
    CHECK_FALSE(answer.permanent);
    CHECK_THAT(answer.error, ContainsSubstring("the connection was reset"));
    CHECK_THAT(answer.error, !ContainsSubstring("T00000000"));
    CHECK_THAT(answer.error, !ContainsSubstring("XXXX"));
    CHECK_THAT(answer.error, ContainsSubstring("hooks.slack.com/services/[hidden]"));
}

TEST_CASE("what is thrown by anything else is told, too") {
    testing::FakeClock clock;
    testing::ScriptedTransport transport;
    transport.on(webhook, [](const auto&) -> http::Response {
        throw std::runtime_error{"broken at " + own};
    });
    gcp::Slack slack{transport, Secret{webhook}, clock};
    CHECK(slack.post(message, {}).error == "broken at [hidden]");
}

TEST_CASE("a stop is the one thing that is thrown") {
    World world;
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(world.slack.post(message, stop.get_token()), Error);
}

TEST_CASE("only a webhook of Slack's, or one on this machine, is taken") {
    const auto [address, good] = GENERATE(table<std::string, bool>({
        {webhook, true},
        {" " + webhook + "\n", true},
        {"https://HOOKS.slack.com/services/T/B/canary", true},
        {"http://127.0.0.1:8085/hooks.slack.com/services/T/B/canary", true},
        {"http://localhost:1/canary", true},
        {"https://hooks.slack.com:443/services/canary", true},
        {"http://hooks.slack.com/services/T/B/canary", false},
        {"https://hooks.slack.com:8443/services/T/B/canary", false},
        {"https://hooks.slack.com/services/", false},
        {"https://hooks.slack.com/canary", false},
        {"https://hooks.slack.com.evil.com/services/T/B/canary", false},
        {"https://evil.com/services/T/B/canary", false},
        {"https://user:canary@hooks.slack.com/services/T/B/canary", false},
        {"https://127.0.0.1.evil.com/canary", false},
        {"hooks.slack.com/services/T/B/canary", false},
        {"canary", false},
        {"ftp://hooks.slack.com/services/canary", false},
        {"https://hooks.slack.com/services/T/B/can ary", false},
        {"", false},
        {" \n", false},
    }));
    CAPTURE(address);
    testing::FakeClock clock;
    testing::ScriptedTransport transport;
    try {
        gcp::Slack{transport, Secret{address}, clock};
        CHECK(good);
    } catch (const Error& error) {
        CHECK_FALSE(good);
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(describe(error), !ContainsSubstring("canary"));
        CHECK_THAT(error.hint(), ContainsSubstring("https://api.slack.com/apps"));
    }
}

TEST_CASE("slack_escape lets nothing call people, link, format or break lines") {
    const auto [text, shown] = GENERATE(table<std::string, std::string>({
        {"Orders 2026", "Orders 2026"},
        {"a & b < c > d", "a &amp; b &lt; c &gt; d"},
        {"&lt;", "&amp;lt;"},
        {"<!channel>", "&lt;!channel&gt;"},
        {"<@U123|boss>", "&lt;@U123|boss&gt;"},
        {"<http://evil|https://bank>", "&lt;http://evil|https://bank&gt;"},
        {"@channel", "@\u2060channel"},
        {"hi @HERE!", "hi @\u2060HERE!"},
        {"(@everyone)", "(@\u2060everyone)"},
        {"@channels @hereby", "@channels @hereby"},
        {"etl@here.com", "etl@here.com"},
        {"one\r\ntwo\tthree", "one  two three"},
        {std::string("a\0b\x1b[31m\x7f", 9), "a b [31m "},
        {"a\u202etxt.exe\u2069b", "a txt.exe b"},
        {"a\u2028b", "a b"},
        {"my_table_2 = a*b", "my_table_2 = a*b"},
        {"*bold* _it_ ~no~ `code`",
         "\u2217bold\u2217 \u02cdit\u02cd \u223cno\u223c \u02cbcode\u02cb"},
        {"```x```", "\u02cb\u02cb\u02cbx\u02cb\u02cb\u02cb"},
        {"a * b", "a \u2217 b"},
        {"Müller_Söhne", "Müller_Söhne"},
        {"🎉 Zürich", "🎉 Zürich"},
        {"", ""},
    }));
    CAPTURE(text);
    CHECK(gcp::slack_escape(text) == shown);
}
