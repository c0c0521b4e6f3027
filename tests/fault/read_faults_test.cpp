#include "fault/experiment.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::edit_to;
using sheetbq::testing::Experiment;
using sheetbq::testing::Job;
using sheetbq::testing::small_csv;
namespace path = sheetbq::testing::path;

namespace {

/// The first, the second and the last window of a tab of 1,000 rows and 26 columns.
constexpr const char* some_windows[] = {"!A1:Z38", "!A39:", "!A789:"};

sandbox::Tab& tab_of(sandbox::Sandbox& google) {
    return google.sheets.at(Job::spreadsheet_id).tabs.at(0);
}

void rename_tab(sandbox::Sandbox& google) {
    tab_of(google).title = "Orders of 2026";
    ++google.sheets.at(Job::spreadsheet_id).version;
}

void remove_tab(sandbox::Sandbox& google) {
    auto& spreadsheet = google.sheets.at(Job::spreadsheet_id);
    auto another = sandbox::tab_from_csv("Another", small_csv(50, 9));
    another.gid = 99;
    spreadsheet.tabs.at(0) = std::move(another);
    ++spreadsheet.version;
}

/// Rows and grid end after `rows` rows, the header included.
std::function<void(sandbox::Sandbox&)> shrink_to(int rows) {
    return [rows](sandbox::Sandbox& google) {
        auto& tab = tab_of(google);
        tab.rows.resize(static_cast<std::size_t>(rows));
        tab.row_count = rows;
        ++google.sheets.at(Job::spreadsheet_id).version;
    };
}

/// An editor who never rests: every answer finds another sheet.
void edit_for_ever(Experiment& experiment, const char* when) {
    experiment.fail({.path_contains = when, .times = -1, .then = [](sandbox::Sandbox& google) {
                         ++google.sheets.at(Job::spreadsheet_id).version;
                     }});
}

}  // namespace

TEST_CASE("a values answer that breaks in the middle is read again", "[threads]") {
    const std::string mode = GENERATE("replace", "append");
    const bool clean = GENERATE(false, true);
    for (const auto* window : some_windows)
        for (const std::size_t bytes : {0U, 1U, 20U, 200U}) {
            INFO(mode << " " << window << (clean ? " closed" : " reset") << " after " << bytes);
            Experiment experiment{mode};
            experiment.fail(
                {.path_contains = window, .times = 2, .cut_after = bytes, .clean_cut = clean});

            const auto report = experiment.run();

            CHECK_FALSE(report.error);
            CHECK(report.rows == 900);
            CHECK(report.retries >= 2);
        }
}

TEST_CASE("values answers that always break fail and leave the table", "[threads]") {
    for (const auto* window : some_windows) {
        INFO(window);
        Experiment experiment{"append"};
        // requests are halved after failures: harm every values call from this row on
        const std::string row = std::string{window}.substr(0, std::string{window}.find(':') + 1);
        experiment.fail({.path_contains = row, .times = -1, .cut_after = 30});

        const auto report = experiment.run();

        REQUIRE(report.error);
        CHECK(report.exit_code() == 13);
        CHECK(experiment.is_old());
        CHECK(experiment.job.google.count(path::chunk) == 1);  // the old table's
    }
}

TEST_CASE("corrupt gzip is noticed on any method and read again", "[threads]") {
    for (const auto* method :
         {path::spreadsheet, path::formats, "!A1:Z38", "!A39:", "!A789:", path::version,
          path::dataset, path::table, path::chunk, path::poll}) {
        INFO(method);
        Experiment experiment{"append"};
        experiment.fail({.path_contains = method, .times = 2, .corrupt_gzip = true});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(report.rows == 900);
    }
}

TEST_CASE("a values answer that drips is given up and asked for again", "[threads]") {
    for (const auto* window : some_windows) {
        INFO(window);
        Experiment experiment{"replace"};
        experiment.fail({.path_contains = window, .drip = 2});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(report.retries >= 1);
    }
}

TEST_CASE("an answer that never comes is given up and asked for again", "[threads]") {
    Experiment experiment{"append"};
    experiment.fail({.path_contains = "!A39:", .times = 2, .stall = 2min});

    const auto report = experiment.run();

    CHECK_FALSE(report.error);
    CHECK(report.rows == 900);
}

TEST_CASE("a tab that is renamed while it is read is followed by its gid", "[threads]") {
    const std::string mode = GENERATE("replace", "append");
    const std::string named = GENERATE("", "Orders");
    for (const auto* when : {path::spreadsheet, path::formats, "!A1:Z38", "!A39:", "!A539:"}) {
        INFO(mode << " " << when << " tab name \"" << named << "\"");
        Experiment experiment{mode};
        experiment.fail({.path_contains = when, .then = rename_tab});

        const auto report = experiment.run({{"GOOGLE_SHEET_TAB_NAME", named}});

        CHECK_FALSE(report.error);
        CHECK(report.tab_title == "Orders of 2026");
    }
}

