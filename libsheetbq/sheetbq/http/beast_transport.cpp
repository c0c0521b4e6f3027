#include "sheetbq/http/beast_transport.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/http/deadlines.hpp"
#include "sheetbq/http/failures.hpp"
#include "sheetbq/http/proxy.hpp"
#include "sheetbq/http/request_head.hpp"
#include "sheetbq/http/tls.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>

// Coroutines in this file: named functions only, reference parameters to objects that outlive the
// call, no lambda coroutine, no braced temporary inside a co_await. g++ 12 miscompiles the rest.
namespace sheetbq::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t read_size = 64_KiB;
constexpr std::size_t header_limit = 64_KiB;
constexpr std::size_t kept_of_failure = 1_MiB;
constexpr std::size_t reserved_at_most = 8_MiB;
constexpr std::size_t most_idle = 16;
constexpr std::chrono::seconds idle_lifetime{60};

auto into(error_code& problem) { return asio::redirect_error(asio::use_awaitable, problem); }

/// One connection with the loop that only the thread using it drives.
struct Connection {
    asio::io_context loop{1};
    tcp::socket socket{loop};
    std::optional<asio::ssl::stream<tcp::socket&>> tls;
    beast::flat_buffer buffer;
    std::string key;
    SteadyTime idle_since;

    Connection() { buffer.reserve(read_size); }

    /// Ends whatever is pending on it.
    void close() {
        error_code ignored;
        socket.close(ignored);
    }

    /// Nothing has come and the other side has not closed.
    bool quiet() {
        error_code problem;
        char byte = 0;
        socket.non_blocking(true, problem);
        if (problem) return false;
        socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, problem);
        return problem == asio::error::would_block;
    }
};

asio::awaitable<std::size_t> read_some(Connection& connection, asio::mutable_buffer room,
                                       error_code& problem) {
    if (connection.tls) co_return co_await connection.tls->async_read_some(room, into(problem));
    co_return co_await connection.socket.async_read_some(room, into(problem));
}

asio::awaitable<std::size_t> write_some(Connection& connection,
                                        std::span<const asio::const_buffer> pieces,
                                        error_code& problem) {
    if (connection.tls) co_return co_await connection.tls->async_write_some(pieces, into(problem));
    co_return co_await connection.socket.async_write_some(pieces, into(problem));
}

/// What is left of `pieces` once `bytes` of them are sent.
std::span<asio::const_buffer> after(std::span<asio::const_buffer> pieces, std::size_t bytes) {
    while (!pieces.empty() && bytes >= pieces.front().size()) {
        bytes -= pieces.front().size();
        pieces = pieces.subspan(1);
    }
    if (!pieces.empty()) pieces.front() += bytes;
    return pieces;
}

/// One request and its answer on one connection.
struct Exchange {
    Deadlines& deadlines;
    const BodySink* sink;
    std::string head;
    std::vector<asio::const_buffer> out;
    bool is_connect = false;  // whose answer has no body

    bool sent = false;
    bool answered = false;
    bool reusable = false;  // as far as the answer says
    bool begun = false;     // a byte of the answer has come
    Response response{};
    std::uint64_t body_bytes = 0;
    error_code read_problem{};
    error_code parse_problem{};

    Exchange(Deadlines& limits, const BodySink* to, std::string text,
             const std::vector<std::string_view>& body)
        : deadlines{limits}, sink{to}, head{std::move(text)} {
        out.reserve(body.size() + 1);
        out.emplace_back(head.data(), head.size());
        for (const auto piece : body)
            if (!piece.empty()) out.emplace_back(piece.data(), piece.size());
    }
    Exchange(const Exchange&) = delete;  // `out` points into `head`
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() = default;

    bool succeeded() const { return response.status / 100 == 2; }
    /// The real answer follows.
    bool interim() const { return response.status / 100 == 1; }

