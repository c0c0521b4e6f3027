#include "sheetbq/app/config_file.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"

using namespace sheetbq;
using app::ConfigFile;
using testing::error_of;

namespace {

constexpr auto whole = R"({
  "config_id": 12,
  "config_name": "orders",
  "google_sheet_url": "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdef/edit#gid=0",
  "google_cloud_project_id": "shop",
  "bigquery_dataset_id": "sales",
  "bigquery_table_id": "orders")";

ConfigFile read(const std::string& more, const std::vector<std::string>& set = {}) {
    return app::parse_config_file(whole + more + "}", "config.json", set);
}

std::string value(const ConfigFile& file, std::string_view name) {
    return file.lookup()(name).value_or("(none)");
}

std::vector<std::string> told(const ConfigFile& file) {
    std::vector<std::string> lines;
    for (const auto& problem : file.problems) lines.push_back(one_line(problem));
    return lines;
}

}  // namespace

TEST_CASE("a configuration file gives the job's variables, whatever kind its values are") {
    const auto file = read(R"(, "header_row": 2, "allow_empty": true, "sheet_range": null)");

    CHECK(told(file).empty());
    CHECK(value(file, "CONFIG_ID") == "12");
    CHECK(value(file, "HEADER_ROW") == "2");
    CHECK(value(file, "ALLOW_EMPTY") == "true");
    CHECK(value(file, "SHEET_RANGE") == "(none)");
    CHECK(file.options.header_row == 2);
    CHECK(file.options.allow_empty);
    CHECK_NOTHROW(check(file));
}

TEST_CASE("a custom schema may be a list, an object or a text") {
    const auto* const schema =
        GENERATE(R"([{"name": "id", "type": "INT64"}])",
                 R"({"fields": [{"name": "id", "type": "INT64"}]})", R"("id:INT64")");
    const auto file =
        read(std::string{R"(, "schema_handling": "custom", "custom_schema": )"} + schema);

    CHECK(told(file).empty());
    REQUIRE(file.options.custom_schema);
    CHECK(file.options.custom_schema->front().name == "id");
}

TEST_CASE("a row of the table of configurations is a configuration file too") {
    const auto file = app::parse_config_file(
        R"({"id": 7, "name": "orders", "google_sheet_url": "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdef",
            "google_cloud_project_id": "shop", "bigquery_dataset_id": "sales", "bigquery_table_id": "orders",
            "is_active": true, "last_run": null, "run_frequency_hours": 24, "options": {"header_row": 3}})",
        "row.json");

    CHECK(told(file).empty());
    CHECK(value(file, "CONFIG_ID") == "7");
    CHECK(value(file, "CONFIG_NAME") == "orders");
    CHECK(file.options.header_row == 3);
}

TEST_CASE("all problems of a file are told at once, by its keys") {
    const auto file = app::parse_config_file(
        R"({"config_name": "orders", "google_sheet_ulr": "x", "google_cloud_project_id": ["shop"],
            "bigquery_dataset_id": "sales.eu", "header_row": "two", "HEADER_ROW": 2, "sheetbq_run_id": "r",
            "schema_handling": "custom", "frobnicate": 1})",
        "config.json");

    const auto error = error_of([&] { check(file); });
    CHECK(error.code() == Code::bad_config);
    CHECK(error.text() == "config.json has 8 problems");
    CHECK(told(file) ==
          std::vector<std::string>{
              "google_sheet_ulr: is no key of a configuration. Did you mean: google_sheet_url",
              "google_cloud_project_id: is a list; it must be a text, a number, true or false",
              "header_row: is there twice. Remove one of them",
              "sheetbq_run_id: is no key of a configuration. Remove it; docs/configuration.md "
              "lists all keys",
              "frobnicate: is no key of a configuration. Remove it; docs/configuration.md lists "
              "all keys",
              "bigquery_dataset_id: \"sales.eu\" is not a dataset id; it has letters, digits and _ "
              "only, without the project",
              "bigquery_table_id: is not set. The table; is created when it does not exist.",
              "custom_schema: is not set, though schema_handling is custom. Set e.g. "
              "custom_schema=id:INT64,name:STRING"});
}

TEST_CASE("broken JSON is refused with its line and column, and what to do there") {
    struct Case {
        std::string content;
        std::string place;
        std::string hint;
    };
    const auto given = GENERATE(values<Case>(
        {{"{\n  \"a\": 1,\n}", "line 3, column 1", "Remove the comma before this bracket."},
         {"{\n  \"a\": 1\n  \"b\": 2}", "line 3, column 3", "Put a comma behind the value"},
         {"{'a': 1}", "line 1, column 2", "Write double quotes"},
         {"{a: 1}", "line 1, column 2", "Put double quotes around the key."},
         {"{\"a\": \"b\nc\"}", "line 1, column 9", "End the text with double quotes"},
         {"{ // remark\n}", "line 1, column 3", "Remove the remark"},
         {"{\"a\": 1", "line 1, column 8", "ends too early"},
         {"{} {}", "line 1, column 4", "helper example"}}));
    CAPTURE(given.content);

    const auto error = error_of([&] { app::parse_config_file(given.content, "config.json"); });

    CHECK(error.code() == Code::bad_config);
    CHECK(error.text() == "config.json " + given.place + " is no valid JSON");
    CHECK_THAT(error.hint(), ContainsSubstring(given.hint));
}

TEST_CASE("what is no object is no configuration") {
    const auto* const content = GENERATE("", " \n", "[]", "12", "\"text\"");
    const auto error = error_of([&] { app::parse_config_file(content, "config.json"); });
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.hint(), ContainsSubstring("helper example"));
}

TEST_CASE("a file that is not there is told, with the command that writes one") {
    const auto error = error_of([] { app::read_config_file("/nowhere/config.json"); });
    CHECK(error.code() == Code::not_found);
    CHECK_THAT(error.hint(), ContainsSubstring("helper example > config.json"));
    CHECK(error_of([] { app::read_config_file("/tmp"); }).text() == "/tmp is a folder");
}

TEST_CASE("--set wins over the file, and the last of several wins") {
    const auto file =
        read(R"(, "header_row": 2)", {"header_row=3", "HEADER_ROW=4", "sheet_range=A1:B=2"});
    CHECK(value(file, "HEADER_ROW") == "4");
    CHECK(value(file, "SHEET_RANGE") == "A1:B=2");
}

TEST_CASE("--set refuses what sets no option") {
    CHECK_THAT(error_of([] { read("", {"header_row"}); }).hint(),
               ContainsSubstring("--set header_row=2"));
    const auto mistyped = error_of([] { read("", {"headr_row=2"}); });
    CHECK(mistyped.code() == Code::usage);
    CHECK(mistyped.hint() == "Did you mean: --set header_row=2");
    CHECK(error_of([] { read("", {"sheetbq_run_id=2"}); }).code() == Code::usage);
}
