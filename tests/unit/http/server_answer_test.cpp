#include "sheetbq/http/server_answer.hpp"

#include "support/catch.hpp"

using namespace sheetbq::http;

namespace {

const AnswerForm kept{.head_only = false, .keep_alive = true};

}  // namespace

TEST_CASE("every answer has the headers that keep browsers from guessing") {
    const auto text = answer_text({.status = 200, .headers = {{"X-A", "b"}}, .body = "hello"}, {});
    CHECK(text ==
          "HTTP/1.1 200 OK\r\nX-A: b\r\nX-Content-Type-Options: nosniff\r\n"
          "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
          "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
}

TEST_CASE("a handler's own caching and policy stay, its framing does not") {
    const auto text = answer_text({.status = 202,
                                   .headers = {{"cache-control", "max-age=5"},
                                               {"content-security-policy", "default-src 'self'"},
                                               {"Referrer-Policy", "unsafe-url"},
                                               {"content-length", "999"},
                                               {"transfer-encoding", "chunked"},
                                               {"connection", "upgrade"}},
                                   .body = "x"},
                                  kept);
    CHECK_THAT(text, ContainsSubstring("cache-control: max-age=5\r\n"));
    CHECK_THAT(text, ContainsSubstring("content-security-policy: default-src 'self'\r\n"));
    CHECK_THAT(text, ContainsSubstring("Referrer-Policy: no-referrer\r\n"));
    CHECK_THAT(text, ContainsSubstring("Content-Length: 1\r\nConnection: keep-alive\r\n\r\nx"));
    CHECK_THAT(text, !ContainsSubstring("no-store"));
    CHECK_THAT(text, !ContainsSubstring("'none'"));
    CHECK_THAT(text, !ContainsSubstring("unsafe-url"));
    CHECK_THAT(text, !ContainsSubstring("999"));
    CHECK_THAT(text, !ContainsSubstring("chunked"));
    CHECK_THAT(text, !ContainsSubstring("upgrade"));
}

TEST_CASE("an answer to HEAD says how long the body would be") {
    const auto text =
        answer_text({.status = 200, .body = "hello"}, {.head_only = true, .keep_alive = true});
    CHECK_THAT(text, ContainsSubstring("Content-Length: 5\r\n"));
    CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("answers without a body have no length") {
    const int status = GENERATE(204, 304);
    const auto text = answer_text({.status = status, .body = "ignored"}, kept);
    CHECK_THAT(text, !ContainsSubstring("Content-Length"));
    CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("an answer that would break the protocol becomes a 500") {
    const Response answer = GENERATE(values<Response>({
        {.status = 200, .headers = {{"Location", "/a\r\nSet-Cookie: b"}}},
        {.status = 200, .headers = {{"Location", "/a\nb"}}},
        {.status = 200, .headers = {{"Location", std::string("a\0b", 3)}}},
        {.status = 200, .headers = {{"Bad name", "a"}}},
        {.status = 200, .headers = {{"", "a"}}},
        {.status = 200, .headers = {{"A:", "a"}}},
        {.status = 100},
        {.status = 600},
        {.status = 0},
    }));
    const auto text = answer_text(answer, {});
    CHECK(text.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK_THAT(text, !ContainsSubstring("Cookie"));
}

TEST_CASE("short answers say what clients need to come back") {
    CHECK(short_answer(503).headers.find("retry-after") == "1");
    CHECK(short_answer(405).headers.find("allow") == "GET, HEAD, POST");
    CHECK(short_answer(431).body == "431 Request Header Fields Too Large\n");
    CHECK_FALSE(short_answer(400).headers.find("retry-after"));
}
