// F11: the same tick many times, and many orchestrators at once.

#include "fault/serving.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <future>
#include <list>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::http::Method;

TEST_CASE("F11 one tick that arrives twenty times at three services is one tick", "[F11]") {
    Fleet fleet;
    fleet.add_configs(4);
    fleet.add_configs(4, 0);
    fleet.as_owner(
        "UPDATE sheet_to_bigquery_configs SET run_frequency_hours = NULL WHERE id IN (5, 6)");
    make_schema(fleet);
    std::list<FleetServing> services;
    for (int i = 0; i < 3; ++i) services.emplace_back(fleet);
    constexpr int ticks = 4;
    std::int64_t claimed = 0;
    int done = 0;
    int duplicates = 0;
    for (int tick = 0; tick < ticks; ++tick) {
        const sheetbq::http::Headers scheduled{
            {"X-CloudScheduler-JobName", "tick"},
            {"X-CloudScheduler-ScheduleTime", fmt::format("2026-11-23T08:0{}:00Z", tick)}};
        std::vector<std::future<sheetbq::http::Response>> answers;
        for (int i = 0; i < 20; ++i) {
            auto& service = *std::next(services.begin(), i % 3);
            answers.push_back(std::async(std::launch::async, [&service, &scheduled] {
                return service.ask(Method::post, "/tick", scheduled);
            }));
        }
        for (auto& each : answers) {
            const auto answer = each.get();
            REQUIRE(answer.status == 200);
            const auto report = boost::json::parse(answer.body).as_object();
            const auto& status = report.at("status");
            done += status == "done" ? 1 : 0;
            duplicates += status == "duplicate" ? 1 : 0;
            if (report.contains("claimed")) claimed += report.at("claimed").as_int64();
        }
    }
    services.clear();

    CHECK(done == ticks);
    CHECK(duplicates == 19 * ticks);
    CHECK(claimed == 4 + 4 * ticks);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == std::to_string(4 + 4 * ticks));
    CHECK(fleet.value("SELECT count(DISTINCT (config_id, slot_key)) FROM sheetbq.run") ==
          std::to_string(4 + 4 * ticks));
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}

TEST_CASE("F11 thirty-two orchestrators at once run every configuration once, under the cap",
          "[F11]") {
    Fleet fleet{{.cap = 5}};
    fleet.add_configs(24);
    std::vector<std::unique_ptr<Process>> orchestrators;
    for (int i = 0; i < 32; ++i) orchestrators.push_back(fleet.start());
    for (const auto& each : orchestrators) {
        const auto end = each->wait(60s);
        CAPTURE(end.out, end.err);
        CHECK(end.exit_code == 0);
    }

    CHECK(fleet.quiesce());
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "24");
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'") == "24");
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}
