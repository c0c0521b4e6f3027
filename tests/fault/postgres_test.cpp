// F4: PostgreSQL that is stopped and started. F5: sessions that are killed, refused, kept waiting.

#include "fault/results.hpp"
#include "fault/serving.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <csignal>
#include <random>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// One that experiments may stop. A commit that was answered outlives its crash.
Postgres& restless() {
    static Postgres server{
        {.durable = false, .settings = {"synchronous_commit=on", "max_connections=40"}}};
    return server;
}

/// Orchestrators that tick every second, through whatever comes; each has begun to.
std::vector<std::unique_ptr<Process>> start_loops(Fleet& fleet, int count) {
    std::vector<std::unique_ptr<Process>> loops;
    for (int i = 0; i < count; ++i) loops.push_back(fleet.start({}, {"--loop=1s"}));
    const auto ticking = [&] {
        return std::stoi(
            fleet.value("SELECT count(DISTINCT instance) FROM sheetbq.tick WHERE "
                        "tick_id LIKE 'loop:%'"));
    };
    for (int i = 0; i < 2'000 && ticking() < count; ++i) std::this_thread::sleep_for(10ms);
    return loops;
}

/// Ends them, and checks that each lived until then. @returns what all of them logged.
ProcessEnd end_loops(const std::vector<std::unique_ptr<Process>>& loops) {
    ProcessEnd all;
    for (const auto& loop : loops) loop->send_signal(SIGTERM);
    for (const auto& loop : loops) {
        const auto end = loop->wait(15s);
        INFO(end.err);
        CHECK(end.exit_code == 128 + SIGTERM);
        CHECK(end.after_signal < 10s);
        all.out += end.out;
    }
    return all;
}

/// Somebody else's session.
class Session {
public:
    explicit Session(const Fleet& fleet, Postgres& server = Fleet::postgres())
        : connection_{fmt::format("host={} port=5432 user=postgres dbname={}", server.host(),
                                  fleet.database())} {}
    void run(const std::string& sql) {
        pqxx::nontransaction work{connection_};
        work.exec(sql);
    }

private:
    pqxx::connection connection_;
};

/// Watches how long statements of orchestrators take, in seconds.
class Patience {
public:
    explicit Patience(Fleet& fleet) : fleet_{fleet} {}

    void watch(std::chrono::milliseconds span) {
        for (const auto end = SteadyClock::now() + span; SteadyClock::now() < end;) {
            const auto now = fleet_.value(
                "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) FROM "
                "pg_stat_activity WHERE state = 'active' AND application_name LIKE 'sheetbq/%' AND "
                "datname = current_database()");
            longest_ = std::max(longest_, std::stod(now));
            std::this_thread::sleep_for(50ms);
        }
    }
    double longest() const { return longest_; }

private:
    Fleet& fleet_;
    double longest_ = 0;
};

/// What must hold once PostgreSQL is well again.
void check_recovery(Fleet& fleet) {
    CHECK(fleet.quiesce());
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}

}  // namespace

TEST_CASE("F4 PostgreSQL crashes again and again, and nothing is lost", "[F4]") {
    const int seed = GENERATE(range(1, 1 + seeds()));
    CAPTURE(seed);
    std::mt19937 random{static_cast<unsigned>(seed)};
    const auto some = [&](unsigned least, unsigned most) {
        return std::chrono::milliseconds{least + random() % (most - least)};
    };
    Fleet fleet{{.run_takes = 200ms, .server = &restless()}};
    fleet.add_configs(6);
    fleet.add_configs(3, 0);
    make_schema(fleet);

    const auto loops = start_loops(fleet, 2);
    for (int crashes = 0; crashes < 4; ++crashes) {
        std::this_thread::sleep_for(some(200, 1'500));
        restless().stop();
        std::this_thread::sleep_for(some(0, 800));
        restless().start();
    }
    std::this_thread::sleep_for(1s);
    const auto all = end_loops(loops);

    CHECK(events(all, "tick_failed") + events(all, "database_away") > 0);
    check_recovery(fleet);
}

TEST_CASE("F5 sessions are killed in storms", "[F5]") {
    Fleet fleet{{.run_takes = 200ms}};
    fleet.add_configs(6);
    fleet.add_configs(3, 0);
    make_schema(fleet);

    const auto loops = start_loops(fleet, 2);
    int killed = 0;
    for (int i = 0; i < 60; ++i) {
        killed += std::stoi(fleet.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name "
            "LIKE 'sheetbq/%' AND datname = current_database()"));
        std::this_thread::sleep_for(std::chrono::milliseconds{20 + 17 * (i % 5)});
    }
    end_loops(loops);

    CHECK(killed > 10);
    check_recovery(fleet);
}

TEST_CASE("F5 a server without a connection to spare fails a tick cleanly", "[F5]") {
    Fleet fleet{{.server = &restless()}};
    fleet.add_configs(3);
    make_schema(fleet);
    std::vector<std::unique_ptr<Session>> hogs;
    // Twice, for what somebody was using may be free by now.
    for (int i = 0; i < 2; ++i) {
        try {
            for (;;) hogs.push_back(std::make_unique<Session>(fleet, restless()));
        } catch (const pqxx::broken_connection&) {
            REQUIRE(hogs.size() > 10);
        }
        std::this_thread::sleep_for(100ms);
    }
    const auto began = SteadyClock::now();
    const auto end = fleet.tick();
    const auto took = SteadyClock::now() - began;

    hogs.clear();
    std::this_thread::sleep_for(300ms);
    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 5);
    CHECK(took < 10s);
    CHECK_THAT(end.out, ContainsSubstring("max_connections"));
    check_recovery(fleet);
}

TEST_CASE("F5 locks of others make no statement wait for long", "[F5]") {
    const std::string pool = "the pool's row";
    const auto [what, sql] = GENERATE_COPY(table<std::string, std::string>(
        {{pool, "SELECT FROM sheetbq.pool FOR UPDATE"},
         {"the owner's table", "LOCK TABLE sheet_to_bigquery_configs IN ACCESS EXCLUSIVE MODE"},
         {"the owner's rows", "UPDATE sheet_to_bigquery_configs SET name = name"}}));
    CAPTURE(what);
    Fleet fleet{{.run_takes = 300ms}};
    fleet.add_configs(3);
    make_schema(fleet);
    fleet.query("UPDATE sheetbq.pool SET paused = true");
    Session other{fleet};
    Patience patience{fleet};
    const std::string go = "UPDATE sheetbq.pool SET paused = false";

    const auto loops = start_loops(fleet, 1);
    if (what == pool) fleet.query(go);
    other.run("BEGIN; " + sql);
    if (what != pool) fleet.query(go);
    patience.watch(6s);
    other.run("ROLLBACK");
    patience.watch(500ms);
    const auto all = end_loops(loops);

    CHECK_THAT(all.out, ContainsSubstring("55P03"));
    CHECK(patience.longest() > 1);
    CHECK(patience.longest() < 5);
    check_recovery(fleet);
}
