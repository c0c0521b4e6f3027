#include "bench/bars.hpp"
#include "sheetbq/control/pg_store.hpp"
#include "support/postgres.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace sheetbq;
using namespace sheetbq::bench;
using control::Store;

struct Setup {
    bool smoke = false;    ///< the small sizes only, once each
    bool history = false;  ///< also with three million finished runs
};

const SystemClock machine;

double milliseconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
}

/// CPU of this process.
double own_cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double median_of(int times, const std::function<void()>& before,
                 const std::function<void()>& work) {
    std::vector<double> spent;
    for (int i = 0; i < times; ++i) {
        before();
        spent.push_back(milliseconds_of(work));
    }
    return median(spent);
}

constexpr auto owners_table = R"(
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()))";

/// A durable PostgreSQL with daily configurations, some of them due; each has run before.
class World {
public:
    World(int configs, int due) : database_{postgres_.create_database()} {
        query(owners_table);
        query(
            fmt::format("INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url, "
                        "google_cloud_project_id,"
                        " bigquery_dataset_id, bigquery_table_id, run_frequency_hours, last_run)"
                        " SELECT 'Configuration ' || n, 'https://docs.google.com/spreadsheets/d/' "
                        "|| md5(n::text)"
                        " || '/edit#gid=0', 'project-' || n % 50, 'reports', 'table_' || n, 24,"
                        " now() - CASE WHEN n % ({0} / {1}) = 0 THEN interval '25 hours'"
                        " ELSE random() * interval '20 hours' END FROM generate_series(1, {0}) n",
                        configs, due));
        store_ = open();
        store_->migrate();
        store_->set_max_running(1'000);
        query(
            "INSERT INTO sheetbq.config_state (config_id, not_before)"
            " SELECT id, CASE WHEN id % 50 = 1 THEN now() + interval '1 day' END"
            " FROM sheet_to_bigquery_configs");
        query("VACUUM ANALYZE sheet_to_bigquery_configs");
        query("VACUUM ANALYZE sheetbq.config_state");
    }

    std::unique_ptr<Store> open() const {
        control::PgSettings settings;
        settings.host = postgres_.host();
        settings.user = "postgres";
        settings.database = database_;
        return control::make_pg_store(settings, machine, full_jitter(), Log{[](const Event&) {}});
    }
    Store& store() { return *store_; }
    double cpu_seconds() const { return postgres_.cpu_seconds(); }
    void query(const std::string& sql) { postgres_.query(database_, sql); }

    /// Finished runs, `count` of them, over the last 90 days.
    void add_history(int count) {
        query(fmt::format(
            "INSERT INTO sheetbq.run (run_id, config_id, slot_key, trigger, state, due_at, "
            "created_at,"
            " started_at, finished_at, report, rows_loaded) SELECT"
            " (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7000' || '8000' ||"
            " lpad(to_hex(n), 12, '0'))::uuid, 1 + n % 10000, 'lr:' || n, 'schedule', 'succeeded', "
            "t,"
            " t + interval '30 s', t + interval '40 s', t + interval '70 s',"
            " '{{\"rows\": 1000, \"columns\": []}}', 1000 FROM (SELECT n, now() - n *"
            " interval '90 days' / {0} AS t FROM generate_series(1, {0}) n) AS history",
            count));
        query("VACUUM ANALYZE sheetbq.run");
    }

private:
    testing::Postgres postgres_{
        {.durable = true, .settings = {"shared_buffers=512MB", "max_wal_size=4GB"}}};
    std::string database_;
    std::unique_ptr<Store> store_;
};

void measure_claims(Bars& bars, int configs, double limit, int times) {
    World world{configs, configs / 250};
    std::size_t claimed = 0;
    int tick = 0;
    const auto spent = median_of(
        times, [&] { world.query("DELETE FROM sheetbq.run"); },
        [&] { claimed = world.store().claim({.tick_id = fmt::format("t{}", ++tick)}).size(); });
    fmt::print("\n{} configurations, 0.4 % due: a claim takes {} of them, median of {}\n", configs,
               claimed, times);
    bars.at_most("claim", spent, limit, "ms");
    const auto left = median_of(
        3, [] {}, [&] { world.store().due_left({.tick_id = "x"}); });
    fmt::print("         counting what is due{:>31.2f} ms\n", left);
}

/// Claims batches and takes each run through intent, record and finish. @returns how many.
int live(Store& store, const std::string& tick) {
    int ended = 0;
    for (;;) {
        const auto runs = store.claim({.tick_id = tick});
        if (runs.empty()) return ended;
        for (const auto& run : runs) {
            const auto intended = store.intend(run, R"({"CONFIG_NAME":"x"})", "hash", 60s, 180s);
            if (!intended) continue;
            store.record(*intended, {.name = "e-" + run.run_id, .run_id = run.run_id}, 10s, 40min,
                         60s);
            control::Ending ending;
            ending.state = control::RunState::succeeded;
            ending.exit_code = 0;
            ending.report = R"({"rows":1000,"seconds":{"total":2.5}})";
            ending.sheets_requests = 4;
            ended += store.finish(*intended, ending) ? 1 : 0;
        }
    }
}

void measure_lifecycles(Bars& bars, const Setup& setup) {
    constexpr int clients = 16;
    World world{10'000, setup.smoke ? 500 : 5'000};
    std::vector<std::unique_ptr<Store>> stores;
    for (int i = 0; i < clients; ++i) stores.push_back(world.open());
    std::vector<double> rates;
    std::vector<double> costs;
    for (int round = 0; round < (setup.smoke ? 1 : 3); ++round) {
        std::atomic<int> ended = 0;
        const auto before = world.cpu_seconds() + own_cpu_seconds();
        const auto spent = milliseconds_of([&] {
            std::vector<std::jthread> threads;
            for (auto& store : stores)
                threads.emplace_back([&] { ended += live(*store, fmt::format("t{}", round)); });
        });
        rates.push_back(ended * 1'000 / spent);
        costs.push_back((world.cpu_seconds() + own_cpu_seconds() - before) * 1'000 / ended);
        world.query(
            "UPDATE sheet_to_bigquery_configs SET last_run = now() - interval '25 hours'"
            " WHERE last_run > now() - interval '5 minutes'");
        world.query("VACUUM sheet_to_bigquery_configs");
    }
    fmt::print("\n10000 configurations, {} clients, fsync: claim, intent, record, finish\n",
               clients);
    fmt::print("         CPU of both sides a lifecycle{:>22.2f} ms\n", median(costs));
    bars.at_least("complete lifecycles", median(rates), 1'000, "a second");
}

/// What a tick asks of the database when there is nothing to do.
void idle_tick(Store& store, int number) {
    const auto id = fmt::format("idle-{}", number);
    store.hello();
    store.define_bucket("run:start:here", 60, 1);
    store.define_bucket("sheets:read:account", 60, 1);
    store.register_tick(id);
    store.lease(50, 60s);
    store.claim({.tick_id = id});
    store.remind();
    store.digest(id, 5);
    store.lease_messages(10, 60s);
    store.win_sweep("retention", 1h);
    store.due_left({.tick_id = id});
    store.finish_tick(id, "{}");
}

void measure_looking(Bars& bars, const Setup& setup) {
    World world{10'000, 1};
    world.query(
        "UPDATE sheet_to_bigquery_configs SET last_run = now()"
        " WHERE last_run < now() - interval '23 hours'");
    auto& store = world.store();
    int tick = 0;
    const int times = setup.smoke ? 3 : 21;
    fmt::print("\n10000 configurations, nothing due, median of {}\n", times);
    bars.at_most("all that a tick asks",
                 median_of(
                     times, [] {}, [&] { idle_tick(store, ++tick); }),
                 40, "ms");
    world.add_history(100'000);
    fmt::print("\n100000 runs of 10000 configurations\n");
    bars.at_most("list of the last 20",
                 median_of(
                     times, [] {}, [&] { store.runs({}); }),
                 100, "ms");
    bars.at_most("list of the last 20 of one",
                 median_of(
                     times, [] {}, [&] { store.runs({.config_id = 77}); }),
                 100, "ms");
    const int few = setup.smoke ? 1 : 5;
    fmt::print("         overview with 10 runs each{:>25.2f} ms\n",
               median_of(
                   few, [] {}, [&] { store.overview(10); }));
    fmt::print("         metrics{:>44.2f} ms\n", median_of(
                                                     few, [] {}, [&] { store.metrics(); }));
}

void measure_history(Bars& bars) {
    World world{10'000, 2'000};
    world.add_history(3'000'000);
    auto& store = world.store();
    fmt::print("\n3 million finished runs, 1000 live\n");
    while (!store.claim({.tick_id = "t"}).empty()) {
    }
    world.query("ANALYZE sheetbq.run");
    const auto lease = median_of(
        21,
        [&] {
            world.query(
                "UPDATE sheetbq.run SET next_poll_at = now(), lease_owner = NULL"
                " WHERE finished_at IS NULL");
        },
        [&] { store.lease(50, 60s); });
    bars.at_most("lease of 50", lease, 20, "ms");
    bars.at_most("list of the last 20",
                 median_of(
                     21, [] {}, [&] { store.runs({}); }),
                 100, "ms");
    bars.at_most("list of what is live",
                 median_of(
                     21, [] {}, [&] { store.runs({.states = {control::RunState::claimed}}); }),
                 100, "ms");
    bars.at_most("metrics",
                 median_of(
                     5, [] {}, [&] { store.metrics(); }),
                 500, "ms");
    bars.at_most("sweep with nothing old",
                 median_of(
                     3, [] {}, [&] { store.sweep(91 * 24h); }),
                 1'000, "ms");
}

}  // namespace

int main(int argc, char** argv) {
    Setup setup;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        setup.smoke = setup.smoke || word == "--smoke";
        setup.history = setup.history || word == "--history";
    }
    Bars bars;
    try {
        measure_claims(bars, 10'000, 25, setup.smoke ? 3 : 21);
        if (!setup.smoke) {
            measure_claims(bars, 100'000, 60, 11);
            measure_claims(bars, 1'000'000, 700, 5);
        }
        measure_lifecycles(bars, setup);
        measure_looking(bars, setup);
        if (setup.history) measure_history(bars);
    } catch (const std::exception& error) {
        fmt::print(stderr, "store_bench: {}\n", error.what());
        return 1;
    }
    return bars.conclude(setup.smoke);
}