    void take(std::string_view bytes) {
        if (body_bytes == 0) deadlines.body_begins(steady_clock::now());
        body_bytes += bytes.size();
        if (!succeeded()) {
            response.body.append(bytes.substr(0, kept_of_failure - response.body.size()));
        } else if (sink == nullptr) {
            response.body.append(bytes);
        } else {
            const auto before = steady_clock::now();
            (*sink)(response, bytes);
            const auto now = steady_clock::now();
            deadlines.paused(now - before, now);
        }
    }

    /// More of a failure's text is not worth waiting for.
    bool full() const { return !succeeded() && response.body.size() >= kept_of_failure; }
};

/// Hands the body on straight from the receive buffer.
class AnswerParser final : public beast::http::basic_parser<false> {
public:
    explicit AnswerParser(Exchange& exchange) : exchange_{exchange} {
        http::Response nothing;
        exchange.response = std::move(nothing);
        basic_parser::header_limit(http::header_limit);
        body_limit(boost::none);
        eager(true);
        skip(exchange.is_connect);
    }

    /// Parses what `buffer` holds.
    void feed(beast::flat_buffer& buffer, error_code& problem) {
        while (buffer.size() > 0 && !is_done() && !exchange_.full()) {
            buffer.consume(put(buffer.data(), problem));
            if (problem) break;
        }
        if (problem == beast::http::error::need_more) problem = {};
        // Only a chunk's extensions can be this long; the parser has no limit for them.
        if (!problem && !is_done() && !exchange_.full() && buffer.size() > http::header_limit)
            problem = beast::http::error::header_limit;
    }

    /// The connection's end is rightly the end of the answer: it said no length.
    bool ended() {
        if (exchange_.read_problem != asio::error::eof || !is_header_done()) return false;
        error_code early;
        put_eof(early);
        return !early;
    }

private:
    using Text = beast::string_view;

    void on_request_impl(beast::http::verb, Text, Text, int, error_code&) override {}
    void on_response_impl(int status, Text, int, error_code&) override {
        exchange_.response.status = status;
    }
    void on_field_impl(beast::http::field, Text name, Text value, error_code&) override {
        if (!is_header_done())  // else it is a trailer
            exchange_.response.headers.add({name.data(), name.size()},
                                           {value.data(), value.size()});
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code&) override {
        if (size && exchange_.sink == nullptr)
            exchange_.response.body.reserve(std::min<std::uint64_t>(*size, reserved_at_most));
    }
    std::size_t on_body_impl(Text bytes, error_code&) override {
        exchange_.take({bytes.data(), bytes.size()});
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, error_code&) override {
        exchange_.take({bytes.data(), bytes.size()});
        return bytes.size();
    }
    void on_finish_impl(error_code&) override {}

    Exchange& exchange_;
};

asio::awaitable<void> write_request(Connection& connection, Exchange& exchange) {
    error_code problem;
    std::span<asio::const_buffer> rest{exchange.out};
    if (rest.size() > 1) exchange.deadlines.body_begins(steady_clock::now());
    while (!rest.empty() && !problem) {
        const auto count = co_await write_some(connection, rest, problem);
        exchange.deadlines.moved(count, steady_clock::now());
        rest = after(rest, count);
    }
    // A failure is for the reader to find: there may be an answer that explains it.
    exchange.sent = rest.empty();
    if (!exchange.begun) exchange.deadlines.body_ends();
}

/// @returns false at the end of the connection.
asio::awaitable<bool> receive(Connection& connection, Exchange& exchange) {
    const auto room = connection.buffer.prepare(read_size);
    const auto count = co_await read_some(connection, room, exchange.read_problem);
    connection.buffer.commit(count);
    exchange.begun = exchange.begun || count > 0;
    exchange.deadlines.moved(count, steady_clock::now());
    co_return !exchange.read_problem;
}

asio::awaitable<void> read_answer(Connection& connection, Exchange& exchange) {
    std::optional<AnswerParser> parser{std::in_place, exchange};
    while (true) {
        parser->feed(connection.buffer, exchange.parse_problem);
        if (exchange.parse_problem || exchange.full()) break;
        if (parser->is_done() && !exchange.interim()) break;
        if (parser->is_done())
            parser.emplace(exchange);
        else if (!co_await receive(connection, exchange) && !parser->ended())
            co_return;
    }
    exchange.answered = !exchange.parse_problem;
    exchange.reusable = exchange.answered && parser->is_done() && connection.buffer.size() == 0 &&
                        !exchange.read_problem && (exchange.is_connect || parser->keep_alive());
}

