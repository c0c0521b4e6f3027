// F20: BigQuery that refuses, fails what it has accepted, or is asked twice; with real jobs.

#include "fault/options_column.hpp"
#include "fault/results.hpp"
#include "fault/serving.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <memory>
#include <set>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::sandbox::Answer;
using sheetbq::sandbox::Sandbox;

namespace {

constexpr auto upload_start = "/jobs?uploadType=resumable";
constexpr auto upload_chunk = "upload_id=";

Answer refusal(int status, const std::string& reason) {
    return {.status = status,
            .headers = {{"content-type", "application/json"}},
            .body = fmt::format(R"({{"error":{{"code":{0},"message":"{1}","errors":[{{"reason":)"
                                R"("{1}","message":"{1}","domain":"global"}}]}}}})",
                                status, reason)};
}

/// Load jobs by how they ended.
struct Loads {
    int effective = 0;
    int failed = 0;
    std::set<std::string> ids{};
};

Loads loads(Fleet& fleet) {
    Loads all;
    fleet.world.google.edit([&] {
        for (const auto& [id, job] : fleet.world.google.bigquery.jobs) {
            all.ids.insert(id);
            const auto* const status = job.resource.if_contains("status");
            const bool failed = status != nullptr && status->as_object().contains("errorResult");
            ++(failed ? all.failed : all.effective);
        }
    });
    return all;
}

std::size_t rows_of(Fleet& fleet, int config) {
    std::size_t count = 0;
    fleet.world.google.edit([&] {
        const auto* const table = fleet.world.google.bigquery.find_table(
            "demo-project", "demo", fmt::format("table_{}", config));
        if (table != nullptr) count = table->rows.size();
    });
    return count;
}

/// A run that meets harm.
struct Case {
    std::string what;
    void (*harm)(Sandbox&);
    int failed = 0;  ///< load jobs
    std::unique_ptr<Fleet> fleet{};
    std::unique_ptr<Process> process{};

    void start() {
        fleet = std::make_unique<Fleet>(FleetOptions{.real_jobs = true});
        add_options_column(*fleet, R"({"WRITE_MODE": "append"})");
        fleet->add_configs(1);
        harm(fleet->world.google);
        process = fleet->start();
    }
};

}  // namespace

// In append mode alone: there a second load of the same rows would show. All at once, for what
// takes long is the job's patience.
TEST_CASE("F20 whatever BigQuery refuses or fails, a run loads once", "[F20]") {
    std::list<Case> cases;
    cases.push_back({"503 at the start of the upload", [](Sandbox& google) {
                         google.fail({.path_contains = upload_start,
                                      .times = 2,
                                      .answer = refusal(503, "backendError")});
                     }});
    cases.push_back({"rateLimitExceeded at the start of the upload", [](Sandbox& google) {
                         google.fail({.path_contains = upload_start,
                                      .answer = refusal(403, "rateLimitExceeded")});
                     }});
    cases.push_back({"503 for the last chunk", [](Sandbox& google) {
                         google.fail({.path_contains = upload_chunk,
                                      .times = 2,
                                      .answer = refusal(503, "backendError")});
                     }});
    cases.push_back({"the answer to the last chunk is lost", [](Sandbox& google) {
                         google.fail({.path_contains = upload_chunk, .lose_answer = true});
                     }});
    cases.push_back({"accepted jobs that fail, and are hidden at first",
                     [](Sandbox& google) {
                         google.bigquery.next_job_errors = {{"backendError", "try again"},
                                                            {"rateLimitExceeded", "slower"}};
                         google.bigquery.hidden_polls = 1;
                     },
                     2});
    for (auto& each : cases) each.start();

    int green = 0;
    for (auto& each : cases) {
        CAPTURE(each.what);
        const auto end = each.process->wait(90s);
        CAPTURE(end.out, end.err);
        CHECK(end.exit_code == 0);
        const auto made = loads(*each.fleet);
        CHECK(made.effective == 1);
        CHECK(made.failed == each.failed);
        CHECK(rows_of(*each.fleet, 1) == 2);
        CHECK(each.fleet->violations() == std::vector<std::string>{});
        CHECK(each.fleet->extra_executions() == 0);
        if (made.effective == 1 && rows_of(*each.fleet, 1) == 2) ++green;
    }
    record_cases(static_cast<int>(cases.size()), green);
}

TEST_CASE("F20 a load that fails for good is one failure, and the next run loads once", "[F20]") {
    Fleet fleet{{.real_jobs = true}};
    add_options_column(fleet, R"({"WRITE_MODE": "append"})");
    fleet.add_configs(1);
    fleet.world.google.edit([&] {
        fleet.world.google.bigquery.next_job_errors = {{"invalid", "row 7 is no good"}};
    });

    const auto end = fleet.tick();

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 1);
    CHECK(fleet.value("SELECT exit_code || ' ' || error_class FROM sheetbq.run") == "15 bad_data");
    CHECK(rows_of(fleet, 1) == 0);
    fleet.query("UPDATE sheetbq.config_state SET not_before = NULL");
    CHECK(fleet.tick().exit_code == 0);
    CHECK(loads(fleet).effective == 1);
    CHECK(rows_of(fleet, 1) == 2);
    CHECK(fleet.violations() == std::vector<std::string>{});
}

// The list lags behind further than the settle time, which no shipped program allows: the only way
// to make the orchestrator start one run twice.
TEST_CASE("F20 two executions of one run load once: the second meets a 409", "[F20]") {
    Fleet fleet{{.real_jobs = true, .settle = 300ms}};
    add_options_column(fleet, R"({"WRITE_MODE": "append"})");
    fleet.add_configs(1);
    fleet.world.google.edit([&] { fleet.world.google.run.list_lag = 3s; });
    fleet.world.google.fail({.path_contains = ":run", .lose_answer = true});

    fleet.tick();
    CHECK(fleet.quiesce());

    REQUIRE(fleet.extra_executions() == 1);
    const auto requests = fleet.world.google.requests();
    CHECK(std::any_of(requests.begin(), requests.end(), [](const auto& each) {
        return each.status == 409 && each.host.find("bigquery") != std::string::npos;
    }));
    CHECK(loads(fleet).effective == 1);
    CHECK(loads(fleet).ids.size() == 1);
    CHECK(rows_of(fleet, 1) == 2);
}

TEST_CASE("F20 what an execution loaded counts, even if nobody remembers the execution", "[F20]") {
    const int failures = GENERATE(0, 2);
    CAPTURE(failures);
    Fleet fleet{{.real_jobs = true}};
    add_options_column(fleet, R"({"WRITE_MODE": "append"})");
    fleet.add_configs(1);
    auto& google = fleet.world.google;
    google.edit([&] {
        for (int i = 0; i < failures; ++i)
            google.bigquery.next_job_errors.emplace_back("backendError", "try again");
        google.run.on_end = [&](const auto&) {
            for (auto& each : google.run.executions) each.forgotten = true;
        };
    });

    const auto end = fleet.tick();

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
    CHECK(fleet.value("SELECT state FROM sheetbq.run") == "succeeded");
    CHECK(fleet.value("SELECT last_run IS NOT NULL FROM sheet_to_bigquery_configs") == "t");
    CHECK(rows_of(fleet, 1) == 2);
    CHECK(fleet.violations() == std::vector<std::string>{});
}
