#include "sandbox/text.hpp"

#include "sandbox/field_mask.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq::sandbox;

TEST_CASE("percent_decode reads escapes and refuses broken ones") {
    CHECK(percent_decode("a%20b+c") == "a b+c");
    CHECK(percent_decode("a+b%2B", true) == "a b+");
    CHECK(percent_decode("%C3%A9") == "é");
    CHECK_FALSE(percent_decode("%4"));
    CHECK_FALSE(percent_decode("%"));
    CHECK_FALSE(percent_decode("%GG"));
}

TEST_CASE("parse_form keeps order and repetition") {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(parse_form("a=1&b=x%26y&a=&c") == Pairs{{"a", "1"}, {"b", "x&y"}, {"a", ""}, {"c", ""}});
    CHECK(parse_form("") == Pairs{});
    CHECK_FALSE(parse_form("a=%"));
}

TEST_CASE("FieldMask selects nested fields, looks through lists and knows wildcards") {
    const auto value =
        boost::json::parse(R"({"a":[{"b":1,"c":2},{"b":3}],"d":{"e":4,"f":5},"g":6})");
    const auto [mask, expected] = GENERATE(table<std::string, std::string>({
        {"g", R"({"g":6})"},
        {"a.b", R"({"a":[{"b":1},{"b":3}]})"},
        {"a(b),d/e", R"({"a":[{"b":1},{"b":3}],"d":{"e":4}})"},
        {"*.e,g", R"({"a":[{},{}],"d":{"e":4},"g":6})"},
        {"a,a.b", R"({"a":[{"b":1,"c":2},{"b":3}]})"},
    }));
    const auto parsed = FieldMask::parse(mask);
    REQUIRE(parsed);
    CHECK(parsed->apply(value) == boost::json::parse(expected));
}

TEST_CASE("FieldMask refuses what is not a mask") {
    const auto mask =
        GENERATE(as<std::string>{}, "a(", "a(b", "a)", ",", "a,,b", "a.", ".a", "a()");
    CHECK_FALSE(FieldMask::parse(mask));
}

TEST_CASE("FieldMask names the first path that is not known") {
    const auto known = FieldMask::parse("a(b,c),d");
    CHECK(FieldMask::parse("a.b,d.x.y")->unknown_path(*known).empty());
    CHECK(FieldMask::parse("a(b,x)")->unknown_path(*known) == "a.x");
}
