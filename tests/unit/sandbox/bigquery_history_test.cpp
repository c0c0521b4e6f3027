#include "bigquery_fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;

namespace {

constexpr std::int64_t minute = 60'000;

/// Three states of p:d.t, ten minutes apart: a row; two rows; two rows of other columns.
struct HistoryFixture : BigQueryFixture {
    std::int64_t begin = world.now_ms;

    HistoryFixture() {
        load(R"({"schema": {"fields": [{"name": "a", "type": "STRING"}]}})", "x\n");
        world.now_ms += 10 * minute;
        load(R"({"writeDisposition": "WRITE_TRUNCATE_DATA"})", "y\nz\n");
        world.now_ms += 10 * minute;
        load(R"({"writeDisposition": "WRITE_TRUNCATE",
                 "schema": {"fields": [{"name": "b", "type": "INTEGER"}]}})",
             "1\n2\n3\n");
        world.now_ms += 10 * minute;
    }

    static json::object reference(const std::string& table) {
        return {{"projectId", "p"}, {"datasetId", "d"}, {"tableId", table}};
    }

    Answer start_copy(const std::string& source, const std::string& destination,
                      const json::object& more = {}) {
        json::object copy{{"sourceTable", reference(source)},
                          {"destinationTable", reference(destination)}};
        for (const auto& member : more) copy[member.key()] = member.value();
        return post("/bigquery/v2/projects/p/jobs",
                    json::object{{"jobReference", {{"jobId", "copy"}, {"location", "US"}}},
                                 {"configuration", {{"copy", std::move(copy)}}}});
    }

    json::object copy(const std::string& source, const std::string& destination,
                      const json::object& more = {}) {
        world.jobs.clear();
        const auto answer = start_copy(source, destination, more);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return wait("copy");
    }

    Answer query(const std::string& sql, bool dry_run) {
        return post("/bigquery/v2/projects/p/jobs",
                    json::object{{"configuration",
                                  {{"dryRun", dry_run},
                                   {"query", {{"query", sql}, {"useLegacySql", false}}}}}});
    }

    std::string count(std::int64_t at_ms) {
        const auto answer = post(
            "/bigquery/v2/projects/p/queries",
            json::object{{"query", fmt::format("SELECT COUNT(*) FROM `p.d.t` FOR SYSTEM_TIME AS OF "
                                               "TIMESTAMP_MILLIS({})",
                                               at_ms)},
                         {"useLegacySql", false}});
        if (answer.status != 200) return message(answer);
        return std::string{
            json::parse(answer.body).at("rows").at(0).at("f").at(0).at("v").as_string()};
    }

    std::string at(std::int64_t ms) const { return fmt::format("t@{}", ms); }
};

const json::object truncate{{"writeDisposition", "WRITE_TRUNCATE"}};

}  // namespace

TEST_CASE_METHOD(HistoryFixture, "a table is read as it was at a moment") {
    const auto [moment, rows] = GENERATE(Catch::Generators::table<std::int64_t, std::string>({
        {0, "1"},
        {10 * minute - 1, "1"},
        {10 * minute, "2"},
        {20 * minute - 1, "2"},
        {20 * minute, "3"},
        {30 * minute, "3"},
    }));

    CHECK(count(begin + moment) == rows);
}

TEST_CASE_METHOD(HistoryFixture, "a moment outside of a table's time is refused") {
    CHECK_THAT(count(begin - 1),
               ContainsSubstring("Invalid snapshot time") &&
                   ContainsSubstring(fmt::format("Cannot read before {}.", begin)));
    CHECK_THAT(count(world.now_ms + 1), ContainsSubstring("Cannot read in the future"));

    dataset().time_travel_hours = 48;
    world.now_ms += 49 * 60 * minute;
    CHECK_THAT(count(begin), ContainsSubstring("Cannot read before"));
    CHECK(count(world.now_ms - minute) == "3");
}

TEST_CASE_METHOD(HistoryFixture, "a dry run tells the columns of a moment and leaves no job") {
    const auto sql = fmt::format("SELECT * FROM `p.d.t` FOR SYSTEM_TIME AS OF TIMESTAMP_MILLIS({})",
                                 begin + minute);
    const auto jobs = world.jobs.size();

    const auto answer = query(sql, true);

    INFO(answer.body);
    REQUIRE(answer.status == 200);
    const auto job = json::parse(answer.body);
    CHECK(job.at("status").at("state").as_string() == "DONE");
    const auto& fields = job.at("statistics").at("query").at("schema").at("fields").as_array();
    REQUIRE(fields.size() == 1);
    CHECK(fields[0].at("name").as_string() == "a");
    CHECK(world.jobs.size() == jobs);
    CHECK(message(query(sql, false)) == "SELECT * is done by this stand-in as a dry run only");
}

