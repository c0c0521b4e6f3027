#include "sheetbq/http/request_head.hpp"

#include "support/catch.hpp"

using namespace sheetbq;
using namespace sheetbq::http;

TEST_CASE("request_head decides Host and length itself and keeps the other fields") {
    const Request request{.method = Method::put,
                          .url = {},
                          .headers = {{"Authorization", "Bearer x"},
                                      {"HOST", "evil"},
                                      {"content-length", "7"},
                                      {"Transfer-Encoding", "chunked"},
                                      {"Connection", "close"},
                                      {"Content-Range", "bytes */*"}},
                          .body = {"abc", "", "de"}};

    CHECK(request_head(request, split_url("https://h.example/p?q=1")) ==
          "PUT /p?q=1 HTTP/1.1\r\nHost: h.example\r\nAuthorization: Bearer x\r\n"
          "Content-Range: bytes */*\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("request_head says a length wherever a server expects one") {
    const auto [method, text] = GENERATE(table<Method, std::string>({
        {Method::get, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
        {Method::del, "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n"},
        {Method::post, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
        {Method::put, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
        {Method::patch, "PATCH / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
    }));
    CHECK(request_head({.method = method, .url = {}}, split_url("https://h")) == text);
}

TEST_CASE("request_head names an unusual port and brackets an IPv6 address") {
    const auto [url, host] = GENERATE(table<std::string, std::string>({
        {"https://h:8443", "Host: h:8443\r\n"},
        {"http://h:443", "Host: h:443\r\n"},
        {"http://h:80", "Host: h\r\n"},
        {"http://[::1]:80", "Host: [::1]\r\n"},
        {"http://[::1]:81", "Host: [::1]:81\r\n"},
    }));
    CHECK_THAT(request_head({}, split_url(url)), ContainsSubstring(host));
}

TEST_CASE("request_head lets no value add a field of its own, and shows no secret") {
    const auto [name, value] = GENERATE(table<std::string, std::string>({
        {"Authorization", "Bearer secret\r\nX: y"},
        {"Authorization", "Bearer secret\n"},
        {"A\r\nB", "secret"},
        {"A", std::string{"secret\0", 7}},
    }));
    try {
        request_head({.url = {}, .headers = {{name, value}}}, split_url("https://h"));
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(), ContainsSubstring("Remove the line break"));
        CHECK(describe(error).find("secret") == std::string::npos);
    }
}

TEST_CASE("connect_head always names the port, and the user when there is one") {
    CHECK(connect_head({.host = "p", .port = "1", .authorization = {}}, split_url("https://h/x")) ==
          "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n");
    CHECK(connect_head({.host = "p", .port = "1", .authorization = "Basic eA=="},
                       split_url("https://[::2]:8/")) ==
          "CONNECT [::2]:8 HTTP/1.1\r\nHost: [::2]:8\r\nProxy-Authorization: Basic eA==\r\n\r\n");
}
