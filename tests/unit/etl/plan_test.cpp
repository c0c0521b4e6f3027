#include "sheetbq/etl/plan.hpp"

#include "support/catch.hpp"

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::etl::choose_source;
using sheetbq::etl::Options;
using sheetbq::etl::Source;
using sheetbq::gcp::SpreadsheetInfo;
using sheetbq::table::GridRange;

namespace {

SpreadsheetInfo shop() {
    return {
        .id = "1AbC",
        .title = "Shop",
        .locale = "en_US",
        .time_zone = "Etc/GMT",
        .tabs = {{.title = "Chart", .gid = 1, .type = "OBJECT"},
                 {.title = "Orders", .gid = 7, .type = "GRID", .rows = 100, .columns = 10},
                 {.title = "Returns", .gid = 8, .type = "GRID", .rows = 20, .columns = 5}},
        .named_ranges = {{.name = "open", .gid = 8, .range = {.first_row = 2, .first_column = 1}}}};
}

Source choose(const Options& options, std::optional<int> gid = {}) {
    return choose_source(shop(), options, gid);
}

}  // namespace

TEST_CASE("title before gid before the first tab with cells") {
    Options options;
    CHECK(choose(options).tab.title == "Orders");
    options.sheet.gid = 8;
    CHECK(choose(options).tab.title == "Returns");
    options.tab_title = "Orders";
    CHECK(choose(options).tab.title == "Orders");
}

TEST_CASE("a tab that was renamed during the run is found by its gid") {
    Options options;
    options.tab_title = "Old title";
    CHECK(choose(options, 8).tab.title == "Returns");
    CHECK_THROWS_AS(choose(options, 99), Error);
}

TEST_CASE("an open named range ends with the grid") {
    Options options;
    options.sheet_range = "open";
    const auto source = choose(options);
    CHECK(source.tab.title == "Returns");
    CHECK(source.range ==
          GridRange{.first_row = 2, .first_column = 1, .last_row = 19, .last_column = 4});
    CHECK(source.header_row == 2);
    CHECK(source.first_data_row == 3);
    CHECK(source.columns() == 4);
    CHECK(source.address(3, 0) == "B4");
}

TEST_CASE("a range larger than the grid is cut, one outside is refused") {
    Options options;
    options.sheet_range = "C5:ZZ9999";
    CHECK(choose(options).range ==
          GridRange{.first_row = 4, .first_column = 2, .last_row = 99, .last_column = 9});
    options.sheet_range = "A101:B200";
    CHECK_THROWS_AS(choose(options), Error);
}

TEST_CASE("a header in the last row leaves no data rows") {
    Options options;
    options.header_row = 100;
    const auto source = choose(options);
    CHECK(source.header_row == 99);
    CHECK(source.data_rows() == 0);
    options.header_row = 0;
    CHECK(choose(options).header_row == -1);
    CHECK(choose(options).first_data_row == 0);
}

TEST_CASE("a source's link opens the sheet at the cells") {
    CHECK(choose({}).link() == "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=7");
    CHECK(choose({}).link("B3") ==
          "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=7&range=B3");
}
