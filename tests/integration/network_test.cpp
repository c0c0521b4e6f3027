#include "integration/world.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::report_of;
using sheetbq::testing::Variables;
using sheetbq::testing::World;

namespace {

constexpr int sheet_rows = 3'000;  // four chunks of 256 KiB, six windows of 500 rows
const Variables small_windows{{"UPLOAD_CHUNK_KB", "256"}, {"WINDOW_CELLS", "1000"}};

std::size_t table_rows(World& world) {
    std::size_t count = 0;
    world.google.edit([&] {
        if (const auto* table = world.google.bigquery.find_table("demo-project", "demo", "orders"))
            count = table->rows.size();
    });
    return count;
}

}  // namespace

TEST_CASE("network faults while the sheet is read are outlived") {
    const auto [name, fault] = GENERATE(Catch::Generators::table<std::string, sandbox::Fault>(
        {{"reset before the answer", {.path_contains = "/values/", .skip = 1, .reset = true}},
         {"reset in the middle",
          {.path_contains = "/values/", .skip = 2, .times = 2, .cut_after = 40'000}},
         {"closed in the middle",
          {.path_contains = "/values/", .skip = 3, .cut_after = 40'000, .clean_cut = true}},
         {"nothing but a head", {.path_contains = "/values/", .cut_after = 0, .clean_cut = true}},
         {"corrupt gzip", {.path_contains = "/values/", .times = 2, .corrupt_gzip = true}},
         {"answer lost", {.path_contains = "fields=spreadsheetId", .lose_answer = true}},
         {"a slow answer", {.path_contains = "fields=spreadsheetId", .drip = 2'000}},
         {"token answer cut", {.path_contains = "oauth2.googleapis.com", .cut_after = 10}},
         {"503 page",
          {.path_contains = "/values/",
           .answer = sandbox::Answer{.status = 503,
                                     .headers = {{"content-type", "text/html"}},
                                     .body = "<html><title>Sorry</title></html>"}}}}));
    INFO(name);
    World world;
    world.type_large(sheet_rows);
    world.google.fail(fault);

    const auto end = world.run(small_windows);

    INFO(end.out << end.err);
    CHECK(end.exit_code == 0);
    CHECK(report_of(end).at("rows").as_int64() == sheet_rows);
    CHECK(table_rows(world) == sheet_rows);
}

TEST_CASE("network faults while the table is loaded are outlived, and rows are added once") {
    const auto [name, fault] = GENERATE(Catch::Generators::table<std::string, sandbox::Fault>(
        {{"chunk reset", {.path_contains = "upload_id=", .skip = 2, .reset = true}},
         {"chunk's answer lost",
          {.path_contains = "upload_id=", .skip = 1, .times = 2, .lose_answer = true}},
         {"last chunk's answer lost",
          {.path_contains = "upload_id=", .skip = 3, .lose_answer = true}},
         {"half a chunk kept", {.path_contains = "upload_id=", .skip = 1, .commit_only = 100'000}},
         {"session's answer lost", {.path_contains = "uploadType=resumable", .lose_answer = true}},
         {"poll reset", {.path_contains = "/jobs/sheetbq_", .reset = true}},
         {"503 on the third chunk",
          {.path_contains = "upload_id=",
           .skip = 2,
           .answer = sandbox::Answer{.status = 503, .headers = {}, .body = {}}}}}));
    INFO(name);
    World world;
    world.type_large(sheet_rows);
    world.google.fail(fault);
    Variables variables = small_windows;
    variables["WRITE_MODE"] = "append";

    const auto end = world.run(variables);

    INFO(end.out << end.err);
    CHECK(end.exit_code == 0);
    CHECK(table_rows(world) == sheet_rows);
    CHECK(world.google.bigquery.jobs.size() == 1);
}

TEST_CASE("a server that refuses connections ends the run when the budget is spent") {
    World world;

    const auto begin = std::chrono::steady_clock::now();
    const auto end =
        world.run({{"SHEETBQ_API_ROOT", "http://127.0.0.1:1"}, {"RETRY_BUDGET_SECONDS", "1"}});

    CHECK(std::chrono::steady_clock::now() - begin < 8s);
    CHECK(end.exit_code == 13);
    const auto report = report_of(end);
    CHECK(report.at("error").at("code") == "unavailable");
    CHECK_THAT(std::string{report.at("message").as_string()}, ContainsSubstring("127.0.0.1"));
    CHECK_FALSE(report.at("error").at("hint").as_string().empty());
}

TEST_CASE("faults without end give 13, a report, and the old table") {
    World world;
    world.type_large(40);
    REQUIRE(world.run().exit_code == 0);
    const auto before = world.table();
    world.type_large(sheet_rows);
    world.google.fail({.path_contains = "upload_id=", .times = -1, .reset = true});
    Variables variables = small_windows;
    variables["RETRY_BUDGET_SECONDS"] = "1";
    variables["SHEETBQ_RUN_ID"] = "r2";

    const auto end = world.run(variables);

    CHECK(end.exit_code == 13);
    CHECK(report_of(end).at("outcome") == "failed");
    CHECK(world.table() == before);
}