/// How the coroutines on one connection fare.
struct Work {
    int running = 0;
    std::exception_ptr failure;
    bool stopped = false;
    std::optional<std::string> expired;

    void start(Connection& connection, asio::awaitable<void> coroutine, bool& ended) {
        ++running;
        asio::co_spawn(connection.loop, std::move(coroutine),
                       [this, &ended](const std::exception_ptr& thrown) {
                           --running;
                           ended = true;
                           if (thrown && !failure) failure = thrown;
                       });
    }

    /// Runs the connection on this thread until `ended`. Closes it when a deadline passes, when
    /// `stop` is requested, and when something is still under way at the end.
    void drive(Connection& connection, Deadlines& deadlines, const std::stop_token& stop,
               const bool& ended) {
        connection.loop.restart();
        {
            const std::stop_callback on_stop{stop, [&] {
                                                 asio::post(connection.loop, [&] {
                                                     stopped = true;
                                                     connection.close();
                                                 });
                                             }};
            while (!ended) {
                if (connection.loop.run_one_until(deadlines.next()) > 0) continue;
                expired = deadlines.expired(steady_clock::now());
                if (expired) break;
            }
        }
        // A stop that came too late must not reach the next exchange.
        connection.loop.restart();
        connection.loop.poll();
        if (running == 0) return;
        connection.close();
        connection.loop.restart();
        connection.loop.run();
    }
};

/// Where and how to connect, and to whom.
struct Route {
    const UrlParts& url;
    const Proxy* proxy;           // null: straight
    asio::ssl::context* context;  // null: plain
    std::vector<tcp::endpoint> endpoints;

    const std::string& next_host() const { return proxy == nullptr ? url.host : proxy->host; }
    const std::string& next_port() const { return proxy == nullptr ? url.port : proxy->port; }
};

asio::awaitable<void> open_tunnel(Connection& connection, const Route& route,
                                  Deadlines& deadlines) {
    Exchange exchange{deadlines, nullptr, connect_head(*route.proxy, route.url), {}};
    exchange.is_connect = true;
    co_await write_request(connection, exchange);
    co_await read_answer(connection, exchange);
    if (exchange.parse_problem) throw not_http(route.proxy->host, exchange.parse_problem.message());
    if (!exchange.answered)
        throw cut_short(route.proxy->host, exchange.begun, 0, exchange.read_problem.message());
    if (!exchange.succeeded() || !exchange.reusable)
        throw proxy_refused(route.proxy->host + ":" + route.proxy->port, route.url.host,
                            exchange.response.status);
}

asio::awaitable<void> shake_hands(Connection& connection, const Route& route) {
    auto& tls = connection.tls.emplace(connection.socket, *route.context);
    expect_host(tls.native_handle(), route.url.host);
    error_code problem;
    co_await tls.async_handshake(asio::ssl::stream_base::client, into(problem));
    if (!problem) co_return;
    if (auto reason = certificate_problem(tls.native_handle()))
        throw not_trusted(route.url.host, *std::move(reason));
    throw no_tls(route.url.host, problem.message());
}

asio::awaitable<void> connect(Connection& connection, const Route& route, Deadlines& deadlines) {
    error_code problem;
    co_await asio::async_connect(connection.socket, route.endpoints, into(problem));
    if (problem) throw unreachable(route.next_host(), route.next_port(), problem.message());
    connection.socket.set_option(tcp::no_delay(true), problem);
    ::fcntl(connection.socket.native_handle(), F_SETFD, FD_CLOEXEC);  // not for child processes
    if (route.proxy != nullptr) co_await open_tunnel(connection, route, deadlines);
    if (route.context != nullptr) co_await shake_hands(connection, route);
}

