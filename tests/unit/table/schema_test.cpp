#include "sheetbq/table/schema.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using sheetbq::Code;
using sheetbq::Error;
using namespace sheetbq::table;

namespace {

Error refusal_of(std::string_view text) {
    try {
        parse_custom_schema(text);
    } catch (const Error& error) {
        return error;
    }
    return Error{Code::internal, "accepted"};
}

}  // namespace

TEST_CASE("a custom schema is read from a list and from an object with fields, in all spellings") {
    const auto* const text = GENERATE(
        R"json([{"name":"id","type":"INT64","mode":"REQUIRED","description":"the key"},
            {"name":"Amount","type":"NUMERIC","precision":10,"scale":"2"},
            {"name":"code","type":"STRING","maxLength":"5","mode":"NULLABLE"}])json",
        R"json({"fields":[{"name":"id","type":"integer","mode":"required","description":"the key"},
            {"name":"Amount","type":"numeric(10, 2)"},
            {"name":"code","type":"STRING(5)","mode":null,"description":null}]})json",
        R"json( [{"type":"Integer","name":"id","mode":"REQUIRED","description":"the key"},
            {"name":"Amount","type":"DECIMAL(10,2)","precision":10},
            {"name":"code","type":"STRING (5)"}] )json");
    const auto schema = parse_custom_schema(text);

    REQUIRE(schema.size() == 3);
    CHECK(schema[0].name == "id");
    CHECK(schema[0].type == Type::int64);
    CHECK(schema[0].required);
    CHECK(schema[0].description == "the key");
    CHECK(schema[1].name == "Amount");
    CHECK(schema[1].type == Type::numeric);
    CHECK_FALSE(schema[1].required);
    CHECK(schema[1].precision == 10);
    CHECK(schema[1].scale == 2);
    CHECK(schema[2].type == Type::string);
    CHECK(schema[2].max_length == 5);
    CHECK(schema[2].description.empty());
}

TEST_CASE("the short form takes backticks, parameters and white space") {
    const auto schema = parse_custom_schema(
        " id:INT64, `a:b c`:STRING(20) ,amount : NUMERIC(10,2),\n`x`: BIGNUMERIC(76,38),day:date");

    REQUIRE(schema.size() == 5);
    CHECK(schema[0].name == "id");
    CHECK(schema[1].name == "a:b c");
    CHECK(schema[1].max_length == 20);
    CHECK(schema[2].name == "amount");
    CHECK(schema[2].scale == 2);
    CHECK(schema[3].precision == 76);
    CHECK(schema[4].type == Type::date);
    CHECK(schema[4].type_name == "date");
}

