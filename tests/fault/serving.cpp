#include "fault/serving.hpp"

#include "sheetbq/http/beast_transport.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

namespace sheetbq::testing {
namespace {

using namespace std::chrono_literals;

int free_port() {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // The sockets interface is written in casts.
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(made, any, size) == 0 && ::getsockname(made, any, &size) == 0;
    ::close(made);
    if (!bound) throw std::runtime_error{"there is no free port"};
    return ntohs(address.sin_port);
}

}  // namespace

FleetServing::FleetServing(const Fleet& fleet, const std::vector<std::string>& flags,
                           const Variables& more)
    : port_{free_port()} {
    auto all = flags;
    all.insert(all.end(), {"--serve", "--port", std::to_string(port_)});
    program_ = fleet.start(more, all);
    for (int tries = 0; tries < 400; ++tries) {
        try {
            if (ask(http::Method::get, "/livez").status == 200) return;
        } catch (const Error&) {
            std::this_thread::sleep_for(50ms);
        }
    }
    throw std::runtime_error{"the orchestrator does not serve: " + program_->wait(100ms).out};
}

FleetServing::~FleetServing() {
    if (program_) end();
}

ProcessEnd FleetServing::end() {
    program_->send_signal(SIGTERM);
    auto end = program_->wait(30s);
    program_.reset();
    return end;
}

http::Response FleetServing::ask(http::Method method, const std::string& path,
                                 const http::Headers& headers) const {
    http::BeastTransport network{{}};
    return network.send({.method = method,
                         .url = fmt::format("http://127.0.0.1:{}{}", port_, path),
                         .headers = headers},
                        nullptr, {});
}

void make_schema(const Fleet& fleet) {
    const auto end = fleet.tick({}, {"--only-config=1000000"});
    if (end.exit_code != 0) throw std::runtime_error{"there is no schema: " + end.out + end.err};
}

int events(const ProcessEnd& end, const std::string& event) {
    const auto wanted = fmt::format(R"("event":"{}")", event);
    int count = 0;
    for (auto at = end.out.find(wanted); at != std::string::npos;
         at = end.out.find(wanted, at + wanted.size()))
        ++count;
    return count;
}

}  // namespace sheetbq::testing