/// A name on its way to addresses. getaddrinfo cannot be interrupted, so its thread is left behind
/// when nobody waits for it any more, and ends by itself.
struct Lookup {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool done = false;
    error_code problem;
    std::vector<tcp::endpoint> endpoints;

    void run(const std::string& host, const std::string& port) {
        asio::io_context loop;
        tcp::resolver resolver{loop};
        error_code failed;
        const auto found = resolver.resolve(host, port, failed);
        const std::lock_guard lock{mutex};
        problem = failed;
        for (const auto& entry : found) endpoints.push_back(entry.endpoint());
        done = true;
        changed.notify_all();
    }
};

std::vector<tcp::endpoint> resolve(const std::string& host, const std::string& port,
                                   Deadlines& deadlines, const std::stop_token& stop) {
    error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) return {{address, static_cast<std::uint16_t>(std::stoul(port))}};

    const auto lookup = std::make_shared<Lookup>();
    std::thread{[lookup, host, port] { lookup->run(host, port); }}.detach();
    std::unique_lock lock{lookup->mutex};
    while (
        !lookup->changed.wait_until(lock, stop, deadlines.next(), [&] { return lookup->done; })) {
        if (stop.stop_requested()) throw stopped(host);
        if (auto why = deadlines.expired(steady_clock::now())) throw gave_up(host, *std::move(why));
    }
    if (lookup->problem) throw unknown_host(host, lookup->problem.message());
    return lookup->endpoints;
}

bool may_be_plain(const std::string& host) {
    return is_loopback(host) || host == "metadata.google.internal" || host == "169.254.169.254";
}

UrlParts checked_url(const std::string& text, const std::stop_token& stop) {
    auto url = split_url(text);
    if (url.scheme == "http" && !may_be_plain(url.host)) throw plain_refused(url);
    if (stop.stop_requested()) throw stopped(url.host);
    return url;
}

/// Does what comes before anything of a request is written.
template <class Step>
auto before_writing(Step&& step) {
    try {
        return step();
    } catch (const Error& error) {
        throw NotSent{error};
    }
}

bool repeatable(Method method) {
    return method == Method::get || method == Method::put || method == Method::del;
}

/// A kept connection was closed at the other end before this request reached it.
bool was_stale(const Exchange& exchange) {
    const auto& problem = exchange.read_problem;
    return !exchange.begun &&
           (problem == asio::error::eof || problem == asio::error::connection_reset ||
            problem == asio::error::broken_pipe || problem == asio::ssl::error::stream_truncated);
}

/// @throws the Error that explains why `exchange` has no answer.
[[noreturn]] void explain(const Exchange& exchange, Work& work, const std::string& host) {
    if (work.stopped) throw stopped(host);
    if (work.expired)
        throw gave_up(host, fmt::format("{}; {} bytes of the answer's body had come", *work.expired,
                                        exchange.body_bytes));
    if (exchange.parse_problem) throw not_http(host, exchange.parse_problem.message());
    throw cut_short(host, exchange.begun, exchange.body_bytes, exchange.read_problem.message());
}

}  // namespace

class BeastTransport::Pool {
public:
    explicit Pool(ConnectionSettings settings)
        : settings_{std::move(settings)}, proxy_{parse_proxy(settings_.https_proxy)} {}

    Response send(const Request& request, const BodySink* sink, const std::stop_token& stop) {
        const auto url = before_writing([&] { return checked_url(request.url, stop); });
        const auto head = before_writing([&] { return request_head(request, url); });
        Deadlines deadlines{request.timeouts, steady_clock::now()};
        const auto key = fmt::format("{}://{}", url.scheme, authority(url));
        auto connection = take(key);
        const bool kept = connection != nullptr;
        if (!kept) connection = before_writing([&] { return open(url, deadlines, stop); });
        Exchange exchange{deadlines, sink, head, request.body};
        if (run(connection, exchange, url.host, kept && repeatable(request.method), stop))
            return std::move(exchange.response);

        deadlines.connecting(steady_clock::now());
        connection = open(url, deadlines, stop);
        Exchange again{deadlines, sink, head, request.body};
        run(connection, again, url.host, false, stop);
        return std::move(again.response);
    }

private:
    /// @returns false when the connection turned out to be closed and `may_be_stale`.
    bool run(std::unique_ptr<Connection>& connection, Exchange& exchange, const std::string& host,
             bool may_be_stale, const std::stop_token& stop) {
        Work work;
        bool written = false;
        bool read = false;
        exchange.deadlines.connected(steady_clock::now());
        work.start(*connection, write_request(*connection, exchange), written);
        work.start(*connection, read_answer(*connection, exchange), read);
        work.drive(*connection, exchange.deadlines, stop, read);
        if (work.failure) std::rethrow_exception(work.failure);
        if (exchange.answered) {
            if (exchange.reusable && exchange.sent) keep(std::move(connection));
            return true;
        }
        if (may_be_stale && !work.stopped && !work.expired && was_stale(exchange)) return false;
        explain(exchange, work, host);
    }