TEST_CASE_METHOD(HistoryFixture, "a copy of a moment replaces a table, columns and all") {
    const auto job = copy(at(begin + minute), "t", truncate);

    CHECK(failure(job).empty());
    CHECK(job.at("statistics").at("copy").at("copiedRows").as_string() == "1");
    CHECK(table().rows == std::vector<Row>{{"x"}});
    CHECK(table().fields.at(0).at("name").as_string() == "a");
    CHECK(table().modified_ms == world.now_ms);
    world.now_ms += 1;
    CHECK(count(world.now_ms - 2) == "3");
}

TEST_CASE_METHOD(HistoryFixture, "a deleted table is copied but not queried") {
    call(http::Method::del, "/bigquery/v2/projects/p/datasets/d/tables/t");
    const auto deleted = world.now_ms;
    world.now_ms += minute;

    CHECK(count(deleted - 1) == "Not found: Table p:d.t");
    CHECK(failure(copy(at(deleted - 1), "back")).empty());
    CHECK(table("back").rows.size() == 3);
    CHECK_THAT(failure(copy(at(deleted), "t")), ContainsSubstring("Not found: Table p:d.t@"));
}

TEST_CASE_METHOD(HistoryFixture, "dispositions of a copy are kept") {
    CHECK(failure_reason(copy("t", "t", {})) == "duplicate");
    CHECK(failure_reason(copy("t", "other", {{"createDisposition", "CREATE_NEVER"}})) ==
          "notFound");
    CHECK(failure(copy("t", "other")).empty());
    CHECK(failure(copy("t", "other", {{"writeDisposition", "WRITE_APPEND"}})).empty());
    CHECK(table("other").rows.size() == 6);
    CHECK_THAT(failure(copy(at(begin), "other", {{"writeDisposition", "WRITE_APPEND"}})),
               ContainsSubstring("Provided Schema does not match"));
    CHECK_THAT(failure(copy("nowhere", "other", truncate)), ContainsSubstring("Not found: Table"));
}

TEST_CASE_METHOD(HistoryFixture, "bad copy jobs are refused at once") {
    const auto [source, destination, more, problem] =
        GENERATE(Catch::Generators::table<std::string, std::string, std::string, std::string>({
            {"t@soon", "t", "{}", "not a time in milliseconds"},
            {"t@", "t", "{}", "not a time in milliseconds"},
            {"t", "t@1", "{}", "Invalid table ID"},
            {"t", "t", R"({"writeDisposition": "REPLACE"})", "Invalid value for writeDisposition"},
            {"t", "t", R"({"operationType": "CLONE"})", "Invalid value for operationType"},
            {"t", "t", R"({"sourceTables": []})", "Only one of"},
            {"t", "t", R"({"destination": {}})", "Unknown name \"destination\""},
            {"", "t", "{}", "Required parameter is missing: sourceTable"},
        }));

    const auto answer = start_copy(source, destination, json::parse(more).as_object());

    CHECK(answer.status == 400);
    CHECK_THAT(message(answer), ContainsSubstring(problem));
}

TEST_CASE_METHOD(HistoryFixture, "who may not read or write does not copy") {
    dataset().writers = {"somebody@example.com"};
    CHECK(reason(start_copy("t", "t", truncate)) == "accessDenied");
    dataset().writers = {"*"};
    dataset().readers = {"somebody@example.com"};
    CHECK(reason(start_copy("t", "t", truncate)) == "accessDenied");
}

TEST_CASE_METHOD(HistoryFixture, "a copy in a dataset of another place is refused") {
    dataset().location = "EU";
    CHECK_THAT(message(start_copy("t", "t", truncate)), ContainsSubstring("not found in location"));
}

TEST_CASE_METHOD(HistoryFixture, "permissions on a table are tested as they are granted") {
    const auto ask = [&](const std::string& table, const std::string& permission) {
        return post("/bigquery/v2/projects/p/datasets/d/tables/" + table + ":testIamPermissions",
                    json::object{{"permissions", json::array{permission}}});
    };
    dataset().writers = {"somebody@example.com"};

    CHECK(
        json::parse(ask("t", "bigquery.tables.getData").body).as_object().contains("permissions"));
    CHECK(json::parse(ask("t", "bigquery.tables.updateData").body).as_object().empty());
    CHECK(ask("nowhere", "bigquery.tables.get").status == 404);
    CHECK(ask("t", "bigquery.nonsense").status == 400);
}
