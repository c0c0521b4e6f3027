// F1: orchestrators that are killed at random, over and over.

#include "fault/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;

constexpr int orchestrators = 4;
constexpr int configs = 24;
constexpr auto lasts = 6s;

/// Every fifth configuration fails, every third start is lost, or refused at first.
void arrange(Fleet& fleet) {
    fleet.add_configs(configs);
    for (int id = 5; id <= configs; id += 5)
        fleet.script(id, [](int) { return sandbox::ScriptedRun{.exit_code = 15}; });
    for (int i = 0; i < configs / 3; ++i) {
        sandbox::Fault fault{
            .path_contains = ":run", .method = sheetbq::http::Method::post, .skip = 2};
        fault.lose_answer = i % 2 == 0;
        if (i % 2 != 0) fault.answer = sandbox::Answer{.status = 503};
        fleet.world.google.fail(fault);
    }
}

/// Orchestrators one after the other, each with a chance to die at every step. @returns kills.
int live_dangerously(const Fleet& fleet, int seed, int place,
                     std::chrono::steady_clock::time_point end) {
    int kills = 0;
    for (int i = 0; std::chrono::steady_clock::now() < end; ++i) {
        const auto chance =
            fmt::format("0.0{}:{}", 3 + seed % 3, seed * 10'000 + place * 1'000 + i);
        const auto process = fleet.start({{"SHEETBQ_CRASH_CHANCE", chance}}, {});
        if (process->wait(60s).signal == SIGKILL) ++kills;
    }
    return kills;
}

/// A run is given up after three starts that came to nothing, and chance may kill three in a row.
/// @returns the runs that were given up otherwise: with a try left, or with an execution.
std::vector<std::string> unfounded_losses(Fleet& fleet) {
    std::vector<std::string> found;
    for (const auto& row : fleet.query("SELECT run_id::text, start_tries, error_message FROM "
                                       "sheetbq.run WHERE state = 'lost'")) {
        if (std::stoi(row.at(1)) < 3) found.push_back(row.at(0) + " had a try left: " + row.at(2));
        fleet.world.google.edit([&] {
            for (const auto& execution : fleet.world.google.run.executions)
                if (execution.variable("SHEETBQ_RUN_ID") == row.at(0))
                    found.push_back(row.at(0) + " has " + execution.name);
        });
    }
    return found;
}

}  // namespace

TEST_CASE("F1 orchestrators that are killed all the time lose nothing and repeat nothing",
          "[F1][soak]") {
    const int seed = GENERATE(range(1, 1 + seeds()));
    CAPTURE(seed);
    Fleet fleet{{.cap = 6, .settle = 1'500ms, .lease = 1'000ms, .run_takes = 200ms}};
    arrange(fleet);
    std::atomic<int> kills = 0;

    {
        std::vector<std::jthread> places;
        const auto end = std::chrono::steady_clock::now() + lasts;
        for (int place = 0; place < orchestrators; ++place)
            places.emplace_back([&, place] { kills += live_dangerously(fleet, seed, place, end); });
    }

    CHECK(kills >= 3);
    CHECK(wrongs(fleet) == std::vector<std::string>{});
    CHECK(fleet.value("SELECT count(DISTINCT config_id) FROM sheetbq.run WHERE finished_at IS NOT "
                      "NULL") == std::to_string(configs));
    CHECK(unfounded_losses(fleet) == std::vector<std::string>{});
    const auto longest = fleet.value(
        "SELECT round(percentile_disc(0.5) WITHIN GROUP (ORDER BY took), 1) || ' s at the median, '"
        " || round(max(took), 1) FROM (SELECT extract(epoch FROM finished_at - created_at) AS took"
        " FROM sheetbq.run) AS run");
    const auto given_up = fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'lost'");
    record_measure(
        fmt::format("seed {}: {} kills, {} runs given up after three starts, from claim to end {} "
                    "s at most",
                    seed, kills.load(), given_up, longest));
}
