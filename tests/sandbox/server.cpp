#include "server.hpp"

#include "http_reader.hpp"
#include "socket.hpp"
#include "wire.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <thread>

namespace sheetbq::sandbox {

namespace {

constexpr std::size_t most_connections = 256;

/// Odd, so that seams fall everywhere.
constexpr std::size_t chunk_bytes = 16'381;

/// A peer that goes away must not end the program.
void ignore_broken_pipes() {
    sigset_t pipes{};
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipes, nullptr);
}

/// Writes one answer and plays its network faults. @returns whether the connection lives on.
class AnswerWriter {
public:
    AnswerWriter(Socket& socket, Clock& clock, std::stop_token stop)
        : socket_{socket}, clock_{clock}, stop_{std::move(stop)} {}

    bool write(Sandbox::Delivery&& delivery, bool keep_alive) {
        auto [answer, fault] = std::move(delivery);
        if (answer.status == 0) {
            socket_.break_off();
            return false;
        }
        if (fault.corrupt_gzip) corrupt(answer);
        chunked_ = !answer.body.empty() && !fault.clean_cut;
        if (!socket_.write(head(answer, keep_alive))) return false;
        const auto body =
            std::string_view{answer.body}.substr(0, fault.cut_after.value_or(std::string::npos));
        if (!write_body(body, fault)) return false;
        if (fault.cut_after) {
            if (!fault.clean_cut) socket_.break_off();
            return false;
        }
        return (!chunked_ || socket_.write("0\r\n\r\n")) && keep_alive;
    }

private:
    std::string head(const Answer& answer, bool keep_alive) const {
        auto out = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason_phrase(answer.status));
        for (const auto& [name, value] : answer.headers)
            out += fmt::format("{}: {}\r\n", name, value);
        out += chunked_ ? "transfer-encoding: chunked\r\n"
                        : fmt::format("content-length: {}\r\n", answer.body.size());
        return out + (keep_alive ? "\r\n" : "connection: close\r\n\r\n");
    }

    bool write_body(std::string_view body, const Fault& fault) {
        // A dripping body goes out ten times a second, or a byte at a time.
        const auto rate = fault.drip.value_or(0);
        const auto piece_bytes = rate == 0 ? chunk_bytes : std::max<std::size_t>(1, rate / 10);
        while (!body.empty()) {
            const auto piece = body.substr(0, piece_bytes);
            body.remove_prefix(piece.size());
            if (rate > 0)
                clock_.sleep(std::chrono::milliseconds{1000 * piece.size() / rate}, stop_);
            if (stop_.stop_requested() || !write_piece(piece)) return false;
        }
        return true;
    }

    bool write_piece(std::string_view piece) {
        if (!chunked_) return socket_.write(piece);
        return socket_.write(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece));
    }

    Socket& socket_;
    Clock& clock_;
    std::stop_token stop_;
    bool chunked_ = false;
};

bool is_values_get(const WireRequest& request) {
    return request.method == http::Method::get &&
           request.target.find("/v4/spreadsheets/") != std::string::npos &&
           request.target.find("/values") != std::string::npos;
}

}  // namespace

struct Server::State {
    State(Sandbox& served, ServerOptions given)
        : sandbox{served},
          options{std::move(given)},
          tls{make_tls_context(options.certificate_file, options.key_file)},
          listener{options.host, options.port} {}

    struct Connection {
        Connection(int fd, SSL_CTX* tls) : socket{fd, tls} {}
        Socket socket;
        std::atomic<bool> done = false;
        std::thread thread{};
    };

    void accept_all() {
        ignore_broken_pipes();
        for (int fd = listener.accept(); fd >= 0; fd = listener.accept()) {
            std::unique_lock lock{mutex};
            const auto has_room = [&] {
                reap();
                return connections.size() < most_connections || stop.stop_requested();
            };
            ended.wait(lock, has_room);
            auto& connection = connections.emplace_back(fd, tls.get());
            if (stop.stop_requested()) return;
            connection.thread = std::thread{[this, &connection] { serve(connection); }};
        }
    }

    /// Joins threads that are done. Needs the lock.
    void reap() {
        connections.remove_if([](Connection& connection) {
            if (!connection.done) return false;
            connection.thread.join();
            return true;
        });
    }

    void serve(Connection& connection) {
        ignore_broken_pipes();
        if (connection.socket.open()) converse(connection.socket);
        // The peer must not wait for the next connection's reaping to learn of the end.
        const std::lock_guard lock{mutex};
        connection.socket.finish();
        connection.done = true;
        ended.notify_all();
    }

    void converse(Socket& socket) {
        HttpReader reader{socket};
        while (auto request = reader.next()) {
            auto delivery = answer(*request);
            AnswerWriter writer{socket, sandbox.clock(), stop.get_token()};
            if (!writer.write(std::move(delivery), request->keep_alive)) return;
        }
        if (reader.refusal() != 0)
            socket.write(
                fmt::format("HTTP/1.1 {} {}\r\ncontent-length: 0\r\nconnection: "
                            "close\r\n\r\n",
                            reader.refusal(), reason_phrase(reader.refusal())));
    }

    Sandbox::Delivery answer(const WireRequest& wire) {
        const auto host = wire.headers.find("host").value_or("127.0.0.1");
        const bool absolute = wire.target.find("://") < wire.target.find('/');
        http::Request request{
            .method = wire.method,
            .url = absolute ? wire.target
                            : fmt::format("{}://{}{}", tls ? "https" : "http", host, wire.target),
            .headers = wire.headers,
            .body = {wire.body}};
        auto delivery = sandbox.deliver(request, {}, stop.get_token());
        if (options.latency.count() > 0 && is_values_get(wire))
            sandbox.clock().sleep(options.latency, stop.get_token());
        return delivery;
    }

    void shut_down() {
        stop.request_stop();
        listener.close();
        ended.notify_all();
        acceptor.join();
        {
            const std::lock_guard lock{mutex};
            for (auto& connection : connections) connection.socket.interrupt();
        }
        for (auto& connection : connections)
            if (connection.thread.joinable()) connection.thread.join();
    }

    Sandbox& sandbox;
    ServerOptions options;
    TlsContext tls;
    Listener listener;
    std::stop_source stop;
    std::mutex mutex;
    std::condition_variable ended;
    std::list<Connection> connections;
    std::thread acceptor;
};

Server::Server(Sandbox& sandbox, ServerOptions options)
    : state_{std::make_unique<State>(sandbox, std::move(options))} {
    state_->acceptor = std::thread{[state = state_.get()] { state->accept_all(); }};
}

Server::~Server() { state_->shut_down(); }

std::string Server::url() const {
    return fmt::format("{}://{}:{}", state_->tls ? "https" : "http", state_->options.host,
                       state_->listener.port());
}

}  // namespace sheetbq::sandbox
