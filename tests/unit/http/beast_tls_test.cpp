#include "sheetbq/core/bytes.hpp"
#include "sheetbq/http/beast_transport.hpp"
#include "support/catch.hpp"
#include "support/loopback_server.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <atomic>
#include <thread>

using namespace sheetbq;
using namespace sheetbq::http;
using namespace std::chrono_literals;
using testing::answer;
using testing::Certificate;
using testing::LoopbackServer;
using testing::make_certificate;
using testing::Peer;
using testing::TemporaryDirectory;

namespace {

/// One certificate for this machine, in a file and in a hashed directory.
struct Trust {
    Certificate certificate;
    TemporaryDirectory directory;
    std::string file;

    explicit Trust(const std::string& names = "DNS:localhost,IP:127.0.0.1")
        : certificate{make_certificate(names)},
          file{directory.write("ca.pem", certificate.certificate_pem)} {
        directory.write(certificate.hashed_name, certificate.certificate_pem);
    }
};

void serve(Peer& peer) {
    for (auto text = peer.read_request(); !text.empty(); text = peer.read_request())
        peer.send(answer(200, text.substr(text.find("\r\n\r\n") + 4)));
}

void serve_tls(Peer& peer) {
    peer.start_tls();
    serve(peer);
}

/// A proxy that is also every host behind it.
LoopbackServer::Script proxy(const std::string& reply, bool connects = true) {
    return [=](Peer& peer) {
        peer.read_head();
        peer.send(reply);
        if (connects) serve_tls(peer);
    };
}

std::string secure(const LoopbackServer& server, std::string_view host = "127.0.0.1") {
    return fmt::format("https://{}:{}/", host, server.port());
}

Error failure(const ConnectionSettings& settings, const Request& request) {
    BeastTransport transport{settings};
    try {
        const auto response = transport.send(request, nullptr, {});
        FAIL("answered " << response.status);
    } catch (const Error& error) {
        return error;
    }
    return {Code::internal, ""};
}

}  // namespace

TEST_CASE("BeastTransport trusts SSL_CERT_FILE, for names and for addresses") {
    const Trust trust;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};
    BeastTransport transport{{.ssl_cert_file = trust.file}};
    for (const auto* host : {"127.0.0.1", "localhost", "127.0.0.1", "localhost"})
        CHECK(transport
                  .send({.method = Method::post, .url = secure(server, host), .body = {host}},
                        nullptr, {})
                  .body == host);
    CHECK(server.connections() == 2);
}

TEST_CASE("BeastTransport trusts a hashed SSL_CERT_DIR") {
    const Trust trust;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};
    BeastTransport transport{{.ssl_cert_dir = trust.directory.path().string()}};
    CHECK(transport.send({.url = secure(server)}, nullptr, {}).status == 200);
}

TEST_CASE("BeastTransport refuses a certificate that nobody it trusts has signed") {
    const Trust trust;
    const Trust other;
    const TemporaryDirectory empty;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};
    const auto which = static_cast<std::size_t>(GENERATE(0, 1, 2));
    const std::vector<ConnectionSettings> all{
        {}, {.ssl_cert_file = other.file}, {.ssl_cert_dir = empty.path().string()}};

    const auto error = failure(all[which], {.method = Method::post,
                                            .url = secure(server),
                                            .headers = {{"Authorization", "Bearer secret"}}});

    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.text(), ContainsSubstring("certificate of 127.0.0.1 is not trusted"));
    CHECK_THAT(error.reason(), ContainsSubstring("self-signed certificate") ||
                                   ContainsSubstring("signature failure"));
    CHECK_THAT(error.hint(), ContainsSubstring("SSL_CERT_FILE="));
    CHECK(server.requests().empty());
}

TEST_CASE("BeastTransport refuses a certificate for another host") {
    const auto [names, host, reason] = GENERATE(table<std::string, std::string, std::string>({
        {"DNS:example.com", "localhost", "hostname mismatch"},
        {"DNS:localhost", "127.0.0.1", "IP address mismatch"},
        {"DNS:127.0.0.1", "127.0.0.1", "IP address mismatch"},
        {"IP:127.0.0.1", "localhost", "hostname mismatch"},
    }));
    const Trust trust{names};
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};

    const auto error = failure({.ssl_cert_file = trust.file}, {.url = secure(server, host)});

    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.reason(), ContainsSubstring(reason));
    CHECK(server.requests().empty());
}

