#include "sheetbq/app/fleet_status.hpp"

#include "sheetbq/app/terminal.hpp"
#include "support/catch.hpp"
#include "support/status_sample.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::app::fleet_status_json;
using sheetbq::app::fleet_status_text;
using sheetbq::app::FleetStatus;
using sheetbq::control::RunState;

namespace {

FleetStatus sample_fleet() {
    FleetStatus status;
    status.configs = sample_view().configs;
    status.pool.now = sample_now();
    status.pool.max_running = 3;
    status.last = {sample_run(RunState::succeeded, 60s, 1500ms, 1234),
                   sample_run(RunState::failed, 3600s, 900ms, 0)};
    return status;
}

}  // namespace

TEST_CASE("The status of the whole fits on one screen of 80 columns") {
    const auto text = fleet_status_text(sample_fleet(), 80, false);

    std::istringstream lines{text};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        INFO(line);
        CHECK((sheetbq::app::text_width(line) <= 80 || line.find("helper ") != std::string::npos ||
               line.find("sheetbq-orchestrator") != std::string::npos));
    }
    CHECK(count < 50);
    CHECK_THAT(text, ContainsSubstring("Runs may start."));
    CHECK_THAT(text, ContainsSubstring("20 configurations: "));
    CHECK_THAT(text, ContainsSubstring("Failing\n"));
    CHECK_THAT(text, ContainsSubstring("1,234 rows"));
    CHECK_THAT(text, ContainsSubstring("Next due\n"));
    CHECK(text.find('\033') == std::string::npos);
    CHECK(fleet_status_text(sample_fleet(), 80, true).find('\033') != std::string::npos);
}

TEST_CASE("What keeps runs from starting is told first") {
    auto status = sample_fleet();
    status.pool.paused = true;
    status.pool.paused_by = "ada@host";
    status.pool.paused_reason = "moving";
    status.pool.paused_at = sample_now() - 5min;
    CHECK(fleet_status_text(status, 80, false)
              .starts_with("Paused since 5 min ago by ada@host: moving\nNo run starts. Go on: "
                           "helper resume\n"));

    status.pool.paused = false;
    status.pool.breaker_trips = 1;
    status.pool.breaker_reason = "403";
    status.pool.breaker_hint = "Grant a role.";
    status.pool.breaker_since = sample_now() - 5min;
    status.pool.breaker_until = sample_now() + 1min;
    CHECK(fleet_status_text(status, 80, false)
              .starts_with("Starts fail since 5 min ago: 403\nNext try in 1 min. Grant a role.\n"));
}

TEST_CASE("What is stuck is told with what to type") {
    FleetStatus status;
    status.pool.now = sample_now();
    auto config = sample_config(7, "orders");
    status.configs = {config};
    CHECK(fleet_status_text(status, 80, false).find("Stuck") == std::string::npos);

    SECTION("nobody looks at live runs") {
        status.oldest_unseen_poll = 1'800;
        CHECK_THAT(fleet_status_text(status, 80, false),
                   ContainsSubstring("was not looked at for 30 min"));
    }
    SECTION("a run is past its deadline") {
        auto run = sample_run(RunState::running, 0s, 0ms, 0);
        run.finished_at.reset();
        run.deadline_at = sample_now() - 1h;
        status.configs[0].live = run;
        CHECK_THAT(fleet_status_text(status, 80, false),
                   ContainsSubstring("is past its deadline. Stop it:\n    helper cancel "));
    }
    SECTION("a configuration is late") {
        status.configs[0].config.last_run = sample_now() - 72h;
        status.configs[0].due_at = sample_now() - 48h;
        CHECK_THAT(fleet_status_text(status, 80, false),
                   ContainsSubstring("1 configuration is late, orders (7) by 2 d"));
    }
    CHECK(fleet_status_json(status).at("stuck").as_array().size() == 1);
}

TEST_CASE("Without configurations one is told how to make one") {
    const auto text = fleet_status_text({}, 80, false);

    CHECK_THAT(text, ContainsSubstring("helper configs create --from config.json"));
}

TEST_CASE("Programs get the same, and numbers for each way of standing") {
    const auto status = sample_fleet();
    const auto item = fleet_status_json(status);

    const auto& configs = item.at("configs").as_object();
    std::int64_t sum = 0;
    for (const auto& [key, value] : configs)
        if (key != "total") sum += value.to_number<std::int64_t>();
    CHECK(configs.at("total").to_number<std::int64_t>() == 20);
    CHECK(sum == 20);
    CHECK(item.at("last_runs").as_array().size() == 2);
    CHECK(item.at("next_due").as_array().size() == 5);
    CHECK(item.at("failing").as_array().size() ==
          static_cast<std::size_t>(configs.at("failing").to_number<std::int64_t>()));
    CHECK(item.at("time") == "2026-01-31T08:00:05.000Z");
}
