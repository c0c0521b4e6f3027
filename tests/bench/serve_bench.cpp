// What a service takes: hostile clients beside good ones, and many requests.
//
// SHEETBQ_BENCH_SECONDS says how long the hostile ones go on (30); SHEETBQ_BENCH_REQUESTS how many
// good requests the second part makes (10,000).

#include "integration/orchestrator_world.hpp"
#include "sheetbq/http/beast_transport.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::http::Method;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto audience = "https://orchestrator.example";
constexpr auto scheduler = "scheduler@demo-project.iam.gserviceaccount.com";
constexpr int attackers = 4;
constexpr auto pace = 4ms;             // of each: 1,000 requests a second together
constexpr std::size_t slow_ones = 60;  // connections each attacker leaves open

int setting(const char* name, int usual) {
    const char* given = std::getenv(name);
    return given == nullptr ? usual : std::atoi(given);
}

double resident_mib(int pid) {
    std::ifstream in{fmt::format("/proc/{}/status", pid)};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

/// One connection on which this was said; closed when destroyed.
class Said {
public:
    Said(int port, const std::string& text)
        : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{2, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        const auto* const plain = reinterpret_cast<const sockaddr*>(&address);
        if (::connect(socket_, plain, sizeof address) == 0)
            ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    ~Said() { ::close(socket_); }
    Said(const Said&) = delete;
    Said& operator=(const Said&) = delete;

    /// The status of the answer; 0: none came.
    int status() const {
        std::array<char, 64> head{};
        const auto got = ::recv(socket_, head.data(), head.size() - 1, 0);
        return got > 12 ? std::atoi(head.data() + 9) : 0;
    }

private:
    int socket_;
};

/// What each kind of bad request says, and the status that it must get; 0: it says too little.
struct Attack {
    std::string text;
    int status;
};

std::vector<Attack> attacks(const std::string& foreign_token) {
    const std::string host = "Host: x\r\n";
    return {
        {"GET / HTTP/1.1\r\n" + host + "Authorization: Bearer " + foreign_token + "\r\n\r\n", 401},
        {"POST /tick HTTP/1.1\r\n" + host +
             "Authorization: Bearer a.b.c\r\nContent-Length: 0\r\n\r\n",
         401},
        {"POST /tick HTTP/1.1\r\n" + host + "Content-Length: 10485760\r\n\r\n", 413},
        {"POST /tick HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n", 400},
        {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(9'000, 'a') + "\r\n\r\n", 431},
        {"GET / HTTP/1.1\r\n" + host + "X-Slow: ", 0},
    };
}

/// Bad requests at a steady pace, until told to stop.
class Storm {
public:
    Storm(int port, std::vector<Attack> kinds) : port_{port}, kinds_{std::move(kinds)} {
        for (int i = 0; i < attackers; ++i)
            threads_.emplace_back([this, i](const std::stop_token& stop) { attack(i, stop); });
    }
    /// @returns how many requests were sent.
    std::uint64_t end() {
        threads_.clear();
        return sent_;
    }
    std::uint64_t wrong() const { return wrong_; }

private:
    void attack(int offset, const std::stop_token& stop) {
        std::deque<std::unique_ptr<Said>> slow;
        auto next = SteadyClock::now();
        for (auto i = static_cast<std::size_t>(offset); !stop.stop_requested(); ++i) {
            const auto& kind = kinds_[i % kinds_.size()];
            auto said = std::make_unique<Said>(port_, kind.text);
            ++sent_;
            if (kind.status == 0) {
                slow.push_back(std::move(said));
                if (slow.size() > slow_ones) slow.pop_front();
            } else if (said->status() != kind.status) {
                ++wrong_;
            }
            next += pace;
            std::this_thread::sleep_until(next);
        }
    }

    int port_;
    std::vector<Attack> kinds_;
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<std::uint64_t> wrong_{0};
    std::vector<std::jthread> threads_;
};

std::string sessions(OrchestratorWorld& fleet) {
    return fleet.value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'sheetbq/%' AND datname "
        "= current_database()");
}

/// Good requests one after the other for that long. @returns how long each took.
std::vector<double> good_requests(const Serving& serving, const std::string& token,
                                  std::chrono::milliseconds time) {
    std::vector<double> took;
    const auto end = SteadyClock::now() + time;
    while (SteadyClock::now() < end) {
        const auto began = SteadyClock::now();
        const auto status =
            serving.ask(Method::get, "/runs", {{"Authorization", "Bearer " + token}}).status;
        CHECK(status == 200);
        took.push_back(
            std::chrono::duration<double, std::milli>(SteadyClock::now() - began).count());
        std::this_thread::sleep_for(20ms);
    }
    std::sort(took.begin(), took.end());
    return took;
}

}  // namespace

TEST_CASE("hostile clients cost neither memory nor sessions, and good ones are answered") {
    const auto seconds = setting("SHEETBQ_BENCH_SECONDS", 30);
    const auto half = std::chrono::milliseconds{seconds * 500};
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    Serving serving{fleet,
                    {"--auth=oidc", "--listen=127.0.0.1", fmt::format("--audience={}", audience),
                     fmt::format("--allowed-emails={}", scheduler)}};
    const auto good = fleet.google.google.identity_token(scheduler, audience);
    const auto foreign = fleet.google.google.identity_token(scheduler, "https://other.example");
    const auto kinds = attacks(foreign);
    good_requests(serving, good, 500ms);
    {
        Storm warm_up{serving.port(), kinds};
        std::this_thread::sleep_for(1s);
    }
    const auto before = resident_mib(serving.pid());
    fleet.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
        "'sheetbq/%' AND datname = current_database()");

    Storm storm{serving.port(), kinds};
    const auto began = SteadyClock::now();
    std::this_thread::sleep_for(half);
    CHECK(sessions(fleet) == "0");
    const auto took = good_requests(serving, good, half);
    const auto sent = storm.end();
    const auto lasted = std::chrono::duration<double>(SteadyClock::now() - began).count();

    const auto p99 = took.at(took.size() * 99 / 100);
    const auto after = resident_mib(serving.pid());
    std::cout << fmt::format(
        "hostile: {:.0f} requests a second for {:.0f} s, {} answered wrongly; good ones took "
        "{:.1f} "
        "ms at the median, {:.1f} ms at p99; {:.1f} MiB before, {:.1f} MiB after\n",
        static_cast<double>(sent) / lasted, lasted, storm.wrong(), took.at(took.size() / 2), p99,
        before, after);
    CHECK(static_cast<double>(sent) / lasted > 800);
    CHECK(p99 < 100);
    CHECK(after < before + 2);
    CHECK(storm.wrong() < sent / 1'000 + 5);  // one that meets a full queue gets 503
}

TEST_CASE("many requests leave the memory as it was") {
    const auto requests = setting("SHEETBQ_BENCH_REQUESTS", 10'000);
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    const Serving serving{fleet, {}};
    sheetbq::http::BeastTransport network{{}};
    const auto ask = [&](Method method, const std::string& path) {
        return network
            .send({.method = method,
                   .url = fmt::format("http://127.0.0.1:{}{}", serving.port(), path)},
                  nullptr, {})
            .status;
    };
    const std::array<std::pair<Method, const char*>, 5> kinds{{{Method::get, "/"},
                                                               {Method::get, "/runs"},
                                                               {Method::get, "/configs"},
                                                               {Method::get, "/metrics"},
                                                               {Method::post, "/tick"}}};
    double half_way = 0;
    for (int i = 0; i < requests; ++i) {
        if (i == requests / 2) half_way = resident_mib(serving.pid());
        const auto& [method, path] = kinds.at(static_cast<std::size_t>(i) % kinds.size());
        CHECK(ask(method, path) == 200);
    }

    const auto after = resident_mib(serving.pid());
    std::cout << fmt::format("serving: {:.1f} MiB after {} requests, {:.1f} MiB after {}\n",
                             half_way, requests / 2, after, requests);
    CHECK(after <= 40);
    CHECK(after < half_way + 2);
}
