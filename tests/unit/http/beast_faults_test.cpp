#include "sheetbq/core/bytes.hpp"
#include "sheetbq/http/beast_transport.hpp"
#include "support/catch.hpp"
#include "support/loopback_server.hpp"

#include <fmt/format.h>

#include <thread>

using namespace sheetbq;
using namespace sheetbq::http;
using namespace std::chrono_literals;
using testing::answer;
using testing::LoopbackServer;
using testing::Peer;

namespace {

/// The Error that a request ends in.
Error failure(const Request& request, std::stop_token stop = {}, const BodySink* sink = nullptr) {
    BeastTransport transport{{}};
    try {
        const auto response = transport.send(request, sink, std::move(stop));
        FAIL("answered " << response.status << " " << response.body);
    } catch (const Error& error) {
        return error;
    }
    return {Code::internal, ""};
}

LoopbackServer::Script once(const std::string& text) {
    return [text](Peer& peer) {
        peer.read_request();
        peer.send(text);
    };
}

/// A port of this machine where nobody listens.
std::string refused_url() {
    const LoopbackServer gone{[](Peer&) {}};
    return gone.url();
}

}  // namespace

TEST_CASE("BeastTransport reports an answer that was cut short, with host and bytes") {
    const auto [text, bytes] = GENERATE(table<std::string, std::string>({
        {"HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345", "cut short after 5 bytes"},
        {"HTTP/1.1 500 x\r\nContent-Length: 10\r\n\r\n12345", "cut short after 5 bytes"},
        {"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
         "cut short after 3 bytes"},
        {"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcd",
         "cut short after 4 bytes"},
        {"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
         "cut short after 3 bytes"},
        {"HTTP/1.1 200 x\r\nContent-Le", "cut short after 0 bytes"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "cut short after 0 bytes"},
        {"", "without an answer"},
    }));
    CAPTURE(text);
    LoopbackServer server{once(text)};

    const auto error = failure({.url = server.url()});

    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring(bytes));
    CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1"));
    CHECK_THAT(error.hint(), ContainsSubstring("Run it again"));
}

TEST_CASE("BeastTransport reports what a sink had seen before the answer was cut short") {
    LoopbackServer server{once("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345")};
    std::string seen;
    const BodySink sink = [&](const Response&, std::string_view bytes) { seen += bytes; };
    const auto error = failure({.url = server.url()}, {}, &sink);
    CHECK(error.code() == Code::unavailable);
    CHECK(seen == "12345");
}

TEST_CASE("BeastTransport reports a connection that was reset in the middle of a body") {
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345");
        peer.pause(20ms);
        peer.reset();
    }};
    const auto error = failure({.url = server.url()});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1"));
    CHECK_THAT(error.reason(), ContainsSubstring("reset"));
}

TEST_CASE("BeastTransport reports what is not HTTP") {
    const auto text = GENERATE(
        as<std::string>{}, "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc x\r\n\r\n",
        "HTTP/1.1 200 x\r\nbad field\r\n\r\n", "HTTP/1.1 200 x\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'e'));
    LoopbackServer server{[&](Peer& peer) {
        peer.read_request();
        peer.send(text);
        peer.wait_closed();
    }};
    const auto error = failure({.url = server.url()});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1 answered something that is not HTTP"));
}

TEST_CASE("BeastTransport gives up a server that says nothing") {
    LoopbackServer server{[](Peer& peer) { peer.wait_closed(); }};
    const auto error = failure({.url = server.url(), .timeouts = {.idle = 50ms}});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("gave up waiting for 127.0.0.1"));
    CHECK_THAT(error.reason(), ContainsSubstring("nothing moved for 0.05 s"));
    CHECK_THAT(error.reason(), ContainsSubstring("0 bytes"));
}

TEST_CASE("BeastTransport gives up a server that falls silent in the middle of a body") {
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345");
        peer.wait_closed();
    }};
    const auto error = failure({.url = server.url(), .timeouts = {.idle = 50ms}});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.reason(), ContainsSubstring("5 bytes of the answer's body had come"));
}

