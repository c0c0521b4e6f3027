#include "sheetbq/auth/token_endpoint.hpp"

#include "fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::testing;
using namespace std::chrono_literals;
using auth::AccessToken;
using auth::Refusal;

namespace {

struct Endpoint {
    ScriptedTransport google;
    FakeClock clock;

    auto ask(const auth::Form& form = {{"grant_type", "x"}}, const std::string& authorization = {},
             std::stop_token stop = {}) {
        return auth::request_token({google, clock, [](auto cap) { return cap; }}, token_url, form,
                                   authorization, stop);
    }
};

}  // namespace

TEST_CASE("request_token posts the form escaped and reads token and lifetime") {
    Endpoint endpoint;
    endpoint.google.on(token_url, answers(200, token_json("ya29.a")));

    const auto answer = endpoint.ask({{"grant_type", "urn:x:y"}, {"assertion", "a+b/c=&d"}});

    REQUIRE(std::holds_alternative<AccessToken>(answer));
    CHECK(std::get<AccessToken>(answer).value == "ya29.a");
    CHECK(std::get<AccessToken>(answer).expires_at == endpoint.clock.now() + 3599s);
    REQUIRE(endpoint.google.requests().size() == 1);
    const auto sent = endpoint.google.requests()[0];
    CHECK(sent.method == http::Method::post);
    CHECK(sent.url == token_url);
    CHECK(sent.body == "grant_type=urn%3Ax%3Ay&assertion=a%2Bb%2Fc%3D%26d");
    CHECK(sent.headers.find("content-type") == "application/x-www-form-urlencoded");
    CHECK_FALSE(sent.headers.find("authorization"));
    CHECK(sent.timeouts.total <= 30s);
}

TEST_CASE("request_token reads expires_in as number or text, at most 12 hours") {
    const auto [json, lifetime] =
        GENERATE(table<std::string, std::chrono::seconds>({{"3599", 3599s},
                                                           {"\"3599\"", 3599s},
                                                           {"3599.0", 3599s},
                                                           {"0", 0s},
                                                           {"1e300", 12h},
                                                           {"\"99999999999999\"", 12h},
                                                           {"18446744073709551615", 12h}}));
    Endpoint endpoint;
    endpoint.google.on(token_url,
                       answers(200, R"({"access_token":"t","expires_in":)" + json + "}"));

    const auto answer = endpoint.ask();

    CHECK(std::get<AccessToken>(answer).expires_at == endpoint.clock.now() + lifetime);
}

