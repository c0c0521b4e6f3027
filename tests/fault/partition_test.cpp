// F6: the network between orchestrator and PostgreSQL swallows what is sent.

#include "fault/results.hpp"
#include "fault/serving.hpp"
#include "support/fault_proxy.hpp"

#include <fmt/format.h>

#include <csignal>
#include <list>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// As it stands on the wire; BEGIN says READ COMMITTED.
const std::string commit{"COMMIT\0", 7};

/// A fleet whose next orchestrator stands behind a proxy of its own.
struct Partition {
    Partition(std::string name, const std::string& text, const std::string& after)
        : what{std::move(name)} {
        fleet.add_configs(1);
        REQUIRE(fleet.tick().exit_code == 0);
        fleet.add_configs(3);
        direct = fleet.postgres_host;
        fleet.postgres_host = folder.path();
        proxy.deafen_at(text, after);
        orchestrator = fleet.start();
        fleet.postgres_host = direct;
    }

    bool wait_until_deaf() const {
        for (int i = 0; i < 1'000 && !proxy.deafened(); ++i) std::this_thread::sleep_for(10ms);
        return proxy.deafened();
    }

    std::string what;
    TemporaryDirectory folder;
    Fleet fleet{{.run_takes = 300ms}};
    FaultProxy proxy{folder.path() / ".s.PGSQL.5432", Fleet::postgres().host() + "/.s.PGSQL.5432"};
    std::string direct;
    std::unique_ptr<Process> orchestrator;
};

}  // namespace

// All at once: what takes long is to wait for a server that says nothing.
TEST_CASE("F6 answers that never come leave no tick hanging, and unknown commits are looked up",
          "[F6]") {
    std::list<Partition> partitions;
    partitions.emplace_back("in the claim", "INSERT INTO sheetbq.run", "");
    partitions.emplace_back("at the claim's COMMIT", commit, "INSERT INTO sheetbq.run");
    partitions.emplace_back("at the intent's COMMIT", commit, "SET state = 'starting'");
    partitions.emplace_back("at the record's COMMIT", commit, "SET state = 'running'");
    partitions.emplace_back("in the finish", "last_run", "SET state = 'running'");
    partitions.emplace_back("at the finish's COMMIT", commit, "INSERT INTO sheetbq.config_state");
    for (const auto& each : partitions) {
        CAPTURE(each.what);
        REQUIRE(each.wait_until_deaf());
    }
    const auto deaf_since = SteadyClock::now();
    // Somebody else goes on meanwhile, and takes over what the cut-off one has begun.
    std::this_thread::sleep_for(2'500ms);
    for (auto& each : partitions) {
        CHECK(each.fleet.quiesce());
        each.proxy.set(FaultProxy::Mode::pass);
    }

    int green = 0;
    for (auto& each : partitions) {
        CAPTURE(each.what);
        const auto left = deaf_since + 45s - SteadyClock::now();
        const auto end =
            each.orchestrator->wait(std::chrono::duration_cast<std::chrono::milliseconds>(left));
        CAPTURE(end.out, end.err);
        CHECK_FALSE(end.timed_out);
        CHECK(events(end, "database_away") == 1);
        CHECK(each.fleet.quiesce());
        CHECK(each.fleet.violations() == std::vector<std::string>{});
        CHECK(each.fleet.extra_executions() == 0);
        if (!end.timed_out && each.fleet.violations().empty()) ++green;
    }
    record_cases(static_cast<int>(partitions.size()), green);
}

TEST_CASE("F6 a network that swallows everything for seconds only delays", "[F6]") {
    TemporaryDirectory folder;
    Fleet fleet{{.run_takes = 300ms}};
    fleet.add_configs(1);
    REQUIRE(fleet.tick().exit_code == 0);
    fleet.add_configs(3);
    FaultProxy proxy{folder.path() / ".s.PGSQL.5432", Fleet::postgres().host() + "/.s.PGSQL.5432"};
    const auto direct = fleet.postgres_host;
    fleet.postgres_host = folder.path();
    const auto orchestrator = fleet.start({}, {"--loop=1s"});
    fleet.postgres_host = direct;
    while (fleet.value("SELECT count(*) FROM sheetbq.run") == "1") std::this_thread::sleep_for(5ms);
    for (int i = 0; i < 3; ++i) {
        proxy.set(FaultProxy::Mode::black_hole);
        std::this_thread::sleep_for(700ms);
        proxy.cut();
        proxy.set(FaultProxy::Mode::pass);
        std::this_thread::sleep_for(400ms);
    }
    orchestrator->send_signal(SIGTERM);
    const auto end = orchestrator->wait(20s);

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 128 + SIGTERM);
    // It was met: somebody said so, or had to connect anew.
    const bool said = events(end, "database_away") + events(end, "tick_failed") > 0;
    CHECK((said || proxy.connections() > 1));
    CHECK(fleet.quiesce());
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}
