// The in-process side of the network: Sandbox as a Transport, faults included.

#include "sandbox.hpp"
#include "wire.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {

namespace {

/// Small and odd, so that readers meet every kind of seam.
constexpr std::size_t piece_bytes = 7'919;

Error broken(const http::Request& request, std::string_view why) {
    return Error{Code::unavailable, fmt::format("{} {} failed", http::to_string(request.method),
                                                request.url.substr(0, request.url.find('?')))}
        .because(std::string{why})
        .fix("Try again.");
}

void check_stop(const std::stop_token& stop) {
    if (stop.stop_requested()) throw Error{Code::cancelled, "stopped while waiting for an answer"};
}

/// Gives the body piece by piece, as fast as the fault lets it.
class Delivering {
public:
    Delivering(const http::Request& request, const Fault& fault, Clock& clock)
        : request_{request}, fault_{fault}, clock_{clock} {}

    void run(std::string_view body, const std::function<void(std::string_view)>& take,
             const std::stop_token& stop) {
        const auto whole = fault_.cut_after ? body.substr(0, *fault_.cut_after) : body;
        auto rest = whole;
        while (!rest.empty()) {
            const auto piece = rest.substr(0, fault_.drip ? *fault_.drip : piece_bytes);
            if (fault_.drip) drip(stop);
            check_stop(stop);
            take(piece);
            rest.remove_prefix(piece.size());
        }
        if (fault_.cut_after && (whole.size() < body.size() || !fault_.clean_cut))
            throw broken(request_, "the connection was closed before the whole answer had arrived");
    }

private:
    void drip(const std::stop_token& stop) {
        clock_.sleep(std::chrono::seconds{1}, stop);
        waited_ += std::chrono::seconds{1};
        if (waited_ > request_.timeouts.total)
            throw broken(request_, "the answer took longer than the time limit");
        if (waited_ > request_.timeouts.idle && *fault_.drip < request_.timeouts.least_rate)
            throw broken(request_, "the answer came too slowly");
    }

    const http::Request& request_;
    const Fault& fault_;
    Clock& clock_;
    std::chrono::milliseconds waited_{0};
};

}  // namespace

http::Response Sandbox::send(const http::Request& request, const http::BodySink* sink,
                             std::stop_token stop) {
    check_stop(stop);
    auto [answer, fault] = deliver(request, {}, stop);
    check_stop(stop);
    if (fault.stall > std::min(request.timeouts.idle, request.timeouts.total))
        throw broken(request, "no answer within the time limit");
    if (answer.status == 0) throw broken(request, "the connection was reset");
    if (fault.corrupt_gzip) corrupt(answer);

    http::Response response{.status = answer.status, .headers = answer.headers, .body = {}};
    const bool streams = sink != nullptr && answer.status / 100 == 2;
    const auto take = [&](std::string_view bytes) {
        if (streams)
            (*sink)(response, bytes);
        else
            response.body += bytes;
    };
    Delivering{request, fault, clock()}.run(answer.body, take, stop);
    return response;
}

}  // namespace sheetbq::sandbox