TEST_CASE("request_token refuses a success that is no token, without quoting it") {
    const std::string body = GENERATE(values<std::string>({
        "",
        "<html><title>Log in to the network SECRET</title></html>",
        "[\"SECRET\"]",
        "{\"access_token\":\"SECRET\"}",
        "{\"access_token\":\"SECRET\",\"expires_in\":null}",
        "{\"access_token\":\"SECRET\",\"expires_in\":-1}",
        "{\"access_token\":\"SECRET\",\"expires_in\":\"1h\"}",
        "{\"access_token\":\"\",\"expires_in\":3599}",
        "{\"access_token\":7,\"expires_in\":3599}",
        "{\"access_token\":\"SECRET\\r\\nX-Evil: 1\",\"expires_in\":3599}",
    }));
    Endpoint endpoint;
    endpoint.google.on(token_url, answers(200, body));

    const auto error = error_of([&] { endpoint.ask(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unavailable);
    CHECK_THAT(error->hint(), ContainsSubstring("HTTPS_PROXY"));
    CHECK(describe(*error).find("SECRET") == std::string::npos);
}

TEST_CASE("request_token tries three times on passing troubles, waiting one second and two") {
    const auto [status, body] = GENERATE(table<int, std::string>({
        {408, ""},
        {429, ""},
        {500, ""},
        {502, "<html>Bad Gateway</html>"},
        {503, ""},
        {504, ""},
        {400, R"({"error":"internal_failure"})"},
        {400, R"({"error":"server_error","error_description":"x"})"},
        {401, R"({"error":"temporarily_unavailable"})"},
    }));
    Endpoint endpoint;
    endpoint.google.on(token_url, answers(status, body), 2);
    endpoint.google.on(token_url, answers(200, token_json("third")));

    const auto answer = endpoint.ask();

    CHECK(std::get<AccessToken>(answer).value == "third");
    CHECK(endpoint.clock.slept() == std::vector<std::chrono::milliseconds>{1s, 2s});
}

TEST_CASE("request_token gives up after the third trouble and says what to do") {
    const auto [status, code] =
        GENERATE(table<int, Code>({{503, Code::unavailable}, {429, Code::quota}}));
    Endpoint endpoint;
    endpoint.google.on(token_url, answers(status, "<html>no</html>"), 9);

    const auto error = error_of([&] { endpoint.ask(); });

    REQUIRE(error);
    CHECK(error->code() == code);
    CHECK_THAT(error->text(), ContainsSubstring("HTTP " + std::to_string(status)));
    CHECK_THAT(error->hint(), ContainsSubstring("status.cloud.google.com"));
    CHECK(endpoint.google.requests().size() == 3);
}

TEST_CASE("request_token repeats after a broken connection, three times in all") {
    Endpoint endpoint;
    endpoint.google.on(token_url, breaks(), 9);

    const auto error = error_of([&] { endpoint.ask(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unavailable);
    CHECK(endpoint.google.requests().size() == 3);
}

TEST_CASE("request_token waits as long as Retry-After says") {
    const auto [field, wait] =
        GENERATE(table<std::string, std::chrono::milliseconds>({{"7", 8s},  // and its own jitter
                                                                {"-7", 1s},
                                                                {"soon", 1s},
                                                                {"", 1s}}));
    Endpoint endpoint;
    endpoint.google.on(token_url, answers(503, "", {{"Retry-After", field}}));
    endpoint.google.on(token_url, answers(200, token_json("t")));

    endpoint.ask();

    CHECK(endpoint.clock.slept() == std::vector<std::chrono::milliseconds>{wait});
}

TEST_CASE("request_token asks once when the grant is refused, and hands the refusal over") {
    Endpoint endpoint;
    endpoint.google.on(
        token_url,
        answers(400,
                R"({"error":"invalid_grant","error_description":"no","error_subtype":"rapt"})"),
        9);

    const auto answer = endpoint.ask();

    REQUIRE(std::holds_alternative<Refusal>(answer));
    CHECK(std::get<Refusal>(answer).error == "invalid_grant");
    CHECK(std::get<Refusal>(answer).description == "no");
    CHECK(std::get<Refusal>(answer).subtype == "rapt");
    CHECK(std::get<Refusal>(answer).sentence() == "no (invalid_grant)");
    CHECK(endpoint.google.requests().size() == 1);
}

TEST_CASE("request_token says that something else answered when a refusal is no OAuth error") {
    const std::string body = GENERATE(values<std::string>(
        {"", "<html>Forbidden by ACME proxy</html>", "{}", "[]", "{\"error\":7}"}));
    Endpoint endpoint;
    endpoint.google.on(token_url, answers(403, body));

    const auto error = error_of([&] { endpoint.ask(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring("HTTP 403"));
    CHECK_THAT(error->hint(), ContainsSubstring("HTTPS_PROXY"));
}

TEST_CASE("request_token takes secrets out of what the service echoes") {
    Endpoint endpoint;
    endpoint.google.on(token_url, [](const SentRequest& sent) {
        const boost::json::object body{
            {"error", "invalid_grant"},
            {"error_description", "bad: " + form_value(sent.body, "refresh_token") + " and " +
                                      form_value(sent.body, "client_secret") + " and " +
                                      std::string{*sent.headers.find("authorization")}}};
        return http::Response{400, {}, boost::json::serialize(body)};
    });

    const auto answer =
        endpoint.ask({{"refresh_token", "1//secret-refresh"}, {"client_secret", "secret-client"}},
                     "Basic c2VjcmV0OnNlY3JldA==");

    CHECK(std::get<Refusal>(answer).description == "bad: [hidden] and [hidden] and [hidden]");
}

TEST_CASE("request_token stops where it is when asked to") {
    Endpoint endpoint;
    std::stop_source stop;
    endpoint.google.on(token_url, [&](const SentRequest&) {
        stop.request_stop();
        return http::Response{503, {}, ""};
    });

    const auto error = error_of([&] { endpoint.ask({}, "", stop.get_token()); });

    REQUIRE(error);
    CHECK(endpoint.google.requests().size() == 1);
}

TEST_CASE("read_refusal understands the newer envelope with its reason") {
    const auto refusal = auth::read_refusal(
        {403,
         {},
         R"({"error":{"code":403,"message":"It is disabled.","status":"PERMISSION_DENIED","details":)"
         R"([{"@type":"type.googleapis.com/google.rpc.Help"},{"reason":"SERVICE_DISABLED"}]}})"});
    CHECK(refusal.error == "PERMISSION_DENIED");
    CHECK(refusal.description == "It is disabled.");
    CHECK(refusal.subtype == "SERVICE_DISABLED");
}
