#include "sheetbq/http/proxy.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

using namespace sheetbq;
using namespace sheetbq::http;

TEST_CASE("parse_proxy reads every usual form") {
    struct Row {
        std::string setting, host, port, authorization;
    };
    const auto row = GENERATE(values<Row>({
        {"http://proxy.corp:3128", "proxy.corp", "3128", ""},
        {" http://proxy.corp/ ", "proxy.corp", "80", ""},
        {"proxy.corp:3128", "proxy.corp", "3128", ""},
        {"HTTP://[::1]:8080", "::1", "8080", ""},
        {"http://user:pass@10.0.0.1:1", "10.0.0.1", "1", "Basic dXNlcjpwYXNz"},
        {"http://user:p%40ss%3A@h:1", "h", "1", "Basic dXNlcjpwQHNzOg=="},
        {"http://10.0.0.1.corp:3128", "10.0.0.1.corp", "3128", ""},
        {"user@h:1", "h", "1", "Basic dXNlcjo="},
    }));
    CAPTURE(row.setting);

    const auto proxy = parse_proxy(row.setting);

    REQUIRE(proxy);
    CHECK(proxy->host == row.host);
    CHECK(proxy->port == row.port);
    CHECK(proxy->authorization == row.authorization);
}

TEST_CASE("parse_proxy takes an empty setting as none") {
    CHECK_FALSE(parse_proxy(""));
    CHECK_FALSE(parse_proxy("  "));
}

TEST_CASE("parse_proxy refuses the rest, with the form to write and without the password") {
    const auto setting =
        GENERATE(as<std::string>{}, "https://me:secret@h:1", "socks5://h:1", "http://",
                 "http://h:0", "http://h:99999", "http://me:secret@h h:1", "http://me:sec ret@h:1",
                 "http://me:secret%@h:1", "http://me:secret@", "http://:80");
    CAPTURE(setting);
    try {
        parse_proxy(setting);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(), ContainsSubstring("HTTPS_PROXY=http://user:password@"));
        CHECK(describe(error).find("secret") == std::string::npos);
    }
}

TEST_CASE("bypasses_proxy understands hosts, domains, ports and the star") {
    struct Row {
        std::string no_proxy, host, port;
        bool bypassed;
    };
    const auto row = GENERATE(values<Row>({
        {"", "a.com", "443", false},
        {"*", "a.com", "443", true},
        {"a.com", "a.com", "443", true},
        {"A.Com", "a.com", "443", true},
        {"a.com", "x.a.com", "443", true},
        {"a.com", "xa.com", "443", false},
        {".a.com", "x.a.com", "443", true},
        {".a.com", "xa.com", "443", false},
        {"x.a.com", "a.com", "443", false},
        {"b.com, a.com ,c.com", "a.com", "443", true},
        {"a.com:443", "a.com", "443", true},
        {"a.com:8443", "a.com", "443", false},
        {"*:443", "a.com", "443", true},
        {"10.0.0.1", "10.0.0.1", "443", true},
        {"0.0.0.1", "10.0.0.1", "443", false},
        {"::1", "::1", "443", true},
        {"[fe80::1]:443", "fe80::1", "443", true},
        {"[fe80::1]:444", "fe80::1", "443", false},
        {",, ,.", "a.com", "443", false},
    }));
    CAPTURE(row.no_proxy, row.host);
    CHECK(bypasses_proxy(row.no_proxy, row.host, row.port) == row.bypassed);
}