TEST_CASE("a tab that shrinks while it is read loads as it is afterwards", "[threads]") {
    const std::string mode = GENERATE("replace", "append");
    for (const auto* when : {path::spreadsheet, "!A1:Z38", "!A39:", "!A539:"}) {
        INFO(mode << " " << when);
        Experiment experiment{mode};
        experiment.also_accept(small_csv(300, 2));
        experiment.fail({.path_contains = when, .then = shrink_to(301)});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(report.rows == 300);
    }
}

TEST_CASE("a tab that grows while it is read loads one of its states, whole", "[threads]") {
    const std::string mode = GENERATE("replace", "append");
    for (const auto* when : {path::spreadsheet, path::formats, "!A1:Z38", "!A39:", "!A789:"}) {
        INFO(mode << " " << when);
        Experiment experiment{mode};
        experiment.also_accept(small_csv(1'500, 3));
        experiment.fail({.path_contains = when, .then = edit_to(small_csv(1'500, 3))});

        const auto report = experiment.run();

        CHECK_FALSE(report.error);
        CHECK(report.rows == 1'500);
    }
}

TEST_CASE("a tab that is deleted while it is read is named, and the table stays", "[threads]") {
    for (const auto* when : {path::spreadsheet, "!A1:Z38", "!A39:", "!A789:"}) {
        INFO(when);
        Experiment experiment{"replace"};
        experiment.fail({.path_contains = when, .then = remove_tab});

        const auto report = experiment.run();

        REQUIRE(report.error);
        CHECK(report.exit_code() == 3);
        CHECK_THAT(report.error->what(), ContainsSubstring("\"Another\""));
        CHECK(experiment.is_old());
    }
}

TEST_CASE("a tab whose shape never rests is refused after three looks", "[threads]") {
    Experiment experiment{"append"};
    int size = 900;
    experiment.fail({.path_contains = "!A39:", .times = -1, .then = [&](sandbox::Sandbox& google) {
                         size -= 100;
                         shrink_to(size)(google);
                     }});

    // One reader: windows in flight together might all be answered before the tab shrinks.
    const auto report = experiment.run({{"READ_CONCURRENCY", "1"}});

    REQUIRE(report.error);
    CHECK(report.exit_code() == 13);
    CHECK_THAT(report.error->what(), ContainsSubstring("keeps changing its shape"));
    CHECK(experiment.is_old());
}

TEST_CASE("a sheet edited between two windows is read again, never mixed", "[threads]") {
    const std::string mode = GENERATE("replace", "append");
    const std::string consistency = GENERATE("relaxed", "strict");
    for (const auto* when : {"!A1:Z38", "!A39:", "!A539:", "!A789:"}) {
        INFO(mode << " " << consistency << " " << when);
        Experiment experiment{mode};
        experiment.also_accept(small_csv(900, 5));
        experiment.fail({.path_contains = when, .then = edit_to(small_csv(900, 5))});

        const auto report = experiment.run({{"CONSISTENCY", consistency}});

        CHECK_FALSE(report.error);
        CHECK(Job::notice(report, "sheet_changed").empty());
    }
}

TEST_CASE("a sheet that never rests loads with a warning under relaxed consistency", "[threads]") {
    Experiment experiment{"replace"};
    edit_for_ever(experiment, "!A39:");

    const auto report = experiment.run({{"CONSISTENCY", "relaxed"}});

    CHECK_FALSE(report.error);
    CHECK_THAT(Job::notice(report, "sheet_changed"), ContainsSubstring("three reads"));
}

TEST_CASE("a sheet that never rests is refused under strict consistency", "[threads]") {
    Experiment experiment{"append"};
    edit_for_ever(experiment, "!A39:");

    const auto report = experiment.run({{"CONSISTENCY", "strict"}});

    REQUIRE(report.error);
    CHECK(report.exit_code() == 15);
    CHECK_THAT(report.error->hint(), ContainsSubstring("CONSISTENCY=relaxed"));
    CHECK(experiment.is_old());
}

TEST_CASE("without Drive the run says that consistency was not checked, and loads") {
    const std::string consistency = GENERATE("relaxed", "strict");
    Experiment experiment{"append"};
    experiment.fail({.path_contains = path::version,
                     .times = -1,
                     .answer = sandbox::old_style_error(403, "accessNotConfigured",
                                                        "Drive API has not been used before")});

    const auto report = experiment.run({{"CONSISTENCY", consistency}});

    CHECK_FALSE(report.error);
    CHECK_THAT(Job::notice(report, "consistency_not_checked"),
               ContainsSubstring("could not be checked"));
}
