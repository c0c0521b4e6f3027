#include "sheetbq/http/server.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"
#include "unit/sandbox/raw_client.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <filesystem>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

using namespace sheetbq;
using namespace std::chrono_literals;
using http::Incoming;
using http::Response;
using http::ServerLimits;
using sandbox::testing::RawClient;

namespace {

Response echo(const Incoming& request, const std::stop_token&) {
    return {.status = 200,
            .headers = {{"Content-Type", "text/plain"}},
            .body = fmt::format("[{} {}?{} {}]", request.method, request.path, request.query,
                                request.body)};
}

/// A server that runs on a thread of its own until it is ended.
class Running {
public:
    explicit Running(http::Handler handler = echo, const ServerLimits& limits = {})
        : server_{http::listen("127.0.0.1", 0, limits, std::move(handler))},
          thread_{[this](const std::stop_token& stop) { server_->run(stop); }} {}

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

    /// What comes until the server closes.
    std::string ask(const std::string& text) const {
        RawClient client{url()};
        client.say(text);
        return client.hear();
    }
    void request_stop() { thread_.request_stop(); }
    void end() {
        thread_.request_stop();
        thread_.join();
    }

private:
    std::unique_ptr<http::Server> server_;
    std::jthread thread_;
};

/// A handler that waits to be let go, or for the server's end.
struct Gate {
    Response operator()(const Incoming&, const std::stop_token& stop) {
        begun.count_down();
        const std::stop_callback on_stop{stop, [this] { stopped.count_down(); }};
        released.wait();
        return {.status = 200, .body = "after the gate"};
    }
    http::Handler handler() {
        return [this](const Incoming& request, const std::stop_token& stop) {
            return (*this)(request, stop);
        };
    }

    std::latch begun{1};
    std::latch stopped{1};
    std::latch released{1};
};

std::string get(const std::string& target, const std::string& fields = {}) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", target, fields);
}
std::string last_get(const std::string& target) { return get(target, "Connection: close\r\n"); }

std::string post(const std::string& fields, const std::string& body) {
    return fmt::format("POST /p HTTP/1.1\r\nHost: x\r\n{}\r\n{}", fields, body);
}

