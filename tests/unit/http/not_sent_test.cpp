#include "sheetbq/http/beast_transport.hpp"
#include "support/catch.hpp"
#include "support/loopback_server.hpp"

#include <fmt/format.h>

using namespace sheetbq;
using namespace sheetbq::http;
using namespace std::chrono_literals;
using testing::answer;
using testing::LoopbackServer;
using testing::Peer;

namespace {

enum class Knows { not_sent, nothing };

/// What is known of a request after `send` has failed.
Knows after_failure(const ConnectionSettings& settings, const Request& request,
                    std::stop_token stop = {}) {
    BeastTransport transport{settings};
    try {
        const auto response = transport.send(request, nullptr, std::move(stop));
        FAIL("answered " << response.status);
    } catch (const NotSent& error) {
        CHECK_FALSE(error.text().empty());
        return Knows::not_sent;
    } catch (const Error&) {
        return Knows::nothing;
    }
    return Knows::nothing;
}

Request post(const std::string& url) {
    return {.method = Method::post, .url = url, .body = {"{}"}};
}

}  // namespace

TEST_CASE("a request for a URL that is refused was not sent") {
    const auto* url = GENERATE("no url", "ftp://127.0.0.1/", "http://example.com/");
    CHECK(after_failure({}, post(url)) == Knows::not_sent);
}

TEST_CASE("a request with a header that could break out of its line was not sent") {
    auto request = post("http://127.0.0.1:9/");
    request.headers.set("x", "a\r\nb: c");
    CHECK(after_failure({}, request) == Knows::not_sent);
}

TEST_CASE("a request to where nobody listens was not sent") {
    std::string url;
    {
        const LoopbackServer gone{[](Peer&) {}};
        url = gone.url();
    }
    CHECK(after_failure({}, post(url)) == Knows::not_sent);
}

TEST_CASE("a request to a host without an address was not sent") {
    CHECK(after_failure({}, post("https://no-such-host.invalid/")) == Knows::not_sent);
}

TEST_CASE("a request was not sent when TLS or the proxy before it did not come about") {
    LoopbackServer server{[](Peer& peer) { peer.send("HTTP/1.1 503 no\r\n\r\n"); }};
    CHECK(after_failure({}, post(fmt::format("https://127.0.0.1:{}/", server.port()))) ==
          Knows::not_sent);
    CHECK(after_failure({.https_proxy = server.url()}, post("https://example.com/")) ==
          Knows::not_sent);
}

TEST_CASE(
    "a request was not sent when the time for connecting was over, or it was stopped before") {
    LoopbackServer silent{[](Peer& peer) { peer.wait_closed(); }};
    auto request = post(fmt::format("https://127.0.0.1:{}/", silent.port()));
    request.timeouts.connect = 50ms;
    CHECK(after_failure({}, request) == Knows::not_sent);
    std::stop_source stop;
    stop.request_stop();
    CHECK(after_failure({}, post(silent.url()), stop.get_token()) == Knows::not_sent);
}

TEST_CASE("once a request is on its way, nothing is known of it when there is no answer") {
    const auto text = GENERATE(as<std::string>{}, "", "SSH-2.0\r\n\r\n",
                               "HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n12345");
    LoopbackServer server{[&](Peer& peer) {
        peer.read_request();
        peer.send(text);
    }};
    CHECK(after_failure({}, post(server.url())) == Knows::nothing);
}

TEST_CASE("nothing is known of a request that timed out waiting for its answer") {
    LoopbackServer server{[](Peer& peer) { peer.wait_closed(); }};
    auto request = post(server.url());
    request.timeouts.idle = 50ms;
    CHECK(after_failure({}, request) == Knows::nothing);
}

TEST_CASE("nothing is known of a request on a kept connection that is closed beneath it") {
    LoopbackServer server{[](Peer& peer) {
        peer.read_request();
        peer.send(answer(200, "first"));
        peer.read_request();
        peer.reset();
    }};
    BeastTransport transport{{}};
    CHECK(transport.send(post(server.url()), nullptr, {}).body == "first");
    try {
        transport.send(post(server.url()), nullptr, {});
        FAIL("answered");
    } catch (const NotSent&) {
        FAIL("it was sent");
    } catch (const Error& error) {
        CHECK(error.code() == Code::unavailable);
    }
}
