#include "sheetbq/table/a1.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

using sheetbq::Error;
using namespace sheetbq::table;

namespace {
constexpr int open = GridRange::unbounded;
}

TEST_CASE("columns count in letters without a zero") {
    const auto [column, letters] = GENERATE(table<int, std::string>({
        {0, "A"},
        {25, "Z"},
        {26, "AA"},
        {51, "AZ"},
        {52, "BA"},
        {701, "ZZ"},
        {702, "AAA"},
        {18'277, "ZZZ"},
    }));
    CHECK(column_letters(column) == letters);
}

TEST_CASE("an address is letters and a row counted from one") {
    CHECK(address(0, 0) == "A1");
    CHECK(address(16, 2) == "C17");
    CHECK(address(9'999'999, 18'277) == "ZZZ10000000");
}

TEST_CASE("a range is written with its title quoted and both ends") {
    const auto [title, range, expected] = GENERATE(table<std::string, GridRange, std::string>({
        {"Orders", {0, 0, 8, 25}, "'Orders'!A1:Z9"},
        {"CRM26", {0, 0, 0, 0}, "'CRM26'!A1:A1"},
        {"l'\xC3\xA9t\xC3\xA9", {1, 1, 2, 2}, "'l''\xC3\xA9t\xC3\xA9'!B2:C3"},
        {"a!b", {0, 0, 0, 1}, "'a!b'!A1:B1"},
        {"''", {0, 0, 0, 1}, "''''''!A1:B1"},
    }));
    CHECK(to_a1(title, range) == expected);
}

TEST_CASE("a range with an open end is never written") {
    CHECK_THROWS_AS(to_a1("T", {0, 0, open, 3}), Error);
    CHECK_THROWS_AS(to_a1("T", {0, 0, 3, open}), Error);
}

TEST_CASE("ranges are read as people write them") {
    const auto [text, title, range] =
        GENERATE(table<std::string, std::optional<std::string>, GridRange>({
            {"A1", std::nullopt, {0, 0, 0, 0}},
            {"c17", std::nullopt, {16, 2, 16, 2}},
            {"A1:C9", std::nullopt, {0, 0, 8, 2}},
            {"ZZZ10000000:A1", std::nullopt, {0, 0, 9'999'999, 18'277}},
            {"A:C", std::nullopt, {0, 0, open, 2}},
            {"C:A", std::nullopt, {0, 0, open, 2}},
            {"B:B", std::nullopt, {0, 1, open, 1}},
            {"2:5", std::nullopt, {1, 0, 4, open}},
            {"5:2", std::nullopt, {1, 0, 4, open}},
            {"A2:C", std::nullopt, {1, 0, open, 2}},
            {"C:A2", std::nullopt, {1, 0, open, 2}},
            {"A:C5", std::nullopt, {4, 0, open, 2}},
            {"B2:5", std::nullopt, {1, 1, 4, open}},
            {"C9:A1", std::nullopt, {0, 0, 8, 2}},
            {"C1:A9", std::nullopt, {0, 0, 8, 2}},
            {"$A$1:B2", std::nullopt, {0, 0, 1, 1}},
            {"$A:$C", std::nullopt, {0, 0, open, 2}},
            {"$2:$5", std::nullopt, {1, 0, 4, open}},
            {"A$1", std::nullopt, {0, 0, 0, 0}},
            {"  A1:B2 \n", std::nullopt, {0, 0, 1, 1}},
            {"ZZZ10000000", std::nullopt, {9'999'999, 18'277, 9'999'999, 18'277}},
            {"Tab!A1:B2", "Tab", {0, 0, 1, 1}},
            {"My tab!A1", "My tab", {0, 0, 0, 0}},
            {"It's!A1", "It's", {0, 0, 0, 0}},
            {"Hey!you!A1", "Hey!you", {0, 0, 0, 0}},
            {"'It''s'!A1", "It's", {0, 0, 0, 0}},
            {"'a!b'!A:A", "a!b", {0, 0, open, 0}},
            {"''''!A1", "'", {0, 0, 0, 0}},
            {"'Tab'", "Tab", {0, 0, open, open}},
            {"'A1'", "A1", {0, 0, open, open}},
            {"'\xF0\x9F\x8C\xB5 test 1'!A1:J10", "\xF0\x9F\x8C\xB5 test 1", {0, 0, 9, 9}},
        }));
    INFO(text);
    const auto read = parse_a1(text);
    REQUIRE(read.has_value());
    CHECK(read->title == title);
    CHECK(read->range == range);
}

TEST_CASE("what is no range is nothing, so that it can be the name of one") {
    const auto* const text =
        GENERATE("", " ", "A", "7", "Orders", "total_2024", "A1:", ":A1", "A1:B2:C3", "A0", "A01",
                 "A-1", "A1 :B2", "AAAA1", "ZZZA", "A10000001", "A99999999999999999999", "$",
                 "$$A1", "A$", "$A$", "A$$1", "A1$", "5:C", "C:5", "Tab!", "!A1", "'Tab'!", "'Tab",
                 "'Tab'A1", "''", "''!A1", "'Tab'!Orders", "Tab!Orders", "A1!", "1A", "A1B",
                 "\xC3\x84"
                 "1",
                 "A1 B");
    INFO(text);
    CHECK_FALSE(parse_a1(text).has_value());
}

TEST_CASE("what is written is read back") {
    for (const std::string title : {"Orders", "A1", "'", "it''s", "a!b", "x y", "'!A1:B2"})
        for (const auto& range : {GridRange{0, 0, 0, 0}, GridRange{3, 26, 4, 702},
                                  GridRange{0, 0, 9'999'999, 18'277}}) {
            const auto read = parse_a1(to_a1(title, range));
            REQUIRE(read.has_value());
            CHECK(read->title == title);
            CHECK(read->range == range);
        }
}