bool has_something(const RawClient& client, std::chrono::milliseconds wait) {
    pollfd entry{.fd = client.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, static_cast<int>(wait.count())) > 0;
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("the server answers one request after another on a connection") {
    Running server;
    RawClient client{server.url()};
    client.say(get("/a?b=c"));
    CHECK_THAT(client.hear("?b=c ]"), ContainsSubstring("HTTP/1.1 200 OK\r\n") &&
                                          ContainsSubstring("Connection: keep-alive\r\n") &&
                                          ContainsSubstring("[GET /a?b=c ]"));
    client.say(post("Content-Length: 3\r\n", "abc"));
    CHECK_THAT(client.hear("abc]"), ContainsSubstring("[POST /p? abc]"));
    client.say(post("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"));
    CHECK_THAT(client.hear("abc]"), ContainsSubstring("[POST /p? abc]"));
    client.say(last_get("/z"));
    CHECK_THAT(client.hear(),
               ContainsSubstring("Connection: close\r\n") && ContainsSubstring("[GET /z? ]"));
}

TEST_CASE("requests sent in one go are answered in order") {
    const Running server;
    const auto answers =
        server.ask(get("/1") + post("Content-Length: 2\r\n", "22") + last_get("/3"));
    const auto first = answers.find("[GET /1? ]");
    const auto second = answers.find("[POST /p? 22]");
    const auto third = answers.find("[GET /3? ]");
    REQUIRE(third != std::string::npos);
    CHECK(first < second);
    CHECK(second < third);
}

TEST_CASE("what follows a last request is not answered") {
    const Running server;
    const auto answer = server.ask(last_get("/1") + last_get("/2"));
    CHECK_THAT(answer, ContainsSubstring("[GET /1? ]") && !ContainsSubstring("/2"));
}

TEST_CASE("HEAD gets the length and no body") {
    const Running server;
    const auto answer = server.ask("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK_THAT(answer, ContainsSubstring("Content-Length: 11\r\n"));
    CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("HTTP/1.0 gets one answer") {
    const Running server;
    CHECK_THAT(server.ask("GET /a HTTP/1.0\r\n\r\n"), ContainsSubstring("[GET /a? ]"));
}

TEST_CASE("a refused request gets a short answer that repeats nothing of it") {
    const Running server{echo, {.header_bytes = 300, .body_bytes = 20}};
    const std::string canary = "canary";
    const auto [status, text] = GENERATE(table<std::string, std::string>({
        {"400", "GET /canary\r\n\r\n"},
        {"400", get("/canary", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
        {"400", post("Transfer-Encoding: chunked\r\n", "canary\r\n")},
        {"400", post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nX: canary\r\n\r\n")},
        {"405", "DELETE /canary HTTP/1.1\r\nHost: canary\r\n\r\n"},
        {"413", post("X: canary\r\nContent-Length: 21\r\n", "")},
        {"413", post("X: canary\r\nTransfer-Encoding: chunked\r\n", "15\r\n")},
        {"417", get("/", "Expect: canary\r\n")},
        {"431", get("/canary", "X: " + std::string(300, 'a') + "\r\n")},
        {"501", get("/", "Transfer-Encoding: canary\r\n")},
        {"505", "GET /canary HTTP/3.0\r\nHost: x\r\n\r\n"},
    }));
    const auto answer = server.ask(text);
    CHECK(answer.starts_with("HTTP/1.1 " + status + " "));
    CHECK_THAT(answer, !ContainsSubstring(canary));
    CHECK_THAT(answer, ContainsSubstring("Connection: close\r\n") &&
                           ContainsSubstring("X-Content-Type-Options: nosniff\r\n") &&
                           ContainsSubstring("Cache-Control: no-store\r\n"));
    CHECK((status == "405") == (answer.find("Allow: GET, HEAD, POST\r\n") != std::string::npos));
}

TEST_CASE("a client that sends on after a refusal still gets to read it") {
    const Running server{echo, {.body_bytes = 1000}};
    RawClient client{server.url()};
    client.say(post("Content-Length: 200000\r\n", std::string(200'000, 'x')));
    CHECK_THAT(client.hear(), ContainsSubstring("HTTP/1.1 413 "));
    CHECK_FALSE(client.was_reset);
}

TEST_CASE("a head that comes in drips is given up when its time is over") {
    const Running server{echo, {.header_time = 60ms}};
    RawClient client{server.url()};
    const auto begin = std::chrono::steady_clock::now();
    client.say("GET /");
    while (!has_something(client, 5ms)) client.say("a");
    CHECK_THAT(client.hear(), ContainsSubstring("HTTP/1.1 408 "));
    CHECK(std::chrono::steady_clock::now() - begin >= 60ms);
}

TEST_CASE("a body that comes in drips is given up when its time is over") {
    const Running server{echo, {.body_time = 60ms}};
    RawClient client{server.url()};
    const auto begin = std::chrono::steady_clock::now();
    const bool chunked = GENERATE(false, true);
    client.say(post(chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: 60000\r\n", ""));
    while (!has_something(client, 5ms)) client.say(chunked ? "1\r\na\r\n" : "a");
    CHECK_THAT(client.hear(), ContainsSubstring("HTTP/1.1 408 "));
    CHECK(std::chrono::steady_clock::now() - begin >= 60ms);
}

TEST_CASE("a connection without a request is closed without a word") {
    const Running server{echo, {.header_time = 150ms}};
    RawClient client{server.url()};
    SECTION("the first") { CHECK(client.hear().empty()); }
    SECTION("another one") {
        client.say(get("/a"));
        CHECK_THAT(client.hear("/a? ]"), ContainsSubstring("200 OK"));
        CHECK(client.hear().empty());
    }
}

TEST_CASE("connections beyond the limit are closed at once, until others end") {
    const Running server{echo, {.connections = 2}};
    std::optional<RawClient> first{std::in_place, server.url()};
    RawClient second{server.url()};
    first->say(get("/1"));
    second.say(get("/2"));
    CHECK_THAT(first->hear("? ]"), ContainsSubstring("200 OK"));
    CHECK_THAT(second.hear("? ]"), ContainsSubstring("200 OK"));
    CHECK(RawClient{server.url()}.hear().empty());

    first.reset();
    std::string answer;
    while (answer.empty()) answer = server.ask(last_get("/3"));
    CHECK_THAT(answer, ContainsSubstring("[GET /3? ]"));
}

TEST_CASE("a client that has closed its own side gets its answer") {
    const Running server;
    RawClient client{server.url()};
    client.say(get("/a"));
    ::shutdown(client.descriptor(), SHUT_WR);
    CHECK_THAT(client.hear(), ContainsSubstring("[GET /a? ]"));
}

TEST_CASE("a request that ends in the middle is a bad one") {
    const Running server;
    RawClient client{server.url()};
    client.say(GENERATE(get("/a").substr(0, 10), post("Content-Length: 5\r\n", "1234"),
                        post("Transfer-Encoding: chunked\r\n", "5\r\n1234")));
    ::shutdown(client.descriptor(), SHUT_WR);
    CHECK_THAT(client.hear(), ContainsSubstring("HTTP/1.1 400 "));
}

TEST_CASE("a client that waits for 100 Continue is told to go on, or why not") {
    const Running server{echo, {.body_bytes = 10}};
    RawClient client{server.url()};
    SECTION("go on") {
        client.say(post("Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
        CHECK(client.hear("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        client.say("abc");
        CHECK_THAT(client.hear("abc]"), ContainsSubstring("HTTP/1.1 200 OK"));
    }
    SECTION("too long") {
        client.say(post("Expect: 100-continue\r\nContent-Length: 11\r\n", ""));
        CHECK(client.hear().starts_with("HTTP/1.1 413 "));
    }
    SECTION("the body came at once") {
        client.say(post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"));
        CHECK(client.hear("abc]").starts_with("HTTP/1.1 200 OK"));
    }
}

TEST_CASE("what a handler throws is not told") {
    const int kind = GENERATE(0, 1, 2);
    Running server{[kind](const Incoming&, const std::stop_token&) -> Response {
        if (kind == 0) throw Error{Code::database, "canary"}.fix("canary");
        if (kind == 1) throw std::runtime_error{"canary"};
        throw 5;
    }};
    RawClient client{server.url()};
    client.say(get("/"));
    CHECK_THAT(client.hear(" Error\n"),
               ContainsSubstring("500 Internal Server Error") && !ContainsSubstring("canary"));
}

TEST_CASE("when all workers are busy and the queue is full, clients are told to come back") {
    Gate gate;
    const Running server{gate.handler(), {.workers = 1, .waiting = 0}};
    RawClient first{server.url()};
    first.say(last_get("/"));
    gate.begun.wait();

    CHECK_THAT(server.ask(get("/")), ContainsSubstring("HTTP/1.1 503 ") &&
                                         ContainsSubstring("Retry-After: 1\r\n") &&
                                         ContainsSubstring("Connection: close\r\n"));
    gate.released.count_down();
    CHECK_THAT(first.hear(), ContainsSubstring("after the gate"));
}

TEST_CASE("as many requests are handled at the same time as there are workers") {
    std::latch both{2};
    const Running server{[&both](const Incoming&, const std::stop_token&) -> Response {
                             both.arrive_and_wait();
                             return {.status = 200, .body = "met"};
                         },
                         {.workers = 2}};
    RawClient first{server.url()};
    RawClient second{server.url()};
    first.say(last_get("/"));
    second.say(last_get("/"));
    CHECK_THAT(first.hear(), ContainsSubstring("met"));
    CHECK_THAT(second.hear(), ContainsSubstring("met"));
}

TEST_CASE("a stop lets what is being handled end, and nothing else") {
    Gate gate;
    Running server{gate.handler(), {.workers = 1, .waiting = 1}};
    RawClient idle{server.url()};
    RawClient half{server.url()};
    half.say("GET /");
    std::optional<RawClient> handled{std::in_place, server.url()};
    handled->say(get("/"));
    gate.begun.wait();
    RawClient queued{server.url()};
    queued.say(get("/"));

    server.request_stop();
    gate.stopped.wait();  // the handler's own token
    CHECK(idle.hear().empty());
    CHECK(half.hear().empty());
    // In the queue, or not even read yet.
    CHECK_THAT(queued.hear(), !ContainsSubstring("200 OK"));
    CHECK_FALSE(has_something(*handled, 0ms));

    gate.released.count_down();
    CHECK_THAT(handled->hear(), ContainsSubstring("HTTP/1.1 200 OK") &&
                                    ContainsSubstring("Connection: close\r\n") &&
                                    ContainsSubstring("after the gate"));
    handled.reset();
    server.end();
    CHECK_FALSE(RawClient{server.url()}.connected);
}

TEST_CASE("a server that was stopped before it began returns at once") {
    const auto server = http::listen("127.0.0.1", 0, {}, echo);
    std::stop_source stop;
    stop.request_stop();
    server->run(stop.get_token());
    CHECK_FALSE(RawClient{"http://127.0.0.1:" + std::to_string(server->port())}.connected);
}

TEST_CASE("a client that goes away harms nobody") {
    Gate gate;
    const Running server{[&gate](const Incoming& request, const std::stop_token& stop) {
        return request.path == "/slow" ? gate(request, stop) : echo(request, stop);
    }};
    {
        RawClient client{server.url()};
        client.say(get("/slow"));
        gate.begun.wait();
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    gate.released.count_down();
    CHECK_THAT(server.ask(last_get("/a")), ContainsSubstring("[GET /a? ]"));
}

TEST_CASE("a client that does not read its answer is given up") {
    const std::size_t size = 32U << 20U;
    const Running server{[size](const Incoming& request, const std::stop_token& stop) {
                             auto answer = echo(request, stop);
                             if (request.path == "/large") answer.body.assign(size, 'x');
                             return answer;
                         },
                         {.body_time = 40ms, .connections = 1}};
    RawClient client{server.url()};
    client.say(get("/large"));
    CHECK_FALSE(client.hear("\r\n\r\n").empty());
    // The one place is free again only when the server has closed.
    while (server.ask(last_get("/a")).empty()) continue;
    CHECK(client.hear().size() < size);
}

TEST_CASE("connections leave nothing behind") {
    const auto before = open_descriptors();
    {
        const Running server;
        for (int i = 0; i < 50; ++i) {
            RawClient{server.url()}.say("GET /");
            CHECK_THAT(server.ask(last_get("/a")), ContainsSubstring("200 OK"));
        }
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("an address that cannot be listened on is refused with what to do") {
    const Running server;
    const auto taken =
        static_cast<std::uint16_t>(std::stoul(server.url().substr(server.url().rfind(':') + 1)));
    const auto [address, port, code, hint] =
        GENERATE_REF(table<std::string, std::uint16_t, Code, std::string>({
            {"127.0.0.1", taken, Code::conflict, "choose another port"},
            {"localhost", std::uint16_t{0}, Code::bad_config, "Write 0.0.0.0"},
            {"192.0.2.1", std::uint16_t{0}, Code::bad_config, "an address of this machine"},
        }));
    try {
        http::listen(address, port, {}, echo);
        FAIL("it listens");
    } catch (const Error& error) {
        CHECK(error.code() == code);
        CHECK_THAT(error.hint(), ContainsSubstring(hint));
    }
}