TEST_CASE("a refused schema says where and why") {
    const auto [text, reason] = GENERATE(table<std::string, std::string>({
        {"", "it is empty"},
        {" \n", "it is empty"},
        {"[]", "it is empty"},
        {R"({"fields":[]})", "it is empty"},
        {"[{\"name\":\"a\",\n  \"type\":STRING}]", "line 2, column 10: syntax error"},
        {"\n\n [", "line 3, column 3: incomplete"},
        {R"([{"name":"a","type":"DATE"}] x)", "line 1, column 30: extra data"},
        {"{}", "no \"fields\""},
        {R"({"fields":{}})", "no list"},
        {R"({"fields":[{"name":"a","type":"DATE"}],"x":1})", "unknown key \"x\""},
        {"[7]", "field 1: is \"7\", no object"},
        {R"([{"type":"DATE"}])", "field 1: has no \"name\""},
        {R"([{"name":"","type":"DATE"}])", "field 1: has no \"name\""},
        {R"([{"name":null,"type":"DATE"}])", "field 1: has no \"name\""},
        {R"([{"name":5,"type":"DATE"}])", "field 1: \"name\" is \"5\", no text"},
        {R"([{"name":"a"}])", "field 1 (\"a\"): has no \"type\""},
        {R"([{"name":"a","type":7}])", "field 1 (\"a\"): \"type\" is \"7\", no text"},
        {R"([{"name":"a","type":"VARCHAR"}])", "field 1 (\"a\"): unknown type \"VARCHAR\""},
        {R"([{"name":"a","type":"RECORD","fields":[{"name":"b","type":"DATE"}]}])",
         "field 1 (\"a\"): type \"RECORD\" cannot be loaded from a sheet"},
        {R"([{"name":"a","type":"STRUCT<b DATE>"}])", "type \"STRUCT<b DATE>\" cannot be"},
        {"a:ARRAY<STRING>", "field 1 (\"a\"): type \"ARRAY<STRING>\" cannot be"},
        {"a:STRUCT<b DATE, c TIME>,d:DATE", "type \"STRUCT<b DATE, c TIME>\" cannot be"},
        {R"([{"name":"a","type":"DATE","mode":"REPEATED"}])", "mode REPEATED cannot be loaded"},
        {R"([{"name":"a","type":"DATE","mode":"OPTIONAL"}])", "unknown mode \"OPTIONAL\""},
        {R"([{"name":"a","type":"DATE","Mode":"NULLABLE"}])",
         "unknown key \"Mode\"; known are name"},
        {R"([{"name":"a","type":"DATE","description":3}])", "\"description\" is \"3\", no text"},
        {R"([{"name":"a b!","type":"DATE"}])", "BigQuery refuses this name; use \"a_b\""},
        {R"([{"name":"_TABLE_x","type":"DATE"}])", "use \"col_TABLE_x\""},
        {R"([{"name":"***","type":"DATE"}])", "BigQuery refuses this name"},
        {"a:DATE,b:DATE,A:TIME", "field 3 (\"A\"): has the name of field 1"},
        {"a:STRING(0)", "length of 0 is not positive"},
        {"a:STRING(x)", "type \"STRING(x)\" is malformed"},
        {"a:STRING(1,2)", "malformed"},
        {"a:STRING(", "malformed"},
        {"a:STRING()", "malformed"},
        {"a:STRING(5) x", "malformed"},
        {"a:INT64(5)", "INT64 takes no length"},
        {"a:INT64(5,2)", "malformed"},
        {"a:NUMERIC(39,9)", "precision of 39 is outside 9..38"},
        {"a:NUMERIC(30)", "precision of 30 is outside 1..29"},
        {"a:NUMERIC(0)", "precision of 0 is outside 1..29"},
        {"a:NUMERIC(10,10)", "scale of 10 is outside 0..9"},
        {"a:NUMERIC(3,5)", "precision of 3 is outside 5..34"},
        {"a:BIGNUMERIC(77,38)", "precision of 77 is outside 38..76"},
        {"a:BIGNUMERIC(5,39)", "scale of 39 is outside 0..38"},
        {R"([{"name":"a","type":"NUMERIC","scale":2}])", "a scale but no precision"},
        {R"([{"name":"a","type":"DATE","precision":2}])", "DATE takes no precision"},
        {R"([{"name":"a","type":"DATE","maxLength":2}])", "DATE takes no length"},
        {R"([{"name":"a","type":"STRING","maxLength":2.5}])",
         "\"maxLength\" is \"2.5E0\", no whole"},
        {R"json([{"name":"a","type":"STRING(5)","maxLength":6}])json", "is 6, but the type says 5"},
        {"a", "field 1 (\"a\"): has no type; write name:TYPE"},
        {"a:", "has no type"},
        {":DATE", "field 1: has no name"},
        {"a:DATE,,b:DATE", "field 2: has no name"},
        {"a:DATE,", "field 2: has no name"},
        {"a:STRING:REQUIRED", "unknown type \"STRING:REQUIRED\""},
        {"`a,b`:DATE", "field 1 (\"a,b\"): BigQuery refuses this name; use \"a_b\""},
        {"`a`DATE b", "unknown type \"DATE b\""},
    }));
    INFO(text);
    const auto error = refusal_of(text);
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.reason(), ContainsSubstring(reason));
    CHECK_THAT(error.text(), ContainsSubstring("CUSTOM_SCHEMA"));
    CHECK_THAT(error.hint(), ContainsSubstring(R"(CUSTOM_SCHEMA=[{"name":"id","type":"INT64")"));
    CHECK_THAT(error.hint(), ContainsSubstring("CUSTOM_SCHEMA=id:INT64,amount:NUMERIC(10,2)"));
}

TEST_CASE("the example in the hint is a schema") {
    const auto hint = refusal_of("").hint();
    const auto json = hint.substr(hint.find('['), hint.find(']') - hint.find('[') + 1);
    const auto words = hint.substr(hint.rfind('=') + 1);

    CHECK(parse_custom_schema(json).size() == 2);
    CHECK(parse_custom_schema(words.substr(0, words.size() - 1)).size() == 2);
}

