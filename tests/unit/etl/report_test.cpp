#include "sheetbq/etl/report.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::etl::Outcome;
using sheetbq::etl::preview;
using sheetbq::etl::read_own_csv;
using sheetbq::etl::RunReport;
using sheetbq::etl::summary;
using sheetbq::etl::to_json;

namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

RunReport loaded() {
    RunReport report;
    report.outcome = Outcome::loaded;
    report.tab_title = "Orders";
    report.table = "p.d.t";
    report.rows = 3;
    report.columns = {{.name = "id", .type = "INT64", .header = "ID", .letters = "A"},
                      {.name = "gone", .type = "STRING", .header = {}, .letters = {}}};
    report.columns[0].cells[static_cast<std::size_t>(sheetbq::table::Kind::integer)] = 3;
    report.seconds = {{"look", 0.5}, {"read", 1.5}};
    return report;
}

}  // namespace

TEST_CASE("own CSV reads back: quotes, line breaks, commas, markers") {
    CHECK(read_own_csv("1,\"a \"\"b\"\", c\",\\N\n\"line\nbreak\",\"\\N\",TRUE\n", "\\N", 9) ==
          Rows{{"1", "a \"b\", c", std::nullopt}, {"line\nbreak", "\\N", "TRUE"}});
    CHECK(read_own_csv("1\n2\n3\n", "\\N", 2) == Rows{{"1"}, {"2"}});
    CHECK(read_own_csv("", "\\N", 2).empty());
    CHECK(read_own_csv("\\N1,\\N\n", "\\N1", 2) == Rows{{std::nullopt, "\\N"}});
}

TEST_CASE("the report as JSON has every number, and the error only when there is one") {
    auto report = loaded();
    report.notices.push_back({"mixed_column", "column x mixes", true});
    auto out = to_json(report);
    CHECK(out.at("outcome") == "loaded");
    CHECK(out.at("exit_code") == 0);
    CHECK(out.at("rows") == 3);
    CHECK(out.at("seconds").at("read") == 1.5);
    CHECK(out.at("columns").at(0).at("cells").at("integer") == 3);
    CHECK(out.at("columns").at(0).at("column") == "A");
    CHECK(out.at("warnings").at(0).at("event") == "mixed_column");
    CHECK_FALSE(out.contains("error"));

    report.outcome = Outcome::failed;
    report.error = Error{Code::quota, "spent"}.because("429").fix("Wait.");
    out = to_json(report);
    CHECK(out.at("exit_code") == 12);
    CHECK(out.at("error").at("code") == "quota");
    CHECK(out.at("error").at("hint") == "Wait.");
}

TEST_CASE("the summary is one sentence for every outcome") {
    auto report = loaded();
    CHECK(summary(report) == "loaded 3 rows of 2 columns from \"Orders\" into p.d.t");
    report.rows = 1;
    report.columns.resize(1);
    CHECK(summary(report) == "loaded 1 row of 1 column from \"Orders\" into p.d.t");
    report.adopted = true;
    CHECK_THAT(summary(report), ContainsSubstring("by an earlier attempt of this run"));
    report.outcome = Outcome::unchanged;
    CHECK(summary(report) == "\"Orders\" is unchanged since its last load; p.d.t stays as it is");
    report.outcome = Outcome::dry_run;
    CHECK_THAT(summary(report), ContainsSubstring("nothing was written"));
    report.outcome = Outcome::failed;
    CHECK(summary(report) == "failed");
    report.error = Error{Code::quota, "spent"}.because("429");
    CHECK(summary(report) == "spent: 429");
}

TEST_CASE("the preview sets columns and rows in tables, wide and odd text included") {
    auto report = loaded();
    report.first_rows = {{"1", std::nullopt},
                         {"22", "ü line\nbreak"},
                         {"3", std::string(40, 'x') + "ü"},
                         {"4", "日本語"}};

    CHECK(preview(report) ==
          "  column  name  type    cells      header\n"
          "  A       id    INT64   3 integer  ID\n"
          "  -       gone  STRING  no cells\n"
          "\n"
          "  id  gone\n"
          "  1   NULL\n"
          "  22  ü line break\n"
          "  3   xxxxxxxxxxxxxxxxxxxxxxxxxxx…\n"
          "  4   日本語\n");
}