TEST_CASE("BeastTransport refuses TLS older than 1.2 and takes 1.2") {
    const auto [version, accepted] =
        GENERATE(table<int, bool>({{TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}}));
    const Trust trust;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate, .newest_tls = version}};
    const ConnectionSettings settings{.ssl_cert_file = trust.file};
    if (accepted) {
        BeastTransport transport{settings};
        CHECK(transport.send({.url = secure(server)}, nullptr, {}).status == 200);
        return;
    }
    const auto error = failure(settings, {.url = secure(server)});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.hint(), ContainsSubstring("TLS 1.2"));
    CHECK(server.requests().empty());
}

TEST_CASE("BeastTransport does not fall back when the server does not speak TLS") {
    LoopbackServer server{[](Peer& peer) {
        peer.send(answer(400, "plain"));
        peer.wait_closed();
    }};
    const auto error = failure({}, {.url = secure(server)});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("no encrypted connection to 127.0.0.1"));
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport gives up a handshake that goes nowhere") {
    LoopbackServer server{[](Peer& peer) { peer.wait_closed(); }};
    const auto error = failure({}, {.url = secure(server), .timeouts = {.connect = 50ms}});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.reason(), ContainsSubstring("no connection within 0.05 s"));
}

TEST_CASE("BeastTransport names SSL_CERT_FILE when it cannot be read") {
    const TemporaryDirectory directory;
    const auto [name, content] = GENERATE(table<std::string, std::string>(
        {{"empty.pem", ""}, {"bad.pem", "text"}, {"cut.pem", "-----BEGIN CERTIFICATE-----\n"}}));
    const auto which = GENERATE(0, 1);
    const auto file = which == 0 ? directory.write(name, content) : "/no/such/" + name;

    const auto error = failure({.ssl_cert_file = file}, {.url = "https://127.0.0.1:1/"});
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.text(), ContainsSubstring("SSL_CERT_FILE=" + file));
    CHECK_THAT(error.hint(), ContainsSubstring("unset it"));
}

TEST_CASE("BeastTransport tells a TLS stream that was cut from one that ended") {
    const bool properly = GENERATE(false, true);
    const Trust trust;
    // Neither length nor chunks: the end of the connection is the end of the body.
    LoopbackServer server{[properly](Peer& peer) {
                              peer.start_tls();
                              peer.read_request();
                              peer.send("HTTP/1.1 200 x\r\n\r\n12345");
                              if (properly) peer.close();
                              peer.truncate();
                          },
                          {.certificate = &trust.certificate}};
    const ConnectionSettings settings{.ssl_cert_file = trust.file};
    if (properly) {
        BeastTransport transport{settings};
        CHECK(transport.send({.url = secure(server)}, nullptr, {}).body == "12345");
        return;
    }
    const auto error = failure(settings, {.url = secure(server)});
    CHECK(error.code() == Code::unavailable);
    CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1 was cut short after 5 bytes"));
}

TEST_CASE("BeastTransport replaces a stale TLS connection") {
    const Trust trust;
    LoopbackServer server{[](Peer& peer) {
                              peer.start_tls();
                              peer.read_request();
                              peer.send(answer(200, std::to_string(peer.number())));
                              peer.read_request();
                              peer.truncate();
                          },
                          {.certificate = &trust.certificate}};
    BeastTransport transport{{.ssl_cert_file = trust.file}};
    CHECK(transport.send({.url = secure(server)}, nullptr, {}).body == "0");
    CHECK(transport.send({.url = secure(server)}, nullptr, {}).body == "1");
}

TEST_CASE("BeastTransport moves megabytes over TLS from eight threads at once") {
    const Trust trust;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};
    BeastTransport transport{{.ssl_cert_file = trust.file}};
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                const std::string text(300'000 + static_cast<std::size_t>(t),
                                       static_cast<char>('a' + t));
                for (int i = 0; i < 3; ++i) {
                    std::string received;
                    const BodySink sink = [&](const Response&, std::string_view bytes) {
                        received += bytes;
                    };
                    transport.send(
                        {.method = Method::put, .url = secure(server), .body = {"x", text}}, &sink,
                        {});
                    if (received == "x" + text) ++right;
                }
            });
    }
    CHECK(right == 24);
}

TEST_CASE("BeastTransport survives a stop at any moment of a handshake and an exchange") {
    const Trust trust;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};
    int answered = 0;
    int stopped = 0;
    for (int moment = 0; moment < 60; ++moment) {
        BeastTransport transport{{.ssl_cert_file = trust.file}};
        std::stop_source stop;
        const std::jthread stopper{[&, moment] {
            const auto until =
                std::chrono::steady_clock::now() + std::chrono::microseconds{moment * 50};
            while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
            stop.request_stop();
        }};
        try {
            const auto response =
                transport.send({.method = Method::post, .url = secure(server), .body = {"hi"}},
                               nullptr, stop.get_token());
            if (response.body == "hi") ++answered;
        } catch (const Error& error) {
            if (error.code() == Code::cancelled) ++stopped;
        }
    }
    CHECK(answered + stopped == 60);
}

