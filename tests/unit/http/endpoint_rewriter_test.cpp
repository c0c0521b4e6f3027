#include "sheetbq/http/endpoint_rewriter.hpp"

#include "support/catch.hpp"

using namespace sheetbq;
using namespace sheetbq::http;

namespace {

/// Remembers where calls went.
class Recorder final : public Transport {
public:
    Response send(const Request& request, const BodySink* sink, std::stop_token stop) override {
        url = request.url;
        body = request.body.empty() ? "" : std::string{request.body.front()};
        had_sink = sink != nullptr;
        could_stop = stop.stop_possible();
        return {.status = 207};
    }
    std::string url;
    std::string body;
    bool had_sink = false;
    bool could_stop = false;
};

std::string sent_to(const Endpoints& endpoints, const std::string& url) {
    Recorder next;
    EndpointRewriter{next, endpoints}.send({.url = url}, nullptr, {});
    return next.url;
}

}  // namespace

TEST_CASE("EndpointRewriter sends calls for Google and Slack below the API root") {
    const auto [url, expected] = GENERATE(table<std::string, std::string>({
        {"https://sheets.googleapis.com/v4/x?y=z",
         "http://127.0.0.1:8085/sheets.googleapis.com/v4/x?y=z"},
        {"https://us-central1-run.googleapis.com",
         "http://127.0.0.1:8085/us-central1-run.googleapis.com"},
        {"https://secretmanager.googleapis.com/v1/projects/p/secrets/s/versions/1:access",
         "http://127.0.0.1:8085/secretmanager.googleapis.com/v1/projects/p/secrets/s/versions/"
         "1:access"},
        {"https://secretmanager.us-east1.rep.googleapis.com/v1/x",
         "http://127.0.0.1:8085/secretmanager.us-east1.rep.googleapis.com/v1/x"},
        {"https://run.googleapis.com/v2/x", "http://127.0.0.1:8085/run.googleapis.com/v2/x"},
        {"https://logging.googleapis.com/v2/x",
         "http://127.0.0.1:8085/logging.googleapis.com/v2/x"},
        {"https://www.googleapis.com/oauth2/v3/certs",
         "http://127.0.0.1:8085/www.googleapis.com/oauth2/v3/certs"},
        {"https://accounts.google.com/o?a", "http://127.0.0.1:8085/accounts.google.com/o?a"},
        {"https://hooks.slack.com/services/T/B/x",
         "http://127.0.0.1:8085/hooks.slack.com/services/T/B/x"},
        {"https://example.com/sheets.googleapis.com", "https://example.com/sheets.googleapis.com"},
        {"https://evilgoogleapis.com/x", "https://evilgoogleapis.com/x"},
        {"https://sheets.googleapis.com.evil.com/x", "https://sheets.googleapis.com.evil.com/x"},
        {"http://metadata.google.internal/x", "http://metadata.google.internal/x"},
        {"http://127.0.0.1:8085/upload/1", "http://127.0.0.1:8085/upload/1"},
    }));
    CHECK(sent_to({.api_root = "http://127.0.0.1:8085"}, url) == expected);
    CHECK(sent_to({.api_root = "http://127.0.0.1:8085/"}, url) == expected);
    CHECK(sent_to({}, url) == url);
}

TEST_CASE("EndpointRewriter sends BigQuery, and only it, to the emulator") {
    const auto root = GENERATE(as<std::string>{}, "localhost:9050", "http://localhost:9050/");
    const Endpoints both{.api_root = "http://[::1]:1", .bigquery_emulator = root};

    CHECK(sent_to(both, "https://bigquery.googleapis.com/bigquery/v2/p") ==
          "http://localhost:9050/bigquery/v2/p");
    CHECK(sent_to(both, "https://bigquery.googleapis.com/upload/bigquery/v2/p?x") ==
          "http://localhost:9050/upload/bigquery/v2/p?x");
    CHECK(sent_to(both, "https://sheets.googleapis.com/v4") ==
          "http://[::1]:1/sheets.googleapis.com/v4");
    CHECK(sent_to({.bigquery_emulator = root}, "https://sheets.googleapis.com/v4") ==
          "https://sheets.googleapis.com/v4");
}

TEST_CASE("EndpointRewriter changes nothing but the address") {
    Recorder next;
    const BodySink sink = [](const Response&, std::string_view) {};
    std::stop_source stop;
    EndpointRewriter rewriter{next, {.api_root = "https://gateway.example.com"}};

    const auto answer = rewriter.send(
        {.method = Method::post, .url = "https://www.googleapis.com/d", .body = {"text"}}, &sink,
        stop.get_token());

    CHECK(answer.status == 207);
    CHECK(next.url == "https://gateway.example.com/www.googleapis.com/d");
    CHECK(next.body == "text");
    CHECK(next.had_sink);
    CHECK(next.could_stop);
}

TEST_CASE("EndpointRewriter refuses a root that is no address or would be unencrypted") {
    const auto [endpoints, hint] = GENERATE(table<Endpoints, std::string>({
        {{.api_root = "127.0.0.1:8085"}, "SHEETBQ_API_ROOT=http://127.0.0.1:8085"},
        {{.api_root = "http://localhost/?x"}, "SHEETBQ_API_ROOT=http://127.0.0.1:8085"},
        {{.api_root = "http://10.0.0.1:8085"}, "SHEETBQ_API_ROOT=https://10.0.0.1"},
        {{.bigquery_emulator = "emulator:9050"}, "BIGQUERY_EMULATOR_HOST=https://emulator"},
        {{.bigquery_emulator = "local host"}, "BIGQUERY_EMULATOR_HOST=http://127.0.0.1:8085"},
    }));
    Recorder next;
    try {
        const EndpointRewriter rewriter{next, endpoints};
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(), ContainsSubstring(hint));
    }
}
