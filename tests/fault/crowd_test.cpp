// Many orchestrators over many configurations, all at once.

#include "fault/results.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

constexpr int orchestrators = 20;
constexpr int configs = 500;
constexpr int cap = 3;

/// The most executions that overlapped at any moment.
int most_at_once(Fleet& fleet) {
    std::vector<std::pair<sheetbq::Clock::TimePoint, int>> edges;
    fleet.world.google.edit([&] {
        for (const auto& execution : fleet.world.google.run.executions) {
            edges.emplace_back(execution.created_at, 1);
            edges.emplace_back(*execution.ended_at, -1);
        }
    });
    std::sort(edges.begin(), edges.end());  // at the same moment, ends come first
    int now = 0;
    int most = 0;
    for (const auto& [at, change] : edges) most = std::max(most, now += change);
    return most;
}

}  // namespace

TEST_CASE("F11 a crowd of 20 over 500 due configurations: never more than three at once, each once",
          "[F11][crowd]") {
    Fleet fleet{{.cap = cap, .settle = 60s, .lease = 30s, .run_takes = 5ms, .poll = 20ms}};
    fleet.add_configs(configs);
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<Process>> crowd;
    for (int i = 0; i < orchestrators; ++i) crowd.push_back(fleet.start({{"SHEETBQ_LOOP", "1s"}}));

    const auto done = [&] {
        try {
            return fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'");
        } catch (const std::exception&) {
            return std::string{"0"};  // no schema yet
        }
    };
    while (std::stoi(done()) < configs && std::chrono::steady_clock::now() - began < 120s)
        std::this_thread::sleep_for(100ms);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    for (const auto& each : crowd) each->send_signal(SIGTERM);
    int claimers = 0;
    for (const auto& each : crowd) {
        const auto end = each->wait(30s);
        CHECK(end.exit_code == 143);
        claimers += end.out.find("\"run_started\"") != std::string::npos ? 1 : 0;
    }

    CHECK(wrongs(fleet) == std::vector<std::string>{});
    CHECK(fleet.value("SELECT count(DISTINCT config_id) || ' ' || count(*) FROM sheetbq.run "
                      "WHERE state = 'succeeded'") == fmt::format("{0} {0}", configs));
    CHECK(most_at_once(fleet) <= cap);
    CHECK(claimers > 1);
    record_measure(
        fmt::format("{:.0f} s; {} of the orchestrators started something", took.count(), claimers));
}