    std::unique_ptr<Connection> open(const UrlParts& url, Deadlines& deadlines,
                                     const std::stop_token& stop) {
        try {
            return establish(url, deadlines, stop);
        } catch (const std::system_error& error) {  // no thread for the look-up
            throw unreachable(url.host, url.port, error.what());
        } catch (const boost::system::system_error& error) {  // no descriptors left
            throw unreachable(url.host, url.port, error.what());
        }
    }

    std::unique_ptr<Connection> establish(const UrlParts& url, Deadlines& deadlines,
                                          const std::stop_token& stop) {
        const bool secure = url.scheme == "https";
        const bool straight = !secure || !proxy_ || is_loopback(url.host) ||
                              bypasses_proxy(settings_.no_proxy, url.host, url.port);
        Route route{.url = url,
                    .proxy = straight ? nullptr : &*proxy_,
                    .context = secure ? &context() : nullptr,
                    .endpoints = {}};
        route.endpoints = resolve(route.next_host(), route.next_port(), deadlines, stop);

        auto connection = std::make_unique<Connection>();
        connection->key = fmt::format("{}://{}", url.scheme, authority(url));
        Work work;
        bool ended = false;
        work.start(*connection, connect(*connection, route, deadlines), ended);
        work.drive(*connection, deadlines, stop, ended);
        if (work.stopped) throw stopped(url.host);
        if (work.expired) throw gave_up(route.next_host(), *work.expired);
        if (work.failure) std::rethrow_exception(work.failure);
        return connection;
    }

    asio::ssl::context& context() {
        const std::lock_guard lock{mutex_};
        if (!context_) context_.emplace(make_tls_context(settings_).release());
        return *context_;
    }

    std::unique_ptr<Connection> take(const std::string& key) {
        const auto oldest = steady_clock::now() - idle_lifetime;
        const std::lock_guard lock{mutex_};
        std::erase_if(idle_, [&](const auto& entry) {
            return entry->idle_since < oldest || !entry->quiet();
        });
        const auto newest = std::find_if(idle_.rbegin(), idle_.rend(),
                                         [&](const auto& entry) { return entry->key == key; });
        if (newest == idle_.rend()) return nullptr;
        auto found = std::move(*newest);
        idle_.erase(std::next(newest).base());
        return found;
    }

    void keep(std::unique_ptr<Connection> connection) {
        if (!connection->socket.is_open()) return;
        connection->idle_since = steady_clock::now();
        const std::lock_guard lock{mutex_};
        if (idle_.size() >= most_idle) idle_.pop_front();
        idle_.push_back(std::move(connection));
    }

    ConnectionSettings settings_;
    std::optional<Proxy> proxy_;
    std::mutex mutex_;
    std::optional<asio::ssl::context> context_;
    std::deque<std::unique_ptr<Connection>> idle_;  // oldest first
};

BeastTransport::BeastTransport(ConnectionSettings settings)
    : pool_{std::make_unique<Pool>(std::move(settings))} {}

BeastTransport::~BeastTransport() = default;

Response BeastTransport::send(const Request& request, const BodySink* sink, std::stop_token stop) {
    return pool_->send(request, sink, stop);
}

}  // namespace sheetbq::http
