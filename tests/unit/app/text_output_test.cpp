// What terminals and programs read: widths, columns, JSON and YAML.

#include "sheetbq/app/json_text.hpp"
#include "sheetbq/app/log_entries.hpp"
#include "sheetbq/app/printer.hpp"
#include "sheetbq/app/terminal.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using namespace sheetbq::app;
namespace json = boost::json;

TEST_CASE("the width of a text counts columns, not bytes") {
    CHECK(text_width("") == 0);
    CHECK(text_width("Zürich") == 6);
    CHECK(text_width("東京") == 4);
    CHECK(text_width("e\u0301") == 1);
    CHECK(text_width("🎉") == 2);
}

TEST_CASE("a text is cut to the columns that there are") {
    CHECK(fitted("orders", 6) == "orders");
    CHECK(fitted("orders", 5) == "orde…");
    CHECK(fitted("東京都", 5) == "東京…");
    CHECK(text_width(fitted("東京都庁", 6)) <= 6);
    CHECK(fitted("a\tb\nc\x1b[31m", 20) == "a b c [31m");
    CHECK(fitted("orders", 0) == "…");
}

TEST_CASE("tones are codes on a terminal with colours, and nothing elsewhere") {
    CHECK(toned("ok", Tone::good, true) == "\033[32mok\033[0m");
    CHECK(toned("ok", Tone::good, false) == "ok");
    CHECK(toned("ok", Tone::plain, true) == "ok");
}

TEST_CASE("columns are aligned, and the widest is cut when the terminal is narrow") {
    const std::vector<std::vector<Shown>> rows{{{"id"}, {"name"}, {"rows"}},
                                               {{"1"}, {"a very long name indeed"}, {"12"}},
                                               {{"22"}, {"b"}, {""}}};
    const std::vector<SetColumn> columns{{true, false}, {}, {true, false}};
    CHECK(set_columns(rows, columns, 80, false) ==
          "id  name                     rows\n"
          " 1  a very long name indeed    12\n"
          "22  b\n");
    CHECK(set_columns(rows, columns, 20, false) ==
          "id  name        rows\n"
          " 1  a very lo…    12\n"
          "22  b\n");
}

TEST_CASE("a field is found by its path, and shown as plain text") {
    const json::object item{{"a", {{"b", {{"c", 1}}}}}, {"x.y", "whole"}, {"n", nullptr}};
    CHECK(plain_text(value_at(item, "a.b.c")) == "1");
    CHECK(plain_text(value_at(item, "x.y")) == "whole");
    CHECK(plain_text(value_at(item, "n")).empty());
    CHECK(value_at(item, "a.z") == nullptr);
    CHECK(value_at(item, "n.z") == nullptr);
    CHECK(plain_text(nullptr).empty());
}

TEST_CASE("JSON for people is JSON") {
    const auto value =
        json::parse(R"({"a":[1,{"b":"x"}],"e":[],"o":{},"n":null,"d":0.5,"t":"\n"})");
    const auto text = pretty_json(value);
    CHECK(text ==
          "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\"\n    }\n  ],\n  \"e\": [],\n"
          "  \"o\": {},\n  \"n\": null,\n  \"d\": 0.5,\n  \"t\": \"\\n\"\n}\n");
    CHECK(json::parse(text) == value);
}

TEST_CASE("YAML puts into quotes what it would take for something else") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>({
        {R"("orders")", "orders\n"},
        {R"("no")", "\"no\"\n"},
        {R"("NULL")", "\"NULL\"\n"},
        {R"("12")", "\"12\"\n"},
        {R"("2026-01-02")", "\"2026-01-02\"\n"},
        {R"("a: b")", "\"a: b\"\n"},
        {R"("")", "\"\"\n"},
        {R"("- x")", "\"- x\"\n"},
        {"12", "12\n"},
        {"1.0", "1.0\n"},
        {"-2.5", "-2.5\n"},
        {"1e300", "1.0e+300\n"},
        {"1.5e300", "1.5e+300\n"},
        {"true", "true\n"},
        {"null", "null\n"},
        {"[]", "[]\n"},
        {"{}", "{}\n"},
        {R"([1,[2,3],{"a":1,"b":[]}])", "- 1\n- - 2\n  - 3\n- a: 1\n  b: []\n"},
        {R"({"a":{"b":{"c":[1]}},"y":2})", "a:\n  b:\n    c:\n    - 1\n\"y\": 2\n"},
    }));
    INFO(text);
    CHECK(to_yaml(json::parse(text)) == expected);
}

TEST_CASE("an error is told to programs with all its parts") {
    const auto told = error_json(
        sheetbq::Error{sheetbq::Code::quota, "spent"}.because("60 a minute").fix("Wait."));
    CHECK(told.at("error").at("code") == "quota");
    CHECK(told.at("error").at("exit_code") == 12);
    CHECK(told.at("error").at("hint") == "Wait.");
}

TEST_CASE("an entry of the log is a time, a severity and a sentence") {
    const auto entry = json::parse(R"({"timestamp":"2026-01-31T08:00:05.5Z","severity":"WARNING",
        "insertId":"i1","labels":{"run.googleapis.com/execution_name":"job-x7k2p"},
        "jsonPayload":{"message":"first\nsecond\u001b[2J","event":"odd"}})");
    const auto item = log_entry_json(entry.as_object());
    CHECK(item.at("event") == "odd");
    CHECK(item.at("execution") == "job-x7k2p");
    CHECK(log_entry_text(item, false) ==
          "2026-01-31 08:00:05 UTC  warning   first\n"
          "                                   second [2J\n");

    const auto plain =
        log_entry_json({{"timestamp", "2026-01-31T08:00:05Z"}, {"textPayload", "x"}});
    CHECK(plain.at("severity") == "DEFAULT");
    CHECK(plain.at("message") == "x");
    CHECK(plain.at("payload").is_null());
    const auto audit = json::parse(
        R"({"protoPayload":{"methodName":"google.run.RunJob","status":{"message":"denied"}}})");
    CHECK(log_entry_json(audit.as_object()).at("message") == "denied");
}

TEST_CASE("executions, runs and configurations are told apart by their form") {
    CHECK(is_execution_of("etl-job", "etl-job-x7k2p"));
    CHECK_FALSE(is_execution_of("etl-job", "etl-job-x7k2"));
    CHECK_FALSE(is_execution_of("etl-job", "etl-job-X7K2P"));
    CHECK_FALSE(is_execution_of("etl-job", "orders"));
    CHECK(looks_like_run("019a2f3e-1b2c"));
    CHECK_FALSE(looks_like_run("deadbeef"));
    CHECK_FALSE(looks_like_run("orders-1"));
    const auto name = read_execution_name("projects/p/locations/r/jobs/j/executions/j-x7k2p");
    REQUIRE(name);
    CHECK(name->execution == "j-x7k2p");
    CHECK(name->full() == "projects/p/locations/r/jobs/j/executions/j-x7k2p");
    for (const auto* other : {"", "j-x7k2p", "local/host/1-2", "projects/p/locations/r/jobs/j",
                              "projects/p/locations/r/jobs/j/executions/e/tasks/t",
                              "projects//locations/r/jobs/j/executions/e"})
        CHECK_FALSE(read_execution_name(other));
}
