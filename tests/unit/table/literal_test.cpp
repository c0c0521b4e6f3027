#include "sheetbq/table/literal.hpp"

#include "sheetbq/table/serial_date.hpp"
#include "support/catch.hpp"

#include <array>
#include <string>

using namespace sheetbq::table;

namespace {

/// Texts that are values of a column, and texts that are none.
struct Texts {
    Column column;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

Column column_of(Type type) { return {.name = "c", .type = type}; }

Column decimal(Type type, std::int64_t precision, std::optional<std::int64_t> scale = {}) {
    return {.name = "c", .type = type, .precision = precision, .scale = scale};
}

void check(const Texts& texts) {
    for (const auto& text : texts.good) {
        INFO(to_string(texts.column.type) << " should take " << text);
        CHECK(is_literal(texts.column, text));
    }
    for (const auto& text : texts.bad) {
        INFO(to_string(texts.column.type) << " should refuse " << text);
        CHECK_FALSE(is_literal(texts.column, text));
    }
}

}  // namespace

TEST_CASE("STRING takes every text up to its length in characters") {
    check({column_of(Type::string), {"", "x", "\xFF", std::string{"a\0b", 3}}, {}});
    check({{.name = "c", .type = Type::string, .max_length = 3},
           {"", "abc", "\xC3\xA4\xC3\xB6\xC3\xBC", "\xF0\x9F\x8C\xB5 x"},
           {"abcd", "\xC3\xA4\xC3\xB6\xC3\xBC!"}});
}

TEST_CASE("INT64 takes whole numbers of 64 bits") {
    check({column_of(Type::int64),
           {"0", "-0", "+5", "007", "9223372036854775807", "-9223372036854775808"},
           {"", "-", "+", "+-5", "--5", "1.0", "1e3", " 1", "1 ", "1,000", "0x10",
            "9223372036854775808", "-9223372036854775809", "99999999999999999999", "x", "TRUE"}});
}

TEST_CASE("FLOAT64 takes decimal numbers that a double can hold and the three words") {
    check({column_of(Type::float64),
           {"0", "-0.0", "1.5", ".5", "5.", "+1.5", "1e5", "1E+5", "1e-5",
            "-1.7976931348623157e308", "5e-324", "123456789012345678901234567890", "NaN", "nan",
            "inf", "-Inf", "+INFINITY", "-infinity"},
           {"",       ".",       "-",      "+",     "e5",   "1e",    "1e+",
            "1e5.5",  "1.2.3",   "1,5",    " 1",    "1 ",   "0x1p3", "1e999",
            "-1e999", "infinit", "nan(1)", "--inf", "NaNs", "1f",    "+-1"}});
}

TEST_CASE("NUMERIC takes 29 digits before the point and 9 after it") {
    check({column_of(Type::numeric),
           {"0", "-1.5", "+1.5", ".5", "5.", "99999999999999999999999999999.999999999",
            "-99999999999999999999999999999.999999999",
            "0000000000000000000000000000000000000000001", "1.0000000000000000000000000", "1e28",
            "1e-9", "12.5e-8", "0e999999", "100e-11", "0.1e29"},
           {"", ".", "1e", "x", "NaN", "inf", "1,5", "100000000000000000000000000000", "1e29",
            "0.0000000001", "1e-10", "0.1e30", "1e1000000", "1 ", " 1", "0x1", "1.5.5", "$5"}});
    check({decimal(Type::numeric, 5, 2),
           {"999.99", "0.01", "-999.99", "1.10000", "0.9999e3"},
           {"1000", "0.001", "999.999", "1e3"}});
    check({decimal(Type::numeric, 3), {"999", "1.0"}, {"1000", "0.5"}});
    check({decimal(Type::numeric, 2, 2), {"0.99", "0", "-.01"}, {"1", "0.999"}});
}

TEST_CASE("BIGNUMERIC takes 38 digits after the point and 2^255 of them") {
    check({column_of(Type::bignumeric),
           {"0", "0.00000000000000000000000000000000000001", "1e38", "1e-38", "-1e38",
            "578960446186580977117854925043439539266.34992332820282019728792003956564819967",
            "-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
            "5.7896044618658097711785492504343953926634992332820282019728792003956564819967E+38"},
           {"", "x", "1e-39", "1e39", "578960446186580977117854925043439539267",
            "578960446186580977117854925043439539266.34992332820282019728792003956564819968",
            "-578960446186580977117854925043439539266.34992332820282019728792003956564819969",
            "6e38", "0.000000000000000000000000000000000000001"}});
    check({decimal(Type::bignumeric, 40, 2),
           {"99999999999999999999999999999999999999.99"},
           {"100000000000000000000000000000000000000", "0.001"}});
}

TEST_CASE("BOOL takes its words in any case") {
    check({column_of(Type::boolean),
           {"true", "FALSE", "True", "t", "F", "yes", "NO", "y", "N", "1", "0"},
           {"", "on", "off", "2", "tru", "truer", "01", "ja", " true", "-1"}});
}

TEST_CASE("DATE takes real days only") {
    check({column_of(Type::date),
           {"2024-01-05", "0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "2023-12-31"},
           {"",
            "2024-1-5",
            "24-01-05",
            "2024/01/05",
            "05.01.2024",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "2024-01-32",
            "2024-04-31",
            "2023-02-29",
            "1900-02-29",
            "0000-01-01",
            "10000-01-01",
            "2024-01-05 ",
            " 2024-01-05",
            "2024-01-05T00:00:00",
            "2024-01",
            "20240105",
            "-2024-01-05",
            "2024-01-0x",
            "2024-01-055"}});
}

TEST_CASE("TIME takes times of day to the microsecond") {
    check({column_of(Type::time),
           {"00:00:00", "23:59:59", "23:59:59.999999", "10:17:42.1"},
           {"", "24:00:00", "10:60:00", "10:00:60", "1:00:00", "10:17", "10:17:42.", "10:17:42,5",
            "10:17:42.1234567", "10:17:42 ", "10-17-42", "36:00:00", "-1:00:00", "10:17:42Z"}});
}

TEST_CASE("DATETIME takes a date with or without a time and no zone") {
    check({column_of(Type::datetime),
           {"2024-01-05", "2024-01-05 10:17:42", "2024-01-05T10:17:42",
            "2024-01-05 10:17:42.123456", "9999-12-31 23:59:59.999999", "0001-01-01 00:00:00"},
           {"", "10:17:42", "2024-01-05 ", "2024-01-05T", "2024-01-05  10:17:42",
            "2024-01-05 24:00:00", "2024-01-05 10:17", "2024-01-05 10:17:42Z",
            "2024-01-05 10:17:42+01:00", "2024/01/05 10:17:42", "2023-02-29 10:00:00",
            "2024-01-05_10:17:42", "2024-01-0510:17:42"}});
}

TEST_CASE("TIMESTAMP takes a datetime with or without a zone") {
    check({column_of(Type::timestamp),
           {"2024-01-05",
            "2024/01/05",
            "2024-01-05 10:17:42",
            "2024-01-05T10:17:42Z",
            "2024-01-05t10:17:42z",
            "2024/01/05 10:17:42",
            "2024-01-05 10:17",
            "2024-01-05 10:17Z",
            "2024-01-05 10:17:42 UTC",
            "2024-01-05 10:17:42UTC",
            "2024-01-05 10:17:42+01:00",
            "2024-01-05 10:17:42 +01:00",
            "2024-01-05 10:17:42-8",
            "2024-01-05 10:17:42+14:00",
            "2024-01-05 10:17:42.123456-08:30",
            "2024-01-05 10:17:42 America/New_York",
            "2024-01-05 10:17:42 Etc/GMT+5",
            "2024-01-05 America/Los_Angeles",
            "2024-01-05+08:00",
            "2024-01-05 +08",
            "0001-01-01 01:00:00+01:00",
            "9999-12-31 23:59:59.999999Z",
            "9999-12-31 22:59:59-01:00"},
           {"",
            "1704449862",
            "20240105",
            "2024-01/05",
            "2024-01-05 10",
            "2024-01-05T",
            "2024-01-05 ",
            "2024-01-05 10:17:42 ",
            "2024-01-05 10:17:42Z ",
            "2024-01-05 10:17:42+15:00",
            "2024-01-05 10:17:42+14:01",
            "2024-01-05 10:17:42+01:60",
            "2024-01-05 10:17:42+",
            "2024-01-05 10:17:42+01:0",
            "2024-01-05 10:17:42+0100",
            "2024-01-05 10:17:42America/New_York",
            "2024-01-05 10:17:42 America/",
            "2024-01-05 10:17:42 /America",
            "2024-01-05 10:17:42 A//B",
            "2024-01-05 10:17:42 New York",
            "2024-01-05  10:17:42",
            "2024-01-05 25:00:00",
            "0001-01-01 00:59:59+01:00",
            "9999-12-31 23:00:00-01:00",
            "2023-02-29 10:00:00Z",
            "2024-01-0510:17:42"}});
}

TEST_CASE("INTERVAL takes BigQuery's canonical form") {
    check({column_of(Type::interval),
           {"0-0 0 36:00:00", "0-0 0 36:0:0", "1-2 3 4:5:6.789", "-1-2 -3 -4:5:6",
            "0-0 0 -1:30:00.5", "10000-0 3660000 87840000:0:0", "0-11 0 0:0:0",
            "0-0 0 0:0:0.123456", "0-0 0 87840000:00:00.000"},
           {"", "36:00:00", "0-0 36:00:00", "0-0 0 36:00", "0-12 0 0:0:0", "10001-0 0 0:0:0",
            "10000-1 0 0:0:0", "0-0 3660001 0:0:0", "0-0 0 87840001:0:0", "0-0 0 87840000:0:1",
            "0-0 0 87840000:00:00.001", "0-0 0 0:60:0", "0-0 0 0:0:60", "0-0 0 0:0:0.",
            "0-0 0 0:0:0.1234567", "0-0 0 --1:0:0", "0-0 0 1:0:0 ", "P1D", "1 day"}});
}

TEST_CASE("BYTES takes base64 with its padding up to its length") {
    check({column_of(Type::bytes),
           {"", "AAAA", "aGk=", "aA==", "ab+/", "aGVsbG8gd29ybGQ="},
           {"a", "aG", "aGk", "a===", "====", "aG=k", "aGk=aGk=", "ab-_", "aGk =", "aGk=\n",
            "\xC3\xA4\xC3\xA4"}});
    check({{.name = "c", .type = Type::bytes, .max_length = 2}, {"", "aA==", "aGk="}, {"AAAA"}});
}

TEST_CASE("JSON takes JSON") {
    const std::string deep(400, '[');
    check({column_of(Type::json),
           {"1", "-1.5e3", "null", "true", "\"x\"", "[]", R"({"a":[1,{"b":null}]})", " {} ",
            deep + std::string(400, ']')},
           {"", " ", "x", "TRUE", "{", "{}{}", "{} x", "{'a':1}", "[1,]", "01", "NaN",
            std::string(501, '[') + std::string(501, ']')}});
}

TEST_CASE("GEOGRAPHY takes what is not empty, since only the service can read it") {
    check({column_of(Type::geography), {"POINT(1 2)", "{}"}, {"", "  "}});
}

TEST_CASE("no text is a value of what is never loaded into") {
    check({column_of(Type::other), {}, {"", "x", "1"}});
    check({{.name = "c", .type = Type::string, .repeated = true}, {}, {"", "x"}});
}

TEST_CASE("a date as we write it is a value of every type that its kind fits") {
    std::array<char, longest_date_text> out{};
    for (const std::string token :
         {"0", "-0.5", "43831", "44826.42895833333", "0.123456789", "-693593", "2958465.99999"})
        for (const auto format :
             {NumberKind::date, NumberKind::datetime, NumberKind::time, NumberKind::duration}) {
            const auto text = write_serial(token, format, out.data());
            for (int i = 0; i <= static_cast<int>(Type::other); ++i) {
                const auto type = static_cast<Type>(i);
                const std::string_view written{out.data(), text.size};
                INFO(written << " as " << to_string(type));
                if (fits(text.kind, type)) CHECK(is_literal(column_of(type), written));
            }
        }
}
