#include "sheetbq/http/request_reader.hpp"

#include "support/catch.hpp"

#include <map>

using namespace sheetbq::http;
using Need = RequestReader::Need;

namespace {

const std::string host = "Host: x\r\n";

/// What became of a text that was fed in one piece.
struct Outcome {
    int refusal = 0;
    bool whole = false;
    std::size_t used = 0;
    Incoming request{};
    bool keep_alive = false;
};

Outcome read(const std::string& text, const ServerLimits& limits = {}) {
    RequestReader reader{limits};
    const auto used = reader.feed(text);
    return {.refusal = reader.refusal(),
            .whole = reader.need() == Need::nothing && reader.refusal() == 0,
            .used = used,
            .request = reader.request(),
            .keep_alive = reader.keep_alive()};
}

std::string get_with(const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n"; }

std::string chunked(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("a request is read with path, query, headers and body, and no byte more") {
    const std::string text =
        "POST /tick?force=1&x=%20 HTTP/1.1\r\nHost: x\r\nX-Name: \t two words \r\n"
        "content-length: 4\r\n\r\nbody";
    const auto outcome = read(text + "GET /next");
    CHECK(outcome.whole);
    CHECK(outcome.used == text.size());
    CHECK(outcome.request.method == "POST");
    CHECK(outcome.request.path == "/tick");
    CHECK(outcome.request.query == "force=1&x=%20");
    CHECK(outcome.request.headers.find("x-name") == "two words");
    CHECK(outcome.request.body == "body");
}

TEST_CASE("where the bytes are cut does not matter") {
    const auto text = chunked("3;a=b\r\nabc\r\n0002\r\nde\r\n0\r\n\r\n");
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        const ServerLimits limits;
        RequestReader reader{limits};
        std::string_view rest = text;
        while (!rest.empty()) {
            REQUIRE(reader.need() != Need::nothing);
            rest.remove_prefix(reader.feed(rest.substr(0, piece)));
        }
        CHECK(reader.need() == Need::nothing);
        CHECK(reader.refusal() == 0);
        CHECK(reader.request().body == "abcde");
    }
}

TEST_CASE("heads that two readers could understand differently are refused") {
    const auto [status, text] = GENERATE(table<int, std::string>({
        {400, "GET / HTTP/1.1\r\n\r\n"},                        // no Host
        {400, get_with("Host: x\r\nHost: y\r\n")},              // two
        {400, get_with(host + "Content-Length : 3\r\n")},       // space before the colon
        {400, get_with(host + "X: a\r\n folded\r\n")},          // folded line
        {400, get_with(host + "X: a\r\n\tfolded\r\n")},         //
        {400, get_with(" Host: x\r\n")},                        //
        {400, get_with(host + "no colon\r\n")},                 //
        {400, get_with(host + ": no name\r\n")},                //
        {400, get_with(host + "X: a\nContent-Length: 3\r\n")},  // bare line feed
        {400, get_with(host + "X: a\rContent-Length: 3\r\n")},  // bare carriage return
        {400, get_with(host + std::string("X: a\0b\r\n", 8))},  // NUL
        {400, get_with(host + "X: a\x7f\r\n")},                 //
        {400, get_with(host + "X\x80: a\r\n")},                 // name beyond ASCII
        {400, get_with(host + "Content-Length: 3\r\nContent-Length: 3\r\n")},
        {400, get_with(host + "Content-Length: 3, 3\r\n")},
        {400, get_with(host + "Content-Length: +3\r\n")},
        {400, get_with(host + "Content-Length: 0x3\r\n")},
        {400, get_with(host + "Content-Length:\r\n")},
        {400, get_with(host + "Content-Length: -1\r\n")},
        {400, get_with(host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
        {400, get_with(host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
        {400, get_with(host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        {501, get_with(host + "Transfer-Encoding: gzip, chunked\r\n")},
        {501, get_with(host + "Transfer-Encoding: xchunked\r\n")},
        {501, get_with(host + "Transfer-Encoding:\r\n")},
        {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {417, get_with(host + "Expect: a-miracle\r\n")},
        {400, "\r\n" + get_with(host)},
        {400, "GET  / HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET / x HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET /\tHTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET http://x/ HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET * HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET /#x HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET /\xc3\xa4 HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET /\r\n" + host + "\r\n"},
        {400, "G(T / HTTP/1.1\r\n" + host + "\r\n"},
        {400, "GET / http/1.1\r\n" + host + "\r\n"},
        {400, "GET / HTTP/1.10\r\n" + host + "\r\n"},
        {505, "GET / HTTP/2.0\r\n" + host + "\r\n"},
        {505, "GET / HTTP/0.9\r\n" + host + "\r\n"},
        {505, "GET / HTTP/1.2\r\n" + host + "\r\n"},
        {405, "PUT / HTTP/1.1\r\n" + host + "\r\n"},
        {405, "CONNECT /x HTTP/1.1\r\n" + host + "\r\n"},
        {405, "get / HTTP/1.1\r\n" + host + "\r\n"},
    }));
    CAPTURE(text);
    const auto outcome = read(text);
    CHECK(outcome.refusal == status);
    CHECK_FALSE(outcome.whole);
    CHECK_FALSE(outcome.keep_alive);
}

TEST_CASE("a TLS handshake is no request") {
    RequestReader reader{ServerLimits{}};
    CHECK(read(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)).refusal ==
          400);
}

TEST_CASE("a head may be as long as the limit and no byte longer") {
    const auto frame = get_with(host + "X: \r\n").size();
    const ServerLimits limits{.header_bytes = 200};
    const auto longest = get_with(host + "X: " + std::string(200 - frame, 'a') + "\r\n");
    CHECK(longest.size() == 200);
    CHECK(read(longest, limits).whole);
    CHECK(read(get_with(host + "X: " + std::string(201 - frame, 'a') + "\r\n"), limits).refusal ==
          431);
    CHECK(read(std::string(200, 'a'), limits).refusal == 431);
    CHECK(read(std::string(199, 'a'), limits).refusal == 0);
}

TEST_CASE("a head has a hundred fields at most") {
    std::string fields = host;
    for (int i = 1; i < 100; ++i) fields += "A: b\r\n";
    CHECK(read(get_with(fields)).whole);
    CHECK(read(get_with(fields + "A: b\r\n")).refusal == 431);
}

TEST_CASE("a body that is announced too long is refused before it comes") {
    const ServerLimits limits{.body_bytes = 10};
    const auto post = [](const std::string& length) {
        return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
    };
    CHECK(read(post("10"), limits).refusal == 0);
    CHECK(read(post("11"), limits).refusal == 413);
    CHECK(read(post("99999999999999999999999"), limits).refusal == 413);
    CHECK(read(post("0000000000000000000000000000010") + "0123456789", limits).whole);
}

TEST_CASE("chunks are joined, and their sum is limited before it comes") {
    const ServerLimits limits{.body_bytes = 10};
    const auto [status, text] = GENERATE(table<int, std::string>({
        {0, "a\r\n0123456789\r\n0\r\n\r\n"},
        {0, "A\r\n0123456789\r\n0\r\n\r\n"},
        {0, "5;name=\"va lue\"\r\n01234\r\n00005\r\n56789\r\n000;x\r\n\r\n"},
        {413, "b\r\n"},
        {413, "a\r\n0123456789\r\n1\r\n"},
        {413, "ffffffffffffffff\r\n"},
    }));
    CAPTURE(text);
    const auto outcome = read(chunked(text), limits);
    CHECK(outcome.refusal == status);
    CHECK(outcome.whole == (status == 0));
    if (status == 0) CHECK(outcome.request.body == "0123456789");
}

TEST_CASE("malformed chunks and trailers are refused") {
    const std::string text = GENERATE(as<std::string>{},                 //
                                      "\r\n",                            // no size
                                      "x\r\n",                           //
                                      "-1\r\n",                          //
                                      "+1\r\n",                          //
                                      "0x1\r\n",                         //
                                      " 1\r\n",                          //
                                      "1 \r\na\r\n",                     //
                                      "1\na\r\n",                        // bare line feed
                                      "1;a\nb\r\na\r\n",                 //
                                      "1;a\x01\r\na\r\n",                //
                                      "10000000000000000\r\n",           // beyond 64 bits
                                      "1\r\nab\r\n",                     // more than announced
                                      "2\r\na\r\n0\r\n\r\n",             // less
                                      "1\r\na0\r\n\r\n",                 //
                                      "0\r\nX-Trailer: a\r\n\r\n",       //
                                      "0\r\nContent-Length: 3\r\n\r\n",  //
                                      "1;" + std::string(300, 'a') + "\r\n");
    CAPTURE(text);
    CHECK(read(chunked(text)).refusal == 400);
}

TEST_CASE("a connection is kept as version and Connection say") {
    const auto [fields, version, kept] = GENERATE(table<std::string, std::string, bool>({
        {"", "1.1", true},
        {"Connection: close\r\n", "1.1", false},
        {"Connection: TE, Close\r\n", "1.1", false},
        {"Connection: TE\r\nConnection: close\r\n", "1.1", false},
        {"Connection: upgrade\r\n", "1.1", true},
        {"", "1.0", false},
        {"Connection: Keep-Alive\r\n", "1.0", true},
        {"Connection: keep-alive, close\r\n", "1.0", false},
    }));
    CAPTURE(fields, version);
    CHECK(read("GET / HTTP/" + version + "\r\n" + host + fields + "\r\n").keep_alive == kept);
}

TEST_CASE("a client of HTTP/1.1 that waits for 100 Continue is told while its body is missing") {
    const auto waits = [](const std::string& text) {
        const ServerLimits limits;
        RequestReader reader{limits};
        reader.feed(text);
        return reader.awaits_continue();
    };
    const std::string fields = "Expect: 100-Continue\r\nContent-Length: 3\r\n";
    CHECK(waits("POST / HTTP/1.1\r\n" + host + fields + "\r\n"));
    CHECK_FALSE(waits("POST / HTTP/1.1\r\n" + host + fields + "\r\nabc"));
    CHECK_FALSE(waits("POST / HTTP/1.0\r\n" + fields + "\r\n"));
    CHECK_FALSE(waits(get_with(host + "Expect: 100-continue\r\n")));
}
