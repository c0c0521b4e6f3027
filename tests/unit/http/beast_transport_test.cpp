#include "sheetbq/http/beast_transport.hpp"

#include "sheetbq/core/bytes.hpp"
#include "support/catch.hpp"
#include "support/loopback_server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

using namespace sheetbq;
using namespace sheetbq::http;
using namespace std::chrono_literals;
using testing::answer;
using testing::LoopbackServer;
using testing::Peer;

namespace {

/// Answers every request of every connection alike.
LoopbackServer::Script always(const std::string& text) {
    return [text](Peer& peer) {
        while (!peer.read_request().empty()) peer.send(text);
    };
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>('a' + i * 7 % 26 + i / 1000 % 3);
    return text;
}

}  // namespace

TEST_CASE("BeastTransport sends a request as it is and brings back the whole answer") {
    LoopbackServer server{always(answer(200, "hello", "ETag: \"x\"\r\nX-A: 1\r\nx-a: 2\r\n"))};
    BeastTransport transport{{}};

    const auto response = transport.send({.method = Method::post,
                                          .url = server.url("/a%20b?c=%27d%27"),
                                          .headers = {{"Authorization", "Bearer t"}},
                                          .body = {"one", "", "two"}},
                                         nullptr, {});

    CHECK(response.status == 200);
    CHECK(response.body == "hello");
    CHECK(response.headers.find("etag") == "\"x\"");
    CHECK(response.headers.find("X-A") == "1");
    REQUIRE(server.requests().size() == 1);
    CHECK(server.requests().front() ==
          fmt::format("POST /a%20b?c=%27d%27 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"
                      "Authorization: Bearer t\r\nContent-Length: 6\r\n\r\nonetwo",
                      server.port()));
}

TEST_CASE("BeastTransport uses one connection for one request after another") {
    LoopbackServer server{always(answer(200, "x"))};
    BeastTransport transport{{}};
    for (int i = 0; i < 10; ++i)
        CHECK(transport
                  .send({.method = i % 2 == 0 ? Method::get : Method::post, .url = server.url()},
                        nullptr, {})
                  .status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport does not keep a connection that the server wants to close") {
    const auto text = GENERATE(as<std::string>{},
                               "HTTP/1.1 200 x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
                               "HTTP/1.0 200 x\r\nContent-Length: 1\r\n\r\nx",
                               "HTTP/1.1 200 x\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 500");
    LoopbackServer server{always(text)};
    BeastTransport transport{{}};
    for (int i = 0; i < 2; ++i)
        CHECK(transport.send({.url = server.url()}, nullptr, {}).body == "x");
    CHECK(server.connections() == 2);
}

TEST_CASE("BeastTransport replaces a kept connection that turned out to be closed") {
    const auto [method, bytes] = GENERATE(
        table<Method, std::string>({{Method::get, ""}, {Method::put, "chunk"}, {Method::del, ""}}));
    // The second request is read before the connection is closed: nobody can know beforehand.
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send(answer(200, std::to_string(peer.number())));
        if (peer.read_request().empty()) return;
        if (peer.number() == 1) peer.send(answer(200, "again"));
    }};
    BeastTransport transport{{}};

    CHECK(transport.send({.url = server.url()}, nullptr, {}).body == "0");
    const auto second =
        transport.send({.method = method, .url = server.url(), .body = {bytes}}, nullptr, {});

    CHECK(second.body == "1");
    CHECK(server.connections() == 2);
    CHECK(transport.send({.url = server.url()}, nullptr, {}).body == "again");
}

