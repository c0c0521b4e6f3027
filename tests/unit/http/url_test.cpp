#include "sheetbq/http/url.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

using namespace sheetbq;
using namespace sheetbq::http;

TEST_CASE("escape leaves only unreserved characters as they are") {
    const auto [text, escaped] = GENERATE(table<std::string, std::string>({
        {"", ""},
        {"AZaz09-._~", "AZaz09-._~"},
        {"'My tab'!A1:Z9", "%27My%20tab%27%21A1%3AZ9"},
        {"a/b?c#d%e+f&g=h", "a%2Fb%3Fc%23d%25e%2Bf%26g%3Dh"},
        {"\xC3\xA9\xE2\x82\xAC", "%C3%A9%E2%82%AC"},
        {std::string{"\0\x7F\xFF", 3}, "%00%7F%FF"},
    }));
    CHECK(escape(text) == escaped);
}

TEST_CASE("query_string escapes names and values and keeps their order") {
    CHECK(query_string({}).empty());
    CHECK(query_string({{"b", "x y"}, {"a&", ""}, {"b", "2"}}) == "b=x%20y&a%26=&b=2");
}

TEST_CASE("split_url finds the parts that a request needs") {
    struct Row {
        std::string url, scheme, host, port, target;
    };
    const auto row = GENERATE(values<Row>({
        {"https://sheets.googleapis.com/v4/a?b=c%20d", "https", "sheets.googleapis.com", "443",
         "/v4/a?b=c%20d"},
        {"HTTPS://Example.COM", "https", "example.com", "443", "/"},
        {"http://localhost:8085/x", "http", "localhost", "8085", "/x"},
        {"http://h:/x", "http", "h", "80", "/x"},
        {"http://[::1]:81/x#part", "http", "::1", "81", "/x"},
        {"https://h?q", "https", "h", "443", "/?q"},
        {"http://127.0.0.1.example.com:81/x", "http", "127.0.0.1.example.com", "81", "/x"},
        {"http://1.2.3.4x", "http", "1.2.3.4x", "80", "/"},
        {"https://h/a%2Fb/%27t%27!A1:B2", "https", "h", "443", "/a%2Fb/%27t%27!A1:B2"},
    }));
    CAPTURE(row.url);

    const auto parts = split_url(row.url);

    CHECK(parts.scheme == row.scheme);
    CHECK(parts.host == row.host);
    CHECK(parts.port == row.port);
    CHECK(parts.target == row.target);
}

TEST_CASE("split_url refuses what is not an absolute web address, with a hint") {
    const auto url =
        GENERATE(as<std::string>{}, "", "sheets", "/v4/x", "//host/x", "ftp://h/x", "https://",
                 "https:///x", "https://h:0/", "https://h:70000/", "https://h/a b",
                 "https://h/a\r\nX: y", "https://u:p@h/", "https://[::1", "https://h%2fx/",
                 "https://1.2.3.4%41/", "https:/x", "https:x", "http://:80/", "http://[::1]x/",
                 "http://[v1.x]/", "https://h:+1/", "https://h;x/", "https://h/%zz");
    CAPTURE(url);
    try {
        split_url(url);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(), ContainsSubstring("https://sheets.googleapis.com"));
    }
}

TEST_CASE("split_url shows neither query nor credentials when it refuses") {
    const auto url =
        GENERATE(as<std::string>{}, "https://h/a b?upload_id=secret", "https://me:secret@h/");
    try {
        split_url(url);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(describe(error).find("secret") == std::string::npos);
    }
}

TEST_CASE("is_loopback knows this machine and nothing that only looks like it") {
    const auto host = GENERATE(as<std::string>{}, "localhost", "LocalHost", "127.0.0.1",
                               "127.255.3.4", "::1", "0:0:0:0:0:0:0:1");
    CHECK(is_loopback(host));
    const auto other =
        GENERATE(as<std::string>{}, "", "localhost.evil.com", "127.0.0.1.evil.com", "128.0.0.1",
                 "0.0.0.0", "127.1", "::", "::2", "10.0.0.1", "127.0.0.1 ");
    CHECK_FALSE(is_loopback(other));
}