TEST_CASE("all problems of a schema are told at once, numbered") {
    const auto error = refusal_of(
        R"([{"name":"a","type":"DAT"},{"name":"b","type":"DATE"},{"name":"B","type":"RECORD","x":1}])");

    CHECK(error.text() == "CUSTOM_SCHEMA is refused for 4 problems");
    CHECK_THAT(error.reason(), ContainsSubstring("1. field 1 (\"a\"): unknown type \"DAT\""));
    CHECK_THAT(error.reason(), ContainsSubstring("; 2. field 3 (\"B\"): unknown key \"x\""));
    CHECK_THAT(error.reason(), ContainsSubstring("; 3. field 3 (\"B\"): type \"RECORD\""));
    CHECK_THAT(error.reason(), ContainsSubstring("; 4. field 3 (\"B\"): has the name of field 2"));
}

TEST_CASE("hundreds of problems are counted, not all told") {
    std::string text;
    for (int i = 0; i < 200; ++i) text += (i == 0 ? "a" : ",a") + std::to_string(i) + ":X";
    const auto error = refusal_of(text);

    CHECK_THAT(error.text(), ContainsSubstring("200 problems"));
    CHECK_THAT(error.reason(), ContainsSubstring("; and 150 more"));
}

TEST_CASE("the service's schema is read whatever it holds") {
    const auto fields = boost::json::parse(R"([
        {"name":"id","type":"INTEGER","mode":"REQUIRED","description":"key"},
        {"name":"price","type":"NUMERIC","precision":"10","scale":"2"},
        {"name":"tags","type":"STRING","mode":"REPEATED","maxLength":"7"},
        {"name":"address","type":"RECORD","fields":[{"name":"street","type":"STRING"}]},
        {"name":"span","type":"RANGE","rangeElementType":{"type":"DATE"}},
        {"name":"new","type":"QUATERNION","maxLength":"much","precision":4},
        "what", {}])")
                            .as_array();
    const auto schema = schema_from_json(fields);

    REQUIRE(schema.size() == 7);
    CHECK(schema[0].type == Type::int64);
    CHECK(schema[0].required);
    CHECK(schema[0].description == "key");
    CHECK(schema[1].precision == 10);
    CHECK(schema[1].scale == 2);
    CHECK(schema[2].repeated);
    CHECK(schema[2].max_length == 7);
    CHECK(schema[3].type == Type::other);
    CHECK(schema[3].type_name == "RECORD");
    CHECK(schema[4].type == Type::other);
    CHECK(schema[5].type == Type::other);
    CHECK(schema[5].type_name == "QUATERNION");
    CHECK_FALSE(schema[5].max_length);
    CHECK(schema[5].precision == 4);
    CHECK(schema[6].name.empty());
}

TEST_CASE("a column is written by its legacy type name, without what it lacks") {
    const auto [column, expected] = GENERATE(table<Column, std::string>({
        {{.name = "id", .type = Type::int64, .required = true},
         R"({"name":"id","type":"INTEGER","mode":"REQUIRED"})"},
        {{.name = "f", .type = Type::float64}, R"({"name":"f","type":"FLOAT","mode":"NULLABLE"})"},
        {{.name = "b", .type = Type::boolean},
         R"({"name":"b","type":"BOOLEAN","mode":"NULLABLE"})"},
        {{.name = "t", .type = Type::string, .repeated = true, .max_length = 5},
         R"({"name":"t","type":"STRING","mode":"REPEATED","maxLength":"5"})"},
        {{.name = "n", .type = Type::bignumeric, .description = "d", .precision = 40, .scale = 2},
         R"({"name":"n","type":"BIGNUMERIC","mode":"NULLABLE","description":"d","precision":"40","scale":"2"})"},
        {{.name = "r", .type = Type::other, .type_name = "RANGE"},
         R"({"name":"r","type":"RANGE","mode":"NULLABLE"})"},
    }));
    CHECK(boost::json::serialize(to_json(column)) == expected);
}

TEST_CASE("a custom schema survives the way through JSON") {
    const auto schema = parse_custom_schema(
        R"json([{"name":"id","type":"INT64","mode":"REQUIRED","description":"k"},
            {"name":"n","type":"NUMERIC(10,2)"},{"name":"s","type":"STRING(5)"},
            {"name":"j","type":"JSON"},{"name":"t","type":"TIMESTAMP"}])json");
    boost::json::array fields;
    for (const auto& column : schema) fields.push_back(to_json(column));

    const auto again = parse_custom_schema(boost::json::serialize(fields));

    REQUIRE(again.size() == schema.size());
    for (std::size_t i = 0; i < schema.size(); ++i) CHECK(to_json(again[i]) == to_json(schema[i]));
    CHECK(schema_from_json(fields).size() == schema.size());
}