TEST_CASE("BeastTransport never repeats a POST or PATCH by itself") {
    const auto method = GENERATE(Method::post, Method::patch);
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send(answer(200, "x"));
        peer.read_request();
    }};
    BeastTransport transport{{}};
    transport.send({.url = server.url()}, nullptr, {});

    try {
        transport.send({.method = method, .url = server.url(), .body = {"x"}}, nullptr, {});
        FAIL("repeated");
    } catch (const Error& error) {
        CHECK(error.code() == Code::unavailable);
        CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1"));
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport does not even try a kept connection that is known to be closed") {
    std::atomic<bool> closed = false;
    LoopbackServer server{[&](Peer& peer) {
        peer.read_request();
        peer.send(answer(200, "x"));
        if (peer.number() > 0) return;
        peer.close();
        closed = true;
    }};
    BeastTransport transport{{}};
    transport.send({.url = server.url()}, nullptr, {});
    while (!closed) std::this_thread::yield();

    CHECK(transport.send({.method = Method::post, .url = server.url()}, nullptr, {}).status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("BeastTransport replaces a stale connection only once, and a fresh one never") {
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        if (peer.number() == 0) peer.send(answer(200, "x"));
        peer.read_request();
    }};
    BeastTransport transport{{}};
    transport.send({.url = server.url()}, nullptr, {});

    CHECK_THROWS_AS(transport.send({.url = server.url(), .timeouts = {.idle = 100ms}}, nullptr, {}),
                    Error);
    CHECK(server.connections() == 2);
}

TEST_CASE("BeastTransport does not follow 308, nor any other redirect") {
    const auto status = GENERATE(301, 302, 307, 308);
    LoopbackServer server{
        always(answer(status, "", "Range: bytes=0-42\r\nLocation: http://127.0.0.1:1/\r\n"))};
    BeastTransport transport{{}};

    const auto response =
        transport.send({.method = Method::put, .url = server.url(), .body = {"x"}}, nullptr, {});

    CHECK(response.status == status);
    CHECK(response.headers.find("range") == "bytes=0-42");
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport takes 308 and 204 without a body or a length, and goes on") {
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 204 No Content\r\n\r\n");
        peer.read_request();
        peer.send("HTTP/1.1 308 Resume Incomplete\r\nContent-Length: 0\r\n\r\n");
        peer.read_request();
    }};
    BeastTransport transport{{}};
    CHECK(transport.send({.method = Method::del, .url = server.url()}, nullptr, {}).status == 204);
    CHECK(transport.send({.method = Method::put, .url = server.url()}, nullptr, {}).status == 308);
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport gathers an upload of several megabytes from its pieces") {
    LoopbackServer server{always(answer(200, "ok"))};
    BeastTransport transport{{}};
    const auto text = pattern(5_MiB);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size * 2 % 65'521 + 1)
        pieces.push_back(std::string_view{text}.substr(at, size));

    CHECK(transport.send({.method = Method::put, .url = server.url(), .body = pieces}, nullptr, {})
              .status == 200);

    REQUIRE(server.requests().size() == 1);
    const auto request = server.requests().front();
    CHECK(request.substr(request.find("\r\n\r\n") + 4) == text);
}

