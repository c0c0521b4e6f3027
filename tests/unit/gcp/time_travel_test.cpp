#include "sheetbq/gcp/time_travel.hpp"

#include "sheetbq/gcp/bigquery_rights.hpp"
#include "sheetbq/gcp/table_rows.hpp"
#include "support/catch.hpp"
#include "support/job_fixture.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::Job;

namespace {

/// A table that was loaded twice, an hour apart.
struct Travel {
    Job job;
    gcp::TableId id{"demo-project", "demo", "orders"};
    Clock::TimePoint first;
    Clock::TimePoint second;
    sheetbq::testing::SandboxTokens tokens{job.google, job.clock};
    gcp::Traffic traffic;
    gcp::ApiClient api{job.google, tokens, job.clock, {.attempts = 2}, [](auto cap) { return cap; },
                       {},         traffic};
    gcp::BigQuery bigquery{api};
    gcp::TimeTravel travel{bigquery};

    Travel() {
        job.type_csv("id,amount\n1,10\n2,20\n");
        REQUIRE(job.run().exit_code() == 0);
        first = job.clock.now();
        job.clock.sleep(1h, {});
        job.type_csv("id,amount,more\n1,10,x\n");
        REQUIRE(job.run().exit_code() == 0);
        second = job.clock.now();
        job.clock.sleep(1h, {});
    }

    gcp::PastTable look(Clock::TimePoint at) { return travel.look(id, "EU", at, {}); }
};

}  // namespace

TEST_CASE_METHOD(Travel, "columns and rows of a moment are told, and nothing is changed") {
    const auto then = look(first);
    CHECK(then.rows == 2);
    CHECK(then.schema.size() == 2);
    CHECK(look(second).rows == 1);
    CHECK(look(second).schema.size() == 3);
    CHECK(job.google.invalid_requests().empty());
}

TEST_CASE_METHOD(Travel, "a moment before the table, or beyond the window, has no version") {
    const auto at = GENERATE(values<std::chrono::hours>({3h, 200h}));
    const auto now = job.clock.now();
    try {
        look(now - at);
        FAIL("there is a version");
    } catch (const Error& error) {
        CHECK(error.code() == Code::not_found);
        CHECK_THAT(error.reason(), ContainsSubstring("Cannot read before"));
        CHECK_THAT(error.hint(), ContainsSubstring("two to seven days"));
    }
}

TEST_CASE_METHOD(Travel, "a table goes back, whole") {
    const gcp::JobId restore{"demo-project", "EU", "sheetbq_rollback_1"};

    travel.start_restore(restore, id, first, {});
    const auto ended = travel.wait(restore, {});

    CHECK_FALSE(ended.failed());
    CHECK(ended.copied_rows == 2);
    CHECK(ended.started_ms != 0);
    CHECK(job.rows() == "1|10\n2|20\n");
    CHECK(job.google.invalid_requests().empty());
}

TEST_CASE_METHOD(Travel, "a restore that is asked for twice is done once") {
    const gcp::JobId restore{"demo-project", "EU", "sheetbq_rollback_1"};
    travel.start_restore(restore, id, first, {});
    travel.wait(restore, {});
    const auto modified = job.table()->modified_ms;
    job.clock.sleep(1min, {});

    travel.start_restore(restore, id, first, {});
    travel.wait(restore, {});

    CHECK(job.table()->modified_ms == modified);
}

TEST_CASE_METHOD(Travel, "a restore whose answer got lost is taken over") {
    job.google.fail({.path_contains = "/jobs", .method = http::Method::post, .lose_answer = true});
    const gcp::JobId restore{"demo-project", "EU", "sheetbq_rollback_1"};

    travel.start_restore(restore, id, first, {});

    CHECK(travel.wait(restore, {}).copied_rows == 2);
}

TEST_CASE_METHOD(Travel, "a dataset tells where it is and how far back it reaches") {
    CHECK(travel.reach("demo-project", "demo", {}).window == 168h);
    job.dataset().time_travel_hours = 48;
    const auto reach = travel.reach("demo-project", "demo", {});
    CHECK(reach.location == "EU");
    CHECK(reach.window == 48h);
    CHECK_THROWS_AS(travel.reach("demo-project", "nowhere", {}), Error);
}

TEST_CASE_METHOD(Travel, "the first rows of a table are listed with its total") {
    travel.start_restore({"demo-project", "EU", "r"}, id, first, {});
    travel.wait({"demo-project", "EU", "r"}, {});
    const auto info = bigquery.find_table(id, {});
    REQUIRE(info);

    const auto page = gcp::first_rows(bigquery, id, info->fields, 1, {});

    CHECK(page.total == 2);
    REQUIRE(page.rows.size() == 1);
    CHECK(boost::json::serialize(page.rows[0]) == "[1,10]");
}

TEST_CASE_METHOD(Travel, "rights are asked for without writing") {
    CHECK_NOTHROW(gcp::check_may_run_jobs(bigquery, "demo-project", "EU", {}));
    CHECK(gcp::table_permissions(bigquery, id, {"bigquery.tables.updateData"}, {}).size() == 1);
    job.dataset().writers = {"owner@example.com"};
    job.google.bigquery.job_users = {"owner@example.com"};
    CHECK(gcp::table_permissions(bigquery, id, {"bigquery.tables.updateData"}, {}).empty());
    try {
        gcp::check_may_run_jobs(bigquery, "demo-project", "EU", {});
        FAIL("it may");
    } catch (const Error& error) {
        CHECK(error.code() == Code::permission_denied);
        CHECK_THAT(error.hint(), ContainsSubstring("roles/bigquery.jobUser"));
    }
    CHECK(job.google.invalid_requests().empty());
}
