#include "sandbox/bigquery_schema.hpp"

#include "sandbox/bigquery_refusal.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <string>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

std::vector<BigQueryColumn> schema(const std::string& text) {
    return read_schema(json::parse(text).as_array());
}

std::string refusal(const std::string& text) {
    try {
        schema(text);
    } catch (const Error& error) {
        return error.text();
    }
    return "";
}

std::string name_refusal(const std::string& name) {
    return refusal(json::serialize(json::array{json::object{{"name", name}, {"type", "STRING"}}}));
}

TEST_CASE("read_schema takes every spelling of a type and shows the legacy one") {
    const auto columns = schema(R"([{"name":"a","type":"int64","description":"x"},
        {"name":"b","type":"FLOAT64","mode":"required"},{"name":"c","type":"Bool"},
        {"name":"d","type":"NUMERIC","precision":"10","scale":2}])");

    CHECK(json::serialize(write_schema(columns)) ==
          R"([{"name":"a","type":"INTEGER","description":"x","mode":"NULLABLE"},)"
          R"({"name":"b","type":"FLOAT","mode":"REQUIRED"},)"
          R"({"name":"c","type":"BOOLEAN","mode":"NULLABLE"},)"
          R"({"name":"d","type":"NUMERIC","precision":"10","scale":2,"mode":"NULLABLE"}])");
    CHECK(columns[3].precision == 10);
}

TEST_CASE("read_schema takes flexible names of any script") {
    for (const std::string name : {"id", "_id", "2024", "Größe", "売上", "a b", "a-b",
                                   "a&b%=+:'<>#|", "été", "١٢٣", "a_table_", "e\xCC\x81"}) {
        CAPTURE(name);
        CHECK(name_refusal(name).empty());
    }
    CHECK(name_refusal(std::string(300, 'x')).empty());
}

TEST_CASE("read_schema refuses names that BigQuery refuses") {
    for (const std::string name :
         {"a.b", "a/b", "a(b)", "a!", "a\"b", "$a",    "a*",  "a,b",
          "a;b", "a?",  "@a",   "[a", "a\\b", "a]",    "a^",  "a`",
          "{a",  "a}",  "a~",   "😀",  "10€",  "a\x01", "“a”", "a\xC2\xA7"}) {
        CAPTURE(name);
        CHECK_THAT(name_refusal(name), ContainsSubstring("Invalid field name"));
    }
    for (const std::string name :
         {"_TABLE_x", "_file_", "_Partitiontime", "__ROOT__a", "_row_timestamp", "_COLIDENTIFIER_1",
          "_CHANGE_TYPE", "_change_sequence_number", "_CHANGE_TIMESTAMP"}) {
        CAPTURE(name);
        CHECK_THAT(name_refusal(name), ContainsSubstring("not allowed to start with"));
    }
    CHECK_THAT(name_refusal(""), ContainsSubstring("empty"));
    CHECK_THAT(name_refusal(std::string(301, 'x')), ContainsSubstring("at most 300"));
}

TEST_CASE("read_schema refuses duplicates without case in every alphabet") {
    CHECK_THAT(refusal(R"([{"name":"Id","type":"STRING"},{"name":"iD","type":"STRING"}])"),
               ContainsSubstring("Duplicate field name \"iD\""));
    CHECK_THAT(refusal(R"([{"name":"ÄÖ","type":"STRING"},{"name":"äö","type":"STRING"}])"),
               ContainsSubstring("Duplicate"));
    CHECK_THAT(refusal(R"([{"name":"ДА","type":"STRING"},{"name":"да","type":"STRING"}])"),
               ContainsSubstring("Duplicate"));
}

TEST_CASE("read_schema refuses wrong fields, types, modes and parameters") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>({
        {R"([{"name":"a","type":"TEXT"}])", "Invalid value for type: TEXT is not a valid value"},
        {R"([{"name":"a"}])", "Invalid value for type"},
        {R"([{"name":"a","type":"DATE","mode":"OPTIONAL"}])", "Invalid value for mode"},
        {R"([{"name":"a","type":"DATE","nullable":true}])", "Unknown name \"nullable\""},
        {R"([{"name":"a","type":"DATE","maxLength":"3"}])", "cannot have maxLength"},
        {R"([{"name":"a","type":"INT64","precision":"3"}])", "cannot have precision"},
        {R"([{"name":"a","type":"NUMERIC","precision":"40"}])", "Invalid precision"},
        {R"([{"name":"a","type":"NUMERIC","scale":"2"}])", "Invalid precision"},
        {R"([{"name":"a","type":"STRING","maxLength":"-1"}])", "Invalid value for maxLength"},
        {R"([{"name":7,"type":"STRING"}])", "TYPE_STRING"},
        {R"(["a"])", "must be an object"},
    }));
    CAPTURE(text);

    CHECK_THAT(refusal(text), ContainsSubstring(expected));
}

TEST_CASE("read_schema refuses more than 10,000 columns") {
    json::array fields;
    for (int i = 0; i < 10'001; ++i)
        fields.push_back(json::object{{"name", "c" + std::to_string(i)}, {"type", "STRING"}});

    CHECK_THROWS_AS(read_schema(fields), Error);
    fields.pop_back();
    CHECK(read_schema(fields).size() == 10'000);
}

}  // namespace
}  // namespace sheetbq::sandbox
