// F15: orchestrators that are asked to end in the middle of a start, and jobs in mid-upload.

#include "fault/options_column.hpp"
#include "fault/serving.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::sandbox::Fault;

namespace {

constexpr int old_rows = 40;
constexpr int rows = 7'200;  // about ten chunks of 256 KiB
constexpr std::size_t chunks = 10;

/// A table of 40 rows, and a sheet that is to be added to it by a local run.
struct Upload {
    Upload() {
        world.type_large(old_rows);
        fleet.add_configs(1, 0);
        fleet.as_owner(fmt::format(
            "UPDATE sheet_to_bigquery_configs SET bigquery_table_id = 'orders', google_sheet_url = "
            "'https://docs.google.com/spreadsheets/d/{}/edit'",
            World::spreadsheet_id));
        add_options_column(fleet, R"({"UPLOAD_CHUNK_KB": "256", "WINDOW_CELLS": "2000", )"
                                  R"("WRITE_MODE": "append"})");
        REQUIRE(fleet.tick({}, local).exit_code == 0);
        before = world.table();
        world.type_large(rows);
    }

    /// Waits until the upload is at that many percent, where its answers stall.
    void upload_until(std::size_t percent) {
        const auto asked = world.google.count("upload_id=");
        world.google.fail({.path_contains = "upload_id=",
                           .skip = static_cast<int>(chunks * percent / 100) - 1,
                           .stall = 20s});
        orchestrator = fleet.start({}, local);
        REQUIRE(world.wait_for("upload_id=", asked + chunks * percent / 100));
    }

    /// `local/HOST/PID-STARTED`
    int pid_of_job() {
        const auto name = fleet.value(
            "SELECT execution_name FROM sheetbq.run WHERE state = 'running' ORDER BY created_at "
            "DESC LIMIT 1");
        REQUIRE(name.find('/') != std::string::npos);
        return std::stoi(name.substr(name.rfind('/') + 1));
    }

    std::string last_state() {
        return fleet.value(
            "SELECT state FROM sheetbq.run ORDER BY created_at DESC, run_id DESC LIMIT 1");
    }

    /// Load jobs that changed the table.
    int loads() {
        int count = 0;
        world.google.edit([&] {
            for (const auto& [name, job] : world.google.bigquery.jobs) {
                const auto* const status = job.resource.if_contains("status");
                if (status != nullptr && !status->as_object().contains("errorResult") &&
                    !job.cancelled)
                    ++count;
            }
        });
        return count;
    }

    std::size_t table_rows() {
        std::size_t count = 0;
        world.google.edit([&] {
            count = world.google.bigquery.find_table("demo-project", "demo", "orders")->rows.size();
        });
        return count;
    }

    /// The next tick loads the whole sheet, once.
    void complete() {
        fleet.query("UPDATE sheetbq.config_state SET not_before = NULL");
        const auto again = fleet.tick({}, local);
        CAPTURE(again.out, again.err);
        CHECK(again.exit_code == 0);
        CHECK(table_rows() == old_rows + rows);
        CHECK(loads() == 2);
        CHECK(fleet.violations() == std::vector<std::string>{});
    }

    const std::vector<std::string> local{"--launcher=local",
                                         fmt::format("--job-program={}", SHEETBQ_JOB)};
    Fleet fleet{{.lease = 10s}};
    World& world = fleet.world;
    std::unique_ptr<Process> orchestrator;
    std::string before;
};

}  // namespace

TEST_CASE("F15 SIGTERM in the middle of a start gives everything back in time", "[F15]") {
    struct Case {
        std::string what;
        Fault fault;
    };
    const auto each = GENERATE(values<Case>(
        {{"the answer is late", {.path_contains = ":run", .stall = 60s}},
         {"the answer drips", {.path_contains = ":run", .drip = 1}},
         {"a look at the execution drips", {.path_contains = "/executions/", .drip = 1}}}));
    CAPTURE(each.what);
    Fleet fleet{{.run_takes = 300ms}};
    fleet.add_configs(3);
    fleet.world.google.fail(each.fault);

    const auto process = fleet.start();
    REQUIRE(fleet.world.wait_for(each.fault.path_contains, 1));
    process->send_signal(SIGTERM);
    const auto end = process->wait(30s);

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 128 + SIGTERM);
    CHECK(end.after_signal < 10s);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE lease_owner IS NOT NULL") == "0");
    CHECK(fleet.live() > 0);
    CHECK(fleet.quiesce());
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'") == "3");
    CHECK(fleet.extra_executions() == 0);
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F15 a signal to a job in mid-upload leaves the old table, and its repeat loads once",
          "[F15]") {
    const int signal = GENERATE(SIGTERM, SIGKILL);
    const std::size_t percent = GENERATE(10U, 50U, 90U);
    CAPTURE(signal, percent);
    Upload upload;
    upload.upload_until(percent);

    REQUIRE(::kill(upload.pid_of_job(), signal) == 0);
    const auto end = upload.orchestrator->wait(30s);

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 1);
    CHECK(upload.last_state() == (signal == SIGTERM ? "cancelled" : "failed"));
    CHECK(upload.world.table() == upload.before);
    upload.complete();
}

TEST_CASE("F15 an orchestrator that ends takes its job along, and the table stays the old one",
          "[F15]") {
    const int signal = GENERATE(SIGTERM, SIGKILL);
    CAPTURE(signal);
    Upload upload;
    upload.upload_until(50);
    const int job = upload.pid_of_job();

    upload.orchestrator->send_signal(signal);
    const auto end = upload.orchestrator->wait(30s);

    CAPTURE(end.out, end.err);
    CHECK(end.after_signal < 10s);
    CHECK((signal == SIGTERM ? end.exit_code == 128 + SIGTERM : end.signal == SIGKILL));
    for (int i = 0; i < 200 && ::kill(job, 0) == 0; ++i) std::this_thread::sleep_for(10ms);
    CHECK(::kill(job, 0) != 0);
    CHECK(upload.world.table() == upload.before);
    if (signal == SIGKILL) {
        upload.fleet.query(
            "UPDATE sheetbq.run SET next_poll_at = now(), lease_expires_at = now() "
            "WHERE lease_owner IS NOT NULL");
        CHECK(upload.fleet.tick({}, upload.local).exit_code == 0);
        CHECK(upload.last_state() == "lost");
    }
    upload.complete();
}
