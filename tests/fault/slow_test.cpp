// F8: Cloud Run and Slack that answer a byte a second, or not at all.

#include "fault/results.hpp"
#include "fault/serving.hpp"

#include <fmt/format.h>

#include <future>
#include <list>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::http::Method;
using sheetbq::sandbox::Fault;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// A service whose tick meets one slow answer, asked on a thread of its own.
struct Slow {
    Slow(std::string name, const std::vector<Fault>& faults) : what{std::move(name)} {
        fleet.add_configs(2);
        fleet.script(1, [](int) { return sheetbq::sandbox::ScriptedRun{.exit_code = 11}; });
        serving =
            std::make_unique<FleetServing>(fleet, std::vector<std::string>{"--tick-budget=2s"});
        for (const auto& fault : faults) fleet.world.google.fail(fault);
    }

    void tick() {
        answer = std::async(std::launch::async, [this] {
            const auto began = SteadyClock::now();
            const auto response = serving->ask(Method::post, "/tick");
            took = SteadyClock::now() - began;
            return response.status;
        });
    }

    std::string what;
    Fleet fleet;
    std::unique_ptr<FleetServing> serving;
    std::future<int> answer;
    std::future<ProcessEnd> end;
    SteadyClock::duration took{};
};

}  // namespace

TEST_CASE("F8 slow answers hold no tick up beyond its budget, and no end of the program", "[F8]") {
    std::list<Slow> all;
    all.emplace_back("jobs.run says nothing",
                     std::vector<Fault>{{.path_contains = ":run", .stall = 60s}});
    all.emplace_back("jobs.run answers a byte a second",
                     std::vector<Fault>{{.path_contains = ":run", .drip = 1}});
    all.emplace_back("executions.get answers a byte a second",
                     std::vector<Fault>{{.path_contains = "/executions/", .drip = 1}});
    all.emplace_back("executions.list answers a byte a second",
                     std::vector<Fault>{{.path_contains = ":run", .lose_answer = true},
                                        {.path_contains = "/executions?", .drip = 1}});
    all.emplace_back("Slack answers a byte a second",
                     std::vector<Fault>{{.path_contains = "/services/", .times = -1, .drip = 1}});
    for (auto& each : all) each.tick();
    for (auto& each : all) {
        CAPTURE(each.what);
        CHECK(each.answer.get() == 200);
        CHECK(each.took < 2s + 5s + 1s);
    }

    for (auto& each : all)
        each.end = std::async(std::launch::async, [&each] { return each.serving->end(); });
    for (auto& each : all) {
        CAPTURE(each.what);
        const auto end = each.end.get();
        CAPTURE(end.out);
        CHECK(end.exit_code == 0);
        CHECK(end.after_signal < 10s);
        each.serving.reset();
    }

    int green = 0;
    for (auto& each : all) {
        CAPTURE(each.what);
        CHECK(each.fleet.quiesce());
        CHECK(each.fleet.violations() == std::vector<std::string>{});
        CHECK(each.fleet.extra_executions() == 0);
        if (each.took < 8s && each.fleet.violations().empty()) ++green;
    }
    record_cases(static_cast<int>(all.size()), green);
}