TEST_CASE("BeastTransport hands a sink the body as it was sent, in pieces, with the head") {
    std::string body = "\x1f\x8b not inflated here: ";
    body += pattern(3_MiB);
    const auto form = GENERATE(as<std::string>{}, "length", "chunks", "until the end");
    CAPTURE(form);
    LoopbackServer server{[&](Peer& peer) {
        peer.read_request();
        if (form == "length") return peer.send(answer(200, body, "Content-Encoding: gzip\r\n"));
        peer.send("HTTP/1.1 200 x\r\nContent-Encoding: gzip\r\n");
        if (form == "until the end") return peer.send("\r\n" + body);
        peer.send("Transfer-Encoding: chunked\r\n\r\n");
        for (std::size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 % 50'021)
            peer.send(fmt::format("{:x};a=b\r\n{}\r\n", std::min(size, body.size() - at),
                                  body.substr(at, size)));
        peer.send("0\r\nX-Trailer: t\r\n\r\n");
    }};
    BeastTransport transport{{}};
    std::string received;
    std::size_t largest = 0;
    bool head_was_right = true;
    const BodySink sink = [&](const Response& head, std::string_view bytes) {
        head_was_right =
            head_was_right && head.status == 200 && head.headers.find("content-encoding") == "gzip";
        largest = std::max(largest, bytes.size());
        received += bytes;
    };

    const auto response = transport.send({.url = server.url()}, &sink, {});

    CHECK(received == body);
    CHECK(largest <= 64_KiB);
    CHECK(head_was_right);
    CHECK(response.body.empty());
    CHECK_FALSE(response.headers.find("X-Trailer"));
}

TEST_CASE("BeastTransport collects a failure's body even when there is a sink") {
    LoopbackServer server{always(answer(403, "no"))};
    BeastTransport transport{{}};
    const BodySink sink = [](const Response&, std::string_view) { throw 1; };
    const auto response = transport.send({.url = server.url()}, &sink, {});
    CHECK(response.status == 403);
    CHECK(response.body == "no");
    transport.send({.url = server.url()}, &sink, {});
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport keeps the first megabyte of a failure and all of a success") {
    const auto [status, kept] = GENERATE(table<int, std::size_t>({{500, 1_MiB}, {200, 3_MiB}}));
    const auto body = pattern(3_MiB);
    LoopbackServer server{always(answer(status, body))};
    BeastTransport transport{{}};
    const auto response = transport.send({.url = server.url()}, nullptr, {});
    CHECK(response.status == status);
    CHECK(response.body == body.substr(0, kept));
    CHECK(transport.send({.url = server.url()}, nullptr, {}).status == status);
}

TEST_CASE("BeastTransport lets through what a sink throws, unchanged, and drops the connection") {
    struct Special {
        int value;
    };
    LoopbackServer server{always(answer(200, "body"))};
    BeastTransport transport{{}};
    const BodySink sink = [](const Response&, std::string_view) { throw Special{42}; };
    try {
        transport.send({.url = server.url()}, &sink, {});
        FAIL("swallowed");
    } catch (const Special& special) {
        CHECK(special.value == 42);
    }
    CHECK(transport.send({.url = server.url()}, nullptr, {}).body == "body");
    CHECK(server.connections() == 2);
}

TEST_CASE("BeastTransport skips interim answers") {
    LoopbackServer server{always("HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" +
                                 answer(200, "x"))};
    BeastTransport transport{{}};
    const auto response = transport.send({.url = server.url()}, nullptr, {});
    CHECK(response.status == 200);
    CHECK(response.body == "x");
    CHECK_FALSE(response.headers.find("X"));
}

TEST_CASE("BeastTransport accepts long headers, up to 64 KiB") {
    const auto field = [](std::size_t size) { return "X: " + std::string(size, 'v') + "\r\n"; };
    LoopbackServer server{[&](Peer& peer) {
        peer.read_request();
        peer.send(answer(200, "x", field(60'000)));
        peer.read_request();
        peer.send(answer(200, "x", field(70'000)));
        peer.wait_closed();
    }};
    BeastTransport transport{{}};
    CHECK(transport.send({.url = server.url()}, nullptr, {}).headers.find("x")->size() == 60'000);
    CHECK_THROWS_AS(transport.send({.url = server.url()}, nullptr, {}), Error);
}

TEST_CASE("BeastTransport returns an answer that came before the body was sent") {
    // The server reads only the head; the body is far larger than what sockets hold.
    const bool closes = GENERATE(false, true);
    LoopbackServer server{[closes](Peer& peer) {
        peer.read_head();
        peer.send(answer(503, "busy", "Retry-After: 7\r\n"));
        if (!closes) peer.wait_closed();
    }};
    BeastTransport transport{{}};
    const std::string text(30_MiB, 'x');

    const auto response =
        transport.send({.method = Method::put, .url = server.url(), .body = {text}}, nullptr, {});

    CHECK(response.status == 503);
    CHECK(response.body == "busy");
    CHECK(response.headers.find("retry-after") == "7");
}

TEST_CASE("BeastTransport serves eight threads at once, each on a connection of its own") {
    LoopbackServer server{[](Peer& peer) {
        for (auto text = peer.read_request(); !text.empty(); text = peer.read_request())
            peer.send(answer(200, text.substr(text.find("\r\n\r\n") + 4)));
    }};
    BeastTransport transport{{}};
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 25; ++i) {
                    const auto text = fmt::format("{}-{}-{}", t, i, pattern(5000));
                    const auto response = transport.send(
                        {.method = Method::post, .url = server.url(), .body = {text}}, nullptr, {});
                    if (response.body == text) ++right;
                }
            });
    }
    CHECK(right == 200);
    CHECK(server.connections() <= 8);
}
