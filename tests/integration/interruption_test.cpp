#include "integration/world.hpp"

#include <boost/json.hpp>

#include <csignal>

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::report_of;
using sheetbq::testing::Variables;
using sheetbq::testing::World;

namespace {

constexpr int rows = 7'200;  // about ten chunks of 256 KiB
constexpr std::size_t chunks = 10;
const Variables small_pieces{{"UPLOAD_CHUNK_KB", "256"}, {"WINDOW_CELLS", "2000"}};

/// A table of forty rows, and a larger sheet that is to replace it or to be added.
struct Interrupted {
    explicit Interrupted(const std::string& mode) {
        world.type_large(40);
        REQUIRE(world.run().exit_code == 0);
        before = world.table();
        requests_before = world.google.requests().size();
        world.type_large(rows);
        variables = small_pieces;
        variables["WRITE_MODE"] = mode;
        variables["SHEETBQ_RUN_ID"] = "r2";
    }

    /// Sends the signal once that many of these requests have come, and checks how the run ends.
    void interrupt(int signal, const std::string& path, std::size_t count) {
        const auto process = world.start(world.variables(variables));
        REQUIRE(world.wait_for(path, world_count(path) + count));
        process->send_signal(signal);
        end = process->wait();
        INFO(end.out << end.err);
        CHECK_FALSE(end.timed_out);
        CHECK(end.after_signal < 8s);
        CHECK(end.exit_code == 128 + signal);
        const auto report = report_of(end);
        CHECK(report.at("outcome") == "failed");
        CHECK(report.at("error").at("code") == "cancelled");
        CHECK_FALSE(report.at("error").at("hint").as_string().empty());
        CHECK_FALSE(job_runs());
    }

    /// Requests of the first run.
    std::size_t world_count(const std::string& path) const {
        std::size_t count = 0;
        const auto requests = world.google.requests();
        for (std::size_t i = 0; i < requests_before; ++i)
            if ((requests[i].host + requests[i].target).find(path) != std::string::npos) ++count;
        return count;
    }

    bool job_runs() {
        bool runs = false;
        world.google.edit([&] {
            for (const auto& [name, job] : world.google.bigquery.jobs)
                runs = runs || (job.finish && !job.cancelled);
        });
        return runs;
    }

    World world;
    std::string before;
    std::size_t requests_before = 0;
    Variables variables;
    testing::ProcessEnd end;
};

}  // namespace

TEST_CASE("SIGTERM and SIGINT at 10, 50 and 90 % of the upload leave the old table") {
    const int signal = GENERATE(SIGTERM, SIGINT);
    const std::string mode = GENERATE("replace", "append");
    const std::size_t percent = GENERATE(10U, 50U, 90U);
    INFO(signal << " " << mode << " at " << percent << " %");
    Interrupted run{mode};
    // the answer to that chunk is late, so that the signal meets the upload
    run.world.google.fail({.path_contains = "upload_id=",
                           .skip = static_cast<int>(chunks * percent / 100) - 1,
                           .stall = 20s});

    run.interrupt(signal, "upload_id=", chunks * percent / 100);

    CHECK(run.world.table() == run.before);
    CHECK_THAT(run.end.out, ContainsSubstring("the table is as it was"));
}

TEST_CASE("a signal while the sheet is read ends the run before anything is written") {
    const int signal = GENERATE(SIGTERM, SIGINT);
    Interrupted run{"replace"};
    run.world.google.fail({.path_contains = "/values/", .skip = 2, .times = -1, .stall = 20s});
    const auto writes = run.world.writes();

    run.interrupt(signal, "/values/", 3);

    CHECK_THAT(run.end.out, ContainsSubstring("before it wrote anything"));
    CHECK(run.world.writes() == writes);
    CHECK(run.world.table() == run.before);
}

TEST_CASE("a signal while BigQuery loads cancels the job and leaves the old table") {
    const int signal = GENERATE(SIGTERM, SIGINT);
    const std::string mode = GENERATE("replace", "append");
    Interrupted run{mode};
    run.world.google.bigquery.polls_until_done = 1'000'000;

    run.interrupt(signal, "/jobs/sheetbq_r2_1", 2);

    CHECK(run.world.google.count("/cancel") == 1);
    CHECK(run.world.table() == run.before);
    CHECK_THAT(run.end.out, ContainsSubstring("was cancelled; the table is as it was"));
}

TEST_CASE("a signal in the moment the job is accepted finds and cancels it") {
    const std::string mode = GENERATE("replace", "append");
    Interrupted run{mode};
    run.world.google.bigquery.polls_until_done = 1'000'000;
    run.world.google.bigquery.hidden_polls = 2;
    run.world.google.fail(
        {.path_contains = "upload_id=", .skip = static_cast<int>(chunks) - 1, .stall = 20s});

    run.interrupt(SIGTERM, "upload_id=", chunks);

    CHECK(run.world.google.count("/cancel") == 1);
    CHECK(run.world.table() == run.before);
}

TEST_CASE("the interrupted run, started again, completes what the signal stopped, once") {
    Interrupted run{"append"};
    run.world.google.bigquery.polls_until_done = 1'000'000;
    run.interrupt(SIGTERM, "/jobs/sheetbq_r2_1", 2);
    run.world.google.edit([&] { run.world.google.bigquery.polls_until_done = 1; });

    const auto end = run.world.run(run.variables);

    INFO(end.out);
    CHECK(end.exit_code == 0);
    std::size_t count = 0;
    run.world.google.edit([&] {
        count = run.world.google.bigquery.find_table("demo-project", "demo", "orders")->rows.size();
    });
    CHECK(count == 40 + rows);
}

TEST_CASE("a second signal does not wait for the tidying") {
    Interrupted run{"replace"};
    run.world.google.bigquery.polls_until_done = 1'000'000;
    run.world.google.fail({.path_contains = "/cancel", .times = -1, .stall = 60s});
    const auto process = run.world.start(run.world.variables(run.variables));
    REQUIRE(run.world.wait_for("/jobs/sheetbq_r2_1", 2));

    process->send_signal(SIGTERM);
    REQUIRE(run.world.wait_for("/cancel", 1));
    process->send_signal(SIGTERM);
    const auto end = process->wait();

    CHECK(end.after_signal < 3s);
    CHECK(end.exit_code == 143);
    CHECK_THAT(end.out, ContainsSubstring("may still run"));
    CHECK(run.world.table() == run.before);
}

TEST_CASE("RUN_TIMEOUT_SECONDS ends a run that hangs, with 14 and the table as it was") {
    const std::string where = GENERATE("/values/", "upload_id=", "/jobs/sheetbq_r2_1");
    INFO(where);
    Interrupted run{"append"};
    run.world.google.fail({.path_contains = where, .times = 1, .stall = 20s});
    run.world.google.bigquery.polls_until_done = 1'000'000;
    run.variables["RUN_TIMEOUT_SECONDS"] = "2";

    const auto end = run.world.run(run.variables);

    INFO(end.out);
    CHECK(end.exit_code == 14);
    const auto report = report_of(end);
    CHECK(report.at("error").at("code") == "deadline");
    CHECK_THAT(std::string{report.at("error").at("hint").as_string()},
               ContainsSubstring("RUN_TIMEOUT_SECONDS"));
    CHECK_FALSE(run.job_runs());
    CHECK(run.world.table() == run.before);
}