TEST_CASE("BeastTransport returns an answer that came over TLS before the body was sent") {
    const Trust trust;
    LoopbackServer server{[](Peer& peer) {
                              peer.start_tls();
                              peer.read_head();
                              peer.send(answer(413, "too large"));
                              peer.wait_closed();
                          },
                          {.certificate = &trust.certificate}};
    BeastTransport transport{{.ssl_cert_file = trust.file}};
    const std::string body(10_MiB, 'x');
    CHECK(
        transport.send({.method = Method::put, .url = secure(server), .body = {body}}, nullptr, {})
            .status == 413);
}

TEST_CASE("BeastTransport reaches a host through the proxy, with the user's credentials") {
    const Trust trust{"DNS:sheets.test"};
    LoopbackServer server{proxy("HTTP/1.1 200 Connection established\r\n\r\n"),
                          {.certificate = &trust.certificate}};
    BeastTransport transport{
        {.https_proxy = fmt::format("http://user:p%40ss@127.0.0.1:{}", server.port()),
         .no_proxy = "other.test",
         .ssl_cert_file = trust.file}};

    for (int i = 0; i < 2; ++i)
        CHECK(transport
                  .send({.method = Method::post,
                         .url = "https://sheets.test/x",
                         .headers = {{"Authorization", "Bearer t"}},
                         .body = {"hi"}},
                        nullptr, {})
                  .body == "hi");

    const auto requests = server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[0] ==
          "CONNECT sheets.test:443 HTTP/1.1\r\nHost: sheets.test:443\r\n"
          "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n");
    CHECK_THAT(requests[1], ContainsSubstring("POST /x HTTP/1.1\r\nHost: sheets.test\r\n"));
    CHECK(server.connections() == 1);
}

TEST_CASE("BeastTransport says what a proxy refused and what to do") {
    const auto [reply, code, hint] = GENERATE(table<std::string, Code, std::string>({
        {answer(407, "who?"), Code::bad_config, "HTTPS_PROXY=http://user:password@127.0.0.1:"},
        {answer(403, ""), Code::bad_config, "NO_PROXY"},
        {answer(502, ""), Code::unavailable, "NO_PROXY"},
        {"HTTP/1.1 200 x\r\n\r\nsurprise", Code::unavailable, "NO_PROXY"},
        {"", Code::unavailable, "check the network"},
        {"nonsense\r\n\r\n", Code::unavailable, "check the network"},
    }));
    CAPTURE(reply);
    LoopbackServer server{proxy(reply, false)};
    const auto error =
        failure({.https_proxy = fmt::format("http://me:secret@127.0.0.1:{}", server.port())},
                {.url = "https://sheets.test/"});
    CHECK(error.code() == code);
    CHECK_THAT(error.text(), ContainsSubstring("127.0.0.1"));
    CHECK_THAT(error.hint(), ContainsSubstring(hint));
    CHECK(describe(error).find("secret") == std::string::npos);
}

TEST_CASE("BeastTransport checks the host's certificate behind a proxy too") {
    const Trust trust{"IP:127.0.0.1"};
    LoopbackServer server{proxy("HTTP/1.1 200 x\r\n\r\n"), {.certificate = &trust.certificate}};
    const auto error = failure({.https_proxy = server.url(), .ssl_cert_file = trust.file},
                               {.url = "https://sheets.test/"});
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.text(), ContainsSubstring("sheets.test"));
}

TEST_CASE("BeastTransport goes straight to hosts of NO_PROXY, to loopback and for plain http") {
    LoopbackServer the_proxy{proxy(answer(502, ""), false)};
    const Trust trust;
    LoopbackServer server{serve_tls, {.certificate = &trust.certificate}};
    LoopbackServer plain{serve};
    BeastTransport transport{
        {.https_proxy = the_proxy.url(), .no_proxy = ".invalid", .ssl_cert_file = trust.file}};

    CHECK(transport.send({.url = secure(server)}, nullptr, {}).status == 200);
    CHECK(transport.send({.url = plain.url()}, nullptr, {}).status == 200);
    CHECK_THROWS_AS(
        transport.send({.url = "https://no-such-host.invalid/", .timeouts = {.connect = 2s}},
                       nullptr, {}),
        Error);
    CHECK(the_proxy.connections() == 0);
}
