#include "sandbox/bigquery_literal.hpp"

#include "sandbox/bigquery_refusal.hpp"
#include "sandbox/bigquery_text.hpp"
#include "support/catch.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace sheetbq::sandbox {
namespace {

using Strings = std::vector<std::string>;

BigQueryColumn column(const char* type) {
    return read_schema({boost::json::object{{"name", "c"}, {"type", type}}}).front();
}

/// The stored text, or `!` when the literal is refused.
std::string stored(const BigQueryColumn& of, const std::string& text,
                   const LiteralRules& rules = {}) {
    std::string out;
    const bool refused = !read_literal(of, text, rules, &out).empty();
    const bool refused_unstored = !read_literal(of, text, rules, nullptr).empty();
    REQUIRE(refused == refused_unstored);
    return refused ? "!" : out;
}

TEST_CASE("read_literal stores each type's literals in one canonical form") {
    const auto [type, text, expected] = GENERATE(table<const char*, std::string, std::string>({
        {"INT64", "0", "0"},
        {"INT64", "-9223372036854775808", "-9223372036854775808"},
        {"INT64", "9223372036854775807", "9223372036854775807"},
        {"INTEGER", "007", "7"},
        {"FLOAT64", "1.5", "1.5"},
        {"FLOAT64", "2", "2.0"},
        {"FLOAT64", ".5", "0.5"},
        {"FLOAT64", "1e5", "100000.0"},
        {"FLOAT64", "12345678", "1.2345678E7"},
        {"FLOAT64", "1.6e9", "1.6E9"},
        {"FLOAT64", "0.0001", "1.0E-4"},
        {"FLOAT64", "0.001", "0.001"},
        {"FLOAT64", "-0", "-0.0"},
        {"FLOAT64", "1e-999", "0.0"},
        {"FLOAT", "NaN", "NaN"},
        {"FLOAT", "-inf", "-Infinity"},
        {"NUMERIC", "1", "1"},
        {"NUMERIC", "-01.50", "-1.5"},
        {"NUMERIC", "-0.00", "0"},
        {"NUMERIC", "1.5e2", "150"},
        {"NUMERIC", "15e-1", "1.5"},
        {"NUMERIC", "1e-9", "0.000000001"},
        {"NUMERIC", "99999999999999999999999999999.999999999",
         "99999999999999999999999999999.999999999"},
        {"BIGNUMERIC", "12345678901234567890123456789012345678",
         "12345678901234567890123456789012345678"},
        {"BOOL", "TRUE", "true"},
        {"BOOL", "y", "true"},
        {"BOOL", "1", "true"},
        {"BOOLEAN", "No", "false"},
        {"BOOL", "f", "false"},
        {"DATE", "2024-02-29", "2024-02-29"},
        {"DATE", "0001-01-01", "0001-01-01"},
        {"TIME", "23:59:59.5", "23:59:59.500000"},
        {"TIME", "00:00:00", "00:00:00"},
        {"DATETIME", "2024-01-05 10:00:00", "2024-01-05T10:00:00"},
        {"DATETIME", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999"},
        {"TIMESTAMP", "1970-01-01 00:00:01", "1000000"},
        {"TIMESTAMP", "1969-12-31 23:59:59.5", "-500000"},
        {"TIMESTAMP", "2024-01-05T10:00Z", "1704448800000000"},
        {"TIMESTAMP", "2024/01/05 10:00:00 UTC", "1704448800000000"},
        {"TIMESTAMP", "2024-01-05 10:00:00+02:00", "1704441600000000"},
        {"TIMESTAMP", "1704448800.25", "1704448800250000"},
        {"INTERVAL", "1-2 3 4:5:6.5", "1-2 3 4:5:6.5"},
        {"INTERVAL", "0-0 0 -30:00:00", "0-0 0 -30:0:0"},
        {"INTERVAL", "-0-0 +0 -0:0:0", "0-0 0 0:0:0"},
        {"BYTES", "aGk=", "aGk="},
        {"JSON", R"({"a": [1, "x"]})", R"({"a": [1, "x"]})"},
        {"GEOGRAPHY", "POINT(1 2)", "POINT(1 2)"},
        {"STRING", "", ""},
        {"STRING", "00123", "00123"},
        {"STRING",
         "a\xff"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"STRING",
         "a\x01"
         "b\tc\nd",
         "ab\tc\nd"},
    }));
    CAPTURE(type, text);

    CHECK(stored(column(type), text) == expected);
}

TEST_CASE("read_literal refuses what BigQuery's CSV reader does not document") {
    const auto [type, texts] = GENERATE(table<const char*, Strings>({
        {"INT64", {"", " 1", "1 ", "+1", "1.0", "1e3", "9223372036854775808", "0x10", "1,000"}},
        {"FLOAT64", {"", "1.5.2", "1e", "e5", ".", "1e999", "1,5", "0x1p3", "++1", "- 1", "abc"}},
        {"NUMERIC",
         {"", "0.0000000001", "100000000000000000000000000000", "1e29", "NaN", "1e99999", "--1"}},
        {"BIGNUMERIC", {"1e38", "1e-39"}},
        {"BOOL", {"", "2", "wahr", "on", "tru"}},
        {"DATE",
         {"", "2023-02-29", "2024-1-5", "2024/01/05", "05.01.2024", "0000-01-01", "2024-13-01",
          "2024-01-05 "}},
        {"TIME", {"", "24:00:00", "12:60:00", "12:00", "1:00:00", "12:00:00.1234567", "12:00:00."}},
        {"DATETIME",
         {"", "2024-01-05", "2024-01-05T10:00:00", "2024-01-05 10:00", "2024-01-05 10:00:00Z",
          "2024-01-05 10:00:60"}},
        {"TIMESTAMP",
         {"", "2024-01-05", "2024-01-05 10:00:00 CET", "2024-01-05 25:00:00", "soon",
          "9999-12-31 23:59:59-01:00", "2024-01-05 10:00:00+15:00", "2024/01-05 10:00:00"}},
        {"INTERVAL",
         {"", "30:00:00", "0-0 0 30", "0-12 0 0:0:0", "0-0 0 0:60:0", "10000-1 0 0:0:0",
          "0-0 3660001 0:0:0", "0-0 0 87840000:0:1", "PT1H"}},
        {"BYTES", {"a", "aGk", "aG=k", "a*==", "===="}},
        {"JSON", {"", "{", "'a'", "{\"a\":1}x"}},
        {"GEOGRAPHY", {""}},
        {"STRING", {std::string("a\0b", 3)}},
    }));

    for (const auto& text : texts) {
        CAPTURE(type, text);
        CHECK(stored(column(type), text) == "!");
    }
}

TEST_CASE("read_literal checks lengths, precision and scale") {
    auto text = column("STRING");
    text.max_length = 3;
    auto bytes = column("BYTES");
    bytes.max_length = 2;
    auto money = column("NUMERIC");
    money.precision = 4;
    money.scale = 2;

    CHECK(stored(text, "äöü") == "äöü");
    CHECK(stored(text, "äöüx") == "!");
    CHECK(stored(text, "abcd") == "!");
    CHECK(stored(bytes, "aGk=") == "aGk=");
    CHECK(stored(bytes, "aGlp") == "!");
    CHECK(stored(money, "99.99") == "99.99");
    CHECK(stored(money, "100") == "!");
    CHECK(stored(money, "1.234") == "!");
}

TEST_CASE("read_literal keeps control characters when asked, NUL included") {
    const std::string text{"a\0\x1f", 3};

    CHECK(stored(column("STRING"), text, {.zone = {}, .keep_control_characters = true}) == text);
}

TEST_CASE("LocalZone turns wall clocks into UTC as BigQuery does where clocks change") {
    const auto [zone, text, expected] = GENERATE(table<const char*, std::string, std::string>({
        {"America/New_York", "2024-01-05 10:00:00", "2024-01-05 15:00:00"},
        {"America/New_York", "2024-07-05 10:00:00", "2024-07-05 14:00:00"},
        {"America/New_York", "2024-11-03 01:30:00", "2024-11-03 05:30:00"},  // twice: the first
        {"America/New_York", "2024-03-10 02:30:00", "2024-03-10 07:30:00"},  // never: as if winter
        {"America/New_York", "2024-11-03 02:00:00", "2024-11-03 07:00:00"},
        {"Europe/Berlin", "2024-07-01 00:30:00", "2024-06-30 22:30:00"},
        {"Europe/Berlin", "1850-01-01 00:00:00", "1849-12-31 23:06:32"},  // local mean time
        {"Asia/Kolkata", "2024-01-05 00:00:00", "2024-01-04 18:30:00"},
        {"GMT-07:00", "2024-01-05 10:00:00", "2024-01-05 17:00:00"},
        {"+05:30", "2024-01-05 05:30:00", "2024-01-05 00:00:00"},
        {"Etc/GMT", "2024-01-05 10:00:00", "2024-01-05 10:00:00"},
        {"UTC", "2024-01-05 10:00:00", "2024-01-05 10:00:00"},
    }));
    CAPTURE(zone, text);
    const LiteralRules rules{.zone = LocalZone{zone}};
    const auto timestamp = column("TIMESTAMP");

    CHECK(stored(timestamp, text, rules) == stored(timestamp, expected));
}

TEST_CASE("LocalZone refuses names that are no zone") {
    for (const auto* name : {"", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "GMT+25:00",
                             "Europe", "America/New York"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(LocalZone{name}, Error);
    }
}

TEST_CASE("to_lower knows Latin, Greek and Cyrillic capitals and leaves small letters alone") {
    const std::u32string capitals = U"AZÀÞĀĮĲĶĹŇŊŶŹŽΑΩЀЏАЯ";
    const std::u32string small = U"azàþāįĳķĺňŋŷźžαωѐџая";
    REQUIRE(capitals.size() == small.size());

    for (std::size_t i = 0; i < capitals.size(); ++i) {
        CAPTURE(i);
        CHECK(to_lower(capitals[i]) == small[i]);
        CHECK(to_lower(small[i]) == small[i]);
    }
    CHECK(to_lower(U'×') == U'×');
}

TEST_CASE("format_double writes doubles as the API does") {
    CHECK(format_double(0) == "0.0");
    CHECK(format_double(-1.25) == "-1.25");
    CHECK(format_double(9999999) == "9999999.0");
    CHECK(format_double(1e7) == "1.0E7");
    CHECK(format_double(1.438388042) == "1.438388042");
    CHECK(format_double(1438388042) == "1.438388042E9");
    CHECK(format_double(1e300 * 1e10) == "Infinity");
}

}  // namespace
}  // namespace sheetbq::sandbox