TEST_CASE("BeastTransport gives up a server that takes nothing of an upload") {
    LoopbackServer server{[](Peer& peer) { peer.pause(10s); }};
    const std::string body(30_MiB, 'x');
    const auto error = failure(
        {.method = Method::put, .url = server.url(), .body = {body}, .timeouts = {.idle = 100ms}});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.reason(), ContainsSubstring("nothing moved for 0.1 s"));
}

TEST_CASE("BeastTransport gives up a body that drips, and one that outlasts the whole time") {
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 x\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 1000; ++i) {
            peer.send("x");
            peer.pause(10ms);
        }
    }};
    const auto [timeouts, reason] = GENERATE(table<Timeouts, std::string>({
        {{.idle = 160ms, .least_rate = 5000}, "slower than 5000 bytes a second for 0.16 s"},
        {{.idle = 10s, .total = 100ms}, "longer than 0.1 s altogether"},
    }));
    const auto error = failure({.url = server.url(), .timeouts = timeouts});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.reason(), ContainsSubstring(reason));
}

TEST_CASE("BeastTransport says who refused the connection") {
    const auto error = failure({.url = refused_url()});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("cannot connect to 127.0.0.1 port"));
    CHECK_THAT(error.reason(), ContainsSubstring("refused"));
    CHECK_THAT(error.hint(), ContainsSubstring("firewall"));
}

TEST_CASE("BeastTransport says which host has no address") {
    const auto error =
        failure({.url = "https://no-such-host.invalid/", .timeouts = {.connect = 2s}});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("no-such-host.invalid"));
}

TEST_CASE("BeastTransport refuses plain http to any other machine, whatever the proxy") {
    const auto url = GENERATE(as<std::string>{}, "http://sheets.googleapis.com/x",
                              "http://10.0.0.1/x", "http://127.0.0.1.example.com/");
    BeastTransport transport{{.https_proxy = "http://127.0.0.1:1"}};
    try {
        transport.send({.url = url}, nullptr, {});
        FAIL("sent");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.text(), ContainsSubstring("plain http"));
        CHECK_THAT(error.hint(), ContainsSubstring("Write https://"));
    }
}

TEST_CASE("BeastTransport does nothing when a stop was requested before") {
    LoopbackServer server{once(answer(200, "x"))};
    std::stop_source stop;
    stop.request_stop();
    CHECK(failure({.url = server.url()}, stop.get_token()).code() == Code::cancelled);
    CHECK(server.connections() == 0);
}

TEST_CASE("BeastTransport ends at once when a stop is requested while it waits") {
    const bool in_body = GENERATE(false, true);
    std::stop_source stop;
    LoopbackServer server{[&](Peer& peer) {
        peer.read_request();
        if (in_body) peer.send("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345");
        stop.request_stop();
        peer.wait_closed();
    }};
    const auto begin = std::chrono::steady_clock::now();
    const auto error = failure({.url = server.url()}, stop.get_token());
    CHECK(error.code() == Code::cancelled);
    CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1"));
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("BeastTransport survives a stop at any moment and is as good as before") {
    LoopbackServer server{[](Peer& peer) {
        while (!peer.read_request().empty()) {
            peer.send("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345");
            peer.send("67890");
        }
    }};
    BeastTransport transport{{}};
    int answered = 0;
    int stopped = 0;
    for (int moment = 0; moment < 300; ++moment) {
        std::stop_source stop;
        const std::jthread stopper{[&, moment] {
            const auto until =
                std::chrono::steady_clock::now() + std::chrono::microseconds{moment * 2};
            while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
            stop.request_stop();
        }};
        try {
            if (transport.send({.url = server.url()}, nullptr, stop.get_token()).body ==
                "1234567890")
                ++answered;
        } catch (const Error& error) {
            if (error.code() == Code::cancelled) ++stopped;
        }
    }
    CHECK(answered + stopped == 300);
    CHECK(transport.send({.url = server.url()}, nullptr, {}).body == "1234567890");
}
