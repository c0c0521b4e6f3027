// Ctrl-C, once and twice, in a load that this machine runs and in one that Cloud Run does.

#include "integration/orchestrator_world.hpp"
#include "sandbox/run_control.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

/// A loaded table, a sheet that has changed since, and a load of it that does not end by itself.
class Interrupted {
public:
    explicit Interrupted(const std::vector<std::string>& source) : command_{source} {
        fleet.google.type_csv("id,name\n1,Ada\n");
        REQUIRE(helper({"execute", "--config-file", file(), "--local"})->wait(60s).exit_code == 0);
        before = fleet.google.table();
        REQUIRE(before != "none");
        fleet.google.type_csv("id,name\n1,Ada\n2,Grace\n");
        fleet.use_cloud_run();
        use_job_program(fleet.google.google, SHEETBQ_JOB, job_environment());
        fleet.add_row("orders", "'', 24");
        fleet.google.google.edit(
            [&] { fleet.google.google.bigquery.polls_until_done = 1'000'000; });
        known_jobs_ = fleet.google.google.count("/jobs/sheetbq_");
    }

    std::unique_ptr<Process> helper(const std::vector<std::string>& words) const {
        std::vector<std::string> command{std::string{SHEETBQ_HELPER_FOLDER} + "/helper"};
        command.insert(command.end(), words.begin(), words.end());
        auto environment = fleet.environment();
        environment["SHEETBQ_JOB_PROGRAM"] = SHEETBQ_JOB;
        environment["SHEETBQ_POLL"] = "100ms";
        environment["PROGRESS_SECONDS"] = "1";
        return std::make_unique<Process>(command, environment);
    }

    /// Runs until BigQuery has been asked for the load job.
    std::unique_ptr<Process> begin(const std::vector<std::string>& place) {
        auto words = command_;
        for (auto& word : words)
            if (word == "FILE") word = file();
        words.insert(words.end(), place.begin(), place.end());
        auto process = helper(words);
        REQUIRE(fleet.google.wait_for("/jobs/sheetbq_", known_jobs_ + 2));
        return process;
    }

    /// Lets BigQuery end what it runs.
    void let_load() {
        fleet.google.google.edit([&] {
            for (auto& [name, job] : fleet.google.google.bigquery.jobs) job.polls_until_done = 1;
        });
    }

    /// Waits until the load job has been asked for so often.
    bool polled(std::size_t times) {
        return fleet.google.wait_for("/jobs/sheetbq_", known_jobs_ + times);
    }

    /// Of the only run, once an orchestrator has looked at it often enough.
    std::string state_after_ticks() {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < end) {
            fleet.run({"--launcher=cloud-run", "--project=demo-project", "--region=europe-west1",
                       "--poll=100ms"});
            if (fleet.value("SELECT finished_at IS NOT NULL FROM sheetbq.run LIMIT 1") == "t")
                break;
        }
        return fleet.value("SELECT state FROM sheetbq.run");
    }

    OrchestratorWorld fleet;
    std::string before;

private:
    sheetbq::sandbox::ContainerEnv job_environment() const {
        auto environment = fleet.google.variables({{"PROGRESS_SECONDS", "1"}});
        environment.erase("SHEETBQ_RUN_ID");
        return {environment.begin(), environment.end()};
    }

    std::string file() const {
        const auto path = fleet.google.folder.path() / "config.json";
        std::ofstream{path} << fmt::format(
            R"({{"config_name": "orders", "google_sheet_url": "{}", "google_cloud_project_id":
                "demo-project", "bigquery_dataset_id": "demo", "bigquery_table_id": "orders"}})",
            World::spreadsheet_id);
        return path.string();
    }

    std::vector<std::string> command_;
    std::size_t known_jobs_ = 0;
};

const std::vector<std::string> of_file{"execute", "--config-file", "FILE"};
const std::vector<std::string> of_config{"execute", "orders"};
const std::vector<std::string> on_cloud_run{"--project=demo-project", "--region=europe-west1"};

}  // namespace

TEST_CASE("Ctrl-C ends a local load and leaves the table as it was") {
    const auto source = GENERATE(of_file, of_config);
    Interrupted load{source};
    const auto process = load.begin({"--local"});

    process->send_signal(SIGINT);
    const auto end = process->wait(30s);

    INFO(end.out << end.err);
    CHECK(end.exit_code == 130);
    CHECK(end.after_signal < 10s);
    CHECK_THAT(end.err, ContainsSubstring("stopping the run; Ctrl-C again ends at once"));
    CHECK_THAT(end.err, ContainsSubstring("the table is as it was"));
    CHECK(load.fleet.google.google.count("/cancel") == 1);
    CHECK(load.fleet.google.table() == load.before);
    if (source == of_config)
        CHECK(load.fleet.value("SELECT state FROM sheetbq.run") == "cancelled");
}

TEST_CASE("Ctrl-C twice ends a local load at once") {
    const auto source = GENERATE(of_file, of_config);
    Interrupted load{source};
    load.fleet.google.google.fail({.path_contains = "/cancel", .times = -1, .stall = 60s});
    const auto process = load.begin({"--local"});

    process->send_signal(SIGINT);
    REQUIRE(load.fleet.google.wait_for("/cancel", 1));
    process->send_signal(SIGINT);
    const auto end = process->wait(30s);

    INFO(end.out << end.err);
    CHECK(end.exit_code == 130);
    CHECK(end.after_signal < 3s);
    CHECK(load.fleet.google.table() == load.before);
}

TEST_CASE("Ctrl-C stops waiting for Cloud Run, which goes on, and says how to go on") {
    const auto source = GENERATE(of_file, of_config);
    Interrupted load{source};
    const auto process = load.begin(on_cloud_run);

    process->send_signal(SIGINT);
    const auto end = process->wait(30s);

    INFO(end.out << end.err);
    CHECK(end.exit_code == 130);
    CHECK(end.after_signal < 3s);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, ContainsSubstring("stopped waiting; the execution goes on:"));
    const auto name = source == of_file ? std::string{"sheettobigquery-job-"}
                                        : load.fleet.value("SELECT run_id FROM sheetbq.run");
    CHECK_THAT(end.err, ContainsSubstring("helper status " + name));
    CHECK_THAT(end.err, ContainsSubstring("helper cancel " + name));
    CHECK(load.fleet.google.google.count("/cancel") == 0);

    load.let_load();
    if (source == of_config) CHECK(load.state_after_ticks() == "succeeded");
}

TEST_CASE("a long load tells how far it is, wherever it runs") {
    const bool local = GENERATE(true, false);
    Interrupted load{local ? of_config : of_file};
    const auto process = load.begin(local ? std::vector<std::string>{"--local"} : on_cloud_run);
    REQUIRE(load.polled(3));  // the last pause was a second

    load.let_load();
    const auto end = process->wait(30s);

    INFO(end.out << end.err);
    CHECK(end.exit_code == 0);
    CHECK_THAT(end.err, ContainsSubstring("BigQuery loads 2 rows"));
    CHECK_THAT(end.out, ContainsSubstring("2 rows of 2 columns"));
}
