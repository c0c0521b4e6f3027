#include "sheetbq/app/progress.hpp"

#include "sheetbq/app/run_result.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using etl::Progress;

namespace {

boost::json::object event(const Progress& progress) {
    std::string line;
    const Log log{json_sink([&](std::string_view written) { line = written; }, [] { return ""; })};
    log.info("progress", app::progress_text(progress), app::progress_fields(progress));
    return boost::json::parse(line).as_object();
}

etl::Options load_of(const std::string& table) {
    etl::Options options;
    options.destination = {"shop", "sales", table};
    options.sheet.spreadsheet_id = "1Abc";
    return options;
}

}  // namespace

TEST_CASE("the progress of a run can be read from its log again") {
    const Progress told{.phase = GENERATE(Progress::Phase::reading, Progress::Phase::uploading,
                                          Progress::Phase::loading),
                        .done = 40,
                        .total = 100,
                        .rows = 1'200'000,
                        .bytes = 14'200'000,
                        .windows = 5,
                        .all_windows = 12};

    const auto read = app::read_progress(event(told));

    REQUIRE(read);
    CHECK(app::progress_text(*read) == app::progress_text(told));
    CHECK(read->rows == told.rows);
    CHECK(read->windows == told.windows);
}

TEST_CASE("progress is told in words") {
    CHECK(app::progress_text({.phase = Progress::Phase::reading,
                              .done = 40,
                              .total = 100,
                              .rows = 1'200'000,
                              .bytes = 14'200'000,
                              .windows = 5,
                              .all_windows = 12}) ==
          "reading 40 %: 1,200,000 rows, window 5 of 12, 14.2 MB");
    CHECK(app::progress_text({.rows = 1, .windows = 1, .all_windows = 1}) ==
          "reading 0 %: 1 row, 0.0 MB");
    CHECK(
        app::progress_text({.phase = Progress::Phase::uploading, .done = 1, .total = 2'000'000}) ==
        "uploading 0 % of 2.0 MB");
    CHECK(app::progress_text({.phase = Progress::Phase::loading, .rows = 7}) ==
          "BigQuery loads 7 rows");
}

TEST_CASE("other events are no progress") {
    CHECK_FALSE(app::read_progress({{"event", "run_finished"}, {"phase", "reading"}}));
    CHECK_FALSE(app::read_progress({{"event", "progress"}, {"phase", "resting"}}));
    CHECK_FALSE(app::read_progress({{"event", 3}}));
    const auto odd =
        app::read_progress({{"event", "progress"}, {"phase", "loading"}, {"rows", "many"}});
    REQUIRE(odd);
    CHECK(odd->rows == 0);
}

TEST_CASE("a key gives one run id a load, and never that of another table") {
    const auto id = app::run_id_of_key("monday", load_of("orders"));

    CHECK(id.size() == 36);
    CHECK(id[14] == '8');
    CHECK(id == app::run_id_of_key("monday", load_of("orders")));
    CHECK(id != app::run_id_of_key("tuesday", load_of("orders")));
    CHECK(id != app::run_id_of_key("monday", load_of("contacts")));
}

TEST_CASE("a run's failure is told in its job's words, or else as it was recorded") {
    control::Run run;
    run.state = control::RunState::failed;
    run.error_class = "bad_data";
    run.error_message = "the tab is empty: no cell has a value";
    run.error_hint = "Fill the tab.";
    run.exit_code = 15;

    CHECK(app::failure_of(run)->text() == "the tab is empty: no cell has a value");
    CHECK(app::exit_code_of(run) == 15);

    run.report =
        R"({"error":{"code":"bad_data","text":"the tab is empty","reason":"no cell","hint":"Fill it."}})";
    const auto told = app::failure_of(run).value();
    CHECK(told.code() == Code::bad_data);
    CHECK(told.text() == "the tab is empty");
    CHECK(told.reason() == "no cell");
    CHECK(told.hint() == "Fill it.");
}

TEST_CASE("a run that is live is pending, one that succeeded has no failure") {
    control::Run run;
    run.state = control::RunState::running;
    CHECK(app::exit_code_of(run) == 8);
    CHECK_FALSE(app::failure_of(run));
    run.state = control::RunState::succeeded;
    CHECK(app::exit_code_of(run) == 0);
    CHECK_FALSE(app::failure_of(run));
    run.state = control::RunState::lost;
    run.error_class = "infrastructure";
    CHECK(app::exit_code_of(run) == 13);
}
