#include "sheetbq/http/request_reader.hpp"
#include "sheetbq/http/server.hpp"
#include "sheetbq/http/server_answer.hpp"
#include "sheetbq/http/worker_pool.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

// Coroutines in this file: named functions only, reference parameters to objects that outlive the
// call, no lambda coroutine, no braced temporary inside a co_await. g++ 12 miscompiles the rest.
namespace sheetbq::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::size_t read_size = 4096;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
/// How much of a refused request is still read, so that its answer is not lost by a reset.
constexpr std::size_t most_discarded = std::size_t{1} << 20U;
constexpr milliseconds farewell{1'000};
/// After a refused accept, most likely for lack of descriptors.
constexpr milliseconds accept_pause{50};

auto into(error_code& problem) { return asio::redirect_error(asio::use_awaitable, problem); }

/// One client. Only the I/O thread touches it, but for `request` while a worker handles it.
struct Connection : std::enable_shared_from_this<Connection> {
    enum class Phase { reading, handling, writing, leaving };

    Connection(tcp::socket connected, const ServerLimits& limits)
        : socket{std::move(connected)},
          timer{socket.get_executor()},
          handled{socket.get_executor()},
          reader{std::in_place, limits} {}

    /// What waits on the socket ends after that time, with `expired` set. Who waits again must look
    /// at it first: a read or write that has just ended cannot be cancelled any more.
    void limit(milliseconds time) {
        const auto number = ++limits_set;
        expired = false;
        timer.expires_after(time);
        timer.async_wait([self = shared_from_this(), number](const error_code& cancelled) {
            if (cancelled || number != self->limits_set) return;
            self->expired = true;
            self->interrupt();
        });
    }
    void lift_limit() {
        ++limits_set;
        timer.cancel();
    }
    void interrupt() {
        error_code ignored;
        socket.cancel(ignored);
    }
    void close() {
        lift_limit();
        error_code ignored;
        socket.close(ignored);
    }

    tcp::socket socket;
    asio::steady_timer timer;
    asio::steady_timer handled;  ///< never due; cancelled when the handler's answer is there
    std::optional<RequestReader> reader;
    std::array<char, read_size> room{};
    std::string_view received;  ///< in `room`, not yet read by `reader`
    Response answer;
    Phase phase = Phase::reading;
    std::uint64_t limits_set = 0;
    bool expired = false;
};

/// @returns false at the end of the connection, and when its time is up.
asio::awaitable<bool> receive(Connection& connection) {
    if (connection.expired) co_return false;
    error_code problem;
    const auto size =
        co_await connection.socket.async_read_some(asio::buffer(connection.room), into(problem));
    connection.received = {connection.room.data(), size};
    co_return !problem;
}

asio::awaitable<bool> send(Connection& connection, std::string_view text) {
    error_code problem;
    while (!text.empty() && !problem && !connection.expired) {
        const auto rest = asio::buffer(text.data(), text.size());
        text.remove_prefix(co_await connection.socket.async_write_some(rest, into(problem)));
    }
    co_return text.empty();
}

/// The handler's answer; what it throws is nobody's business outside.
Response answer_of(const Handler& handler, const Incoming& request, const std::stop_token& stop) {
    if (stop.stop_requested()) return short_answer(503);
    try {
        return handler(request, stop);
    } catch (...) {
        return short_answer(500);
    }
}

class AsioServer final : public Server {
public:
    AsioServer(const tcp::endpoint& endpoint, const ServerLimits& limits, Handler handler)
        : limits_{limits}, handler_{std::move(handler)} {
        acceptor_.open(endpoint.protocol());
        ::fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);  // not for child processes
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
    }

    std::uint16_t port() const override { return port_; }

    void run(std::stop_token stop) override {
        stop_ = stop;
        workers_.emplace(limits_.workers, limits_.waiting);
        asio::co_spawn(loop_, accept_all(), [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
        const std::stop_callback on_stop{stop,
                                         [this] { asio::post(loop_, [this] { take_no_more(); }); }};
        loop_.run();
        workers_.reset();
    }

private:
    using Phase = Connection::Phase;
    using Shared = std::shared_ptr<Connection>;

    asio::awaitable<void> accept_all() {
        while (true) {
            error_code problem;
            tcp::socket socket{loop_};
            co_await acceptor_.async_accept(socket, into(problem));
            if (!acceptor_.is_open()) co_return;
            if (problem) {
                pause_.expires_after(accept_pause);
                co_await pause_.async_wait(into(problem));
            } else if (connections_.size() < limits_.connections) {
                start(std::move(socket));
            }
        }
    }

    void start(tcp::socket socket) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
        auto connection = std::make_shared<Connection>(std::move(socket), limits_);
        connections_.insert(connection);
        // What ends a connection in the middle (no memory) ends it alone.
        asio::co_spawn(loop_, serve(*connection), [this, connection](const std::exception_ptr&) {
            connection->close();
            connections_.erase(connection);
        });
    }

    asio::awaitable<void> serve(Connection& connection) {
        bool more = true;
        while (more) {
            const int refusal = co_await read_request(connection);
            if (refusal < 0) co_return;
            more = refusal == 0 && connection.reader->keep_alive();
            if (refusal == 0)
                more = co_await handle(connection) && more;
            else
                connection.answer = short_answer(refusal);
            more = more && !stop_.stop_requested();
            if (!co_await answer(connection, more)) co_return;
        }
        co_await leave(connection);
    }

    /// @returns 0 when a request is there, the status of a refusal, or -1 when there is nobody to
    /// answer.
    asio::awaitable<int> read_request(Connection& connection) {
        connection.phase = Phase::reading;
        auto& reader = connection.reader.emplace(limits_);
        auto need = reader.need();
        bool begun = false;
        connection.limit(limits_.header_time);
        while (true) {
            connection.received.remove_prefix(reader.feed(connection.received));
            if (reader.need() == RequestReader::Need::nothing) co_return reader.refusal();
            if (reader.begun() && !std::exchange(begun, true))
                connection.limit(limits_.header_time);
            if (std::exchange(need, reader.need()) != need) {
                connection.limit(limits_.body_time);
                if (reader.awaits_continue() && !co_await send(connection, continue_line))
                    co_return -1;
            }
            if (!co_await receive(connection)) co_return cut_short(connection);
        }
    }

    /// A client that has not begun to ask needs no answer.
    static int cut_short(const Connection& connection) {
        if (!connection.socket.is_open() || !connection.reader->begun()) return -1;
        return connection.expired ? 408 : 400;
    }

    /// @returns false when no worker will come to it.
    asio::awaitable<bool> handle(Connection& connection) {
        connection.phase = Phase::handling;
        connection.lift_limit();
        connection.handled.expires_at(asio::steady_timer::time_point::max());
        if (!workers_->submit([this, shared = connection.shared_from_this()] { work(shared); })) {
            connection.answer = short_answer(503);
            co_return false;
        }
        error_code cancelled;
        co_await connection.handled.async_wait(into(cancelled));
        co_return true;
    }

    /// On a worker's thread.
    void work(const Shared& connection) {
        auto answer = answer_of(handler_, connection->reader->request(), stop_);
        asio::post(loop_, [connection, answer = std::move(answer)]() mutable {
            connection->answer = std::move(answer);
            connection->handled.cancel();
        });
    }

    asio::awaitable<bool> answer(Connection& connection, bool keep_alive) {
        connection.phase = Phase::writing;
        AnswerForm form;
        form.head_only = connection.reader->is_head();
        form.keep_alive = keep_alive;
        const auto text = answer_text(connection.answer, form);
        connection.answer = {};
        connection.limit(stop_.stop_requested() ? farewell : limits_.body_time);
        co_return co_await send(connection, text);
    }

    /// Ends our side and reads on for a moment: unread bytes would make the system reset the
    /// connection, and the client would lose the answer.
    asio::awaitable<void> leave(Connection& connection) const {
        connection.phase = Phase::leaving;
        error_code ignored;
        connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
        connection.limit(std::min(farewell, limits_.header_time));
        std::size_t discarded = connection.received.size();
        while (discarded < most_discarded && co_await receive(connection))
            discarded += connection.received.size();
    }

    /// Lets what is being handled end, and nothing else.
    void take_no_more() {
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (const auto& connection : connections_) {
            if (connection->phase == Phase::reading || connection->phase == Phase::leaving)
                connection->close();
            if (connection->phase == Phase::writing) connection->limit(farewell);
        }
        for (const auto& work : workers_->close()) work();  // is answered with 503
    }

    ServerLimits limits_;
    Handler handler_;
    asio::io_context loop_{1};
    tcp::acceptor acceptor_{loop_};
    std::uint16_t port_ = 0;
    asio::steady_timer pause_{loop_};
    std::set<Shared> connections_;
    std::stop_token stop_;
    std::optional<WorkerPool> workers_;
};

}  // namespace

std::unique_ptr<Server> listen(const std::string& address, std::uint16_t port,
                               const ServerLimits& limits, Handler handler) {
    error_code problem;
    const auto ip = asio::ip::make_address(address, problem);
    if (problem)
        throw Error{Code::bad_config, fmt::format("\"{}\" is no address to listen on", address)}
            .because("it is not an IP address")
            .fix("Write 0.0.0.0 for every interface, or 127.0.0.1 for this machine alone.");
    try {
        return std::make_unique<AsioServer>(tcp::endpoint{ip, port}, limits, std::move(handler));
    } catch (const boost::system::system_error& error) {
        const auto text = fmt::format("cannot listen on {} port {}", address, port);
        if (error.code() == asio::error::address_in_use)
            throw Error{Code::conflict, text}
                .because("another program listens there")
                .fix("End that program, or choose another port.");
        throw Error{Code::bad_config, text}
            .because(error.code().message())
            .fix("Choose an address of this machine and a port from 1024 on.");
    }
}

}  // namespace sheetbq::http
