#include "sheetbq/table/csv_encoder.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/table/values_scanner.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::table::all_kinds;
using sheetbq::table::CellFormats;
using sheetbq::table::Column;
using sheetbq::table::ColumnPlan;
using sheetbq::table::CsvEncoder;
using sheetbq::table::EncodingPlan;
using sheetbq::table::EncodingStats;
using sheetbq::table::is_error_word;
using sheetbq::table::Kind;
using sheetbq::table::NumberKind;
using sheetbq::table::set_of;
using sheetbq::table::Type;
using sheetbq::table::ValuesScanner;

namespace {

/// A plan that loads so many columns as they come.
EncodingPlan plain(int columns) {
    EncodingPlan plan;
    plan.width = columns;
    for (int i = 0; i < columns; ++i) plan.columns.push_back({.output = i});
    return plan;
}

/// Feeds the rows of `values` (JSON) to `encoder`.
void encode(CsvEncoder& encoder, std::string_view values) {
    const std::string document = fmt::format("{{\"values\":{}}}", values);
    ValuesScanner scanner{encoder};
    for (std::size_t at = 0; at < document.size();) {
        const auto space = scanner.space();
        const auto size = std::min(space.size, document.size() - at);
        std::memcpy(space.data, document.data() + at, size);
        scanner.commit(size);
        at += size;
    }
    scanner.finish();
}

std::string csv(const EncodingPlan& plan, std::string_view values) {
    CsvEncoder encoder{plan, 0};
    encode(encoder, values);
    return std::string{encoder.csv()};
}

std::uint64_t count(const EncodingStats& stats, std::size_t column, Kind kind) {
    return stats.columns.at(column).counts.at(static_cast<std::size_t>(kind));
}

}  // namespace

TEST_CASE("cells become CSV: numbers as they stand, text quoted, blanks the marker") {
    CHECK(csv(plain(4), R"([["a",1,true,-0.50],["","1E+21",false],[null,0.30000000000000004]])") ==
          "\"a\",1,TRUE,-0.50\n"
          "\\N,\"1E+21\",FALSE,\\N\n"
          "\\N,0.30000000000000004,\\N,\\N\n");
}

TEST_CASE("text is escaped for CSV and for nothing else") {
    CHECK(csv(plain(1), R"([["say \"hi\""]])") == "\"say \"\"hi\"\"\"\n");
    CHECK(csv(plain(1), R"([["a,b;c|d"]])") == "\"a,b;c|d\"\n");
    CHECK(csv(plain(1), R"([["line\r\nbreak\ttab"]])") == "\"line\r\nbreak\ttab\"\n");
    CHECK(csv(plain(1), R"([["\u0001\ud83d\ude00\ud83d"]])") ==
          "\"\x01\xF0\x9F\x98\x80\xEF\xBF\xBD\"\n");
    CHECK(csv(plain(1), R"([["\\N x"]])") == "\"\\N x\"\n");
    CHECK(csv(plain(1), R"([["  "]])") == "\"  \"\n");
}

TEST_CASE("a text of any length comes out whole") {
    for (const std::size_t size : {1U, 15U, 16U, 17U, 31U, 32U, 33U, 64U, 65'000U, 131'072U}) {
        const std::string text(size, 'y');
        CHECK(csv(plain(2), fmt::format("[[\"{}\",1]]", text)) == "\"" + text + "\",1\n");
        const std::string quotes(size, '"');
        std::string escaped;
        for (std::size_t i = 0; i < size; ++i) escaped += "\\\"";
        CHECK(csv(plain(1), fmt::format("[[\"{}\"]]", escaped)) == "\"" + quotes + quotes + "\"\n");
    }
}

TEST_CASE("wholly blank rows are dropped and counted") {
    const auto plan = plain(2);
    CsvEncoder encoder{plan, 0};

    encode(encoder, R"([[],["",null],[1],[],[2,3]])");

    CHECK(encoder.csv() == "1,\\N\n2,3\n");
    CHECK(encoder.stats().rows == 2);
    CHECK(encoder.stats().blank_rows == 3);
    CHECK(encoder.stats().cells == 3);
}

TEST_CASE("rows above the data are passed over") {
    const auto plan = plain(1);
    CsvEncoder encoder{plan, 4, 2};

    encode(encoder, R"([["title",1,2,3],["id"],[7]])");

    CHECK(encoder.csv() == "7\n");
    CHECK(encoder.stats().rows == 1);
    CHECK(encoder.unexpected().empty());
    CHECK(encoder.stats().columns[0].first_row[static_cast<std::size_t>(Kind::integer)] == 6);
}

TEST_CASE("columns go to their own place, ignored ones nowhere, unexpected ones are told") {
    EncodingPlan plan;
    plan.width = 3;
    plan.columns.resize(4);
    plan.columns[0].output = 1;
    plan.columns[1].output = ColumnPlan::ignored;
    plan.columns[2].output = 2;
    CsvEncoder encoder{plan, 0};

    encode(encoder, R"([[1,2,3],[4,5,6,7,8],[9,10,11,12]])");

    CHECK(encoder.csv() == "\\N,1,3\n\\N,4,6\n\\N,9,11\n");
    CHECK(encoder.unexpected() == std::vector<int>{3, 4});
}

TEST_CASE("kinds are counted, with the first row of each") {
    const auto plan = plain(1);
    CsvEncoder encoder{plan, 10};

    encode(encoder, R"([[1],[2.5],[true],["x"],["#N/A"],[9223372036854775807],)"
                    R"([9223372036854775808],[-9223372036854775808],[1E2]])");

    CHECK(count(encoder.stats(), 0, Kind::integer) == 3);
    CHECK(count(encoder.stats(), 0, Kind::real) == 3);
    CHECK(count(encoder.stats(), 0, Kind::boolean) == 1);
    CHECK(count(encoder.stats(), 0, Kind::text) == 1);
    CHECK(count(encoder.stats(), 0, Kind::error) == 1);
    CHECK(encoder.stats().columns[0].first_row[static_cast<std::size_t>(Kind::text)] == 13);
    CHECK(encoder.stats().columns[0].inexact == 3);
    CHECK(encoder.stats().columns[0].first_inexact_row == 15);
}

TEST_CASE("error words are errors where formats were not read, and only these words") {
    for (const std::string_view word : {"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!",
                                        "#NULL!", "#ERROR!", "Loading..."})
        CHECK(is_error_word(word));
    for (const std::string_view word : {"", "#", "#N/A ", "#n/a", "#REF", "Loading", "N/A", "#1"})
        CHECK_FALSE(is_error_word(word));
    CHECK(csv(plain(2), R"([["#REF!","#REF"]])") == "\\N,\"#REF\"\n");
}

TEST_CASE("where formats were read, they decide what is an error") {
    CellFormats formats{0, 2, 1};
    formats.add(0, 0, NumberKind::number, false, false);
    formats.add(1, 0, NumberKind::number, true, false);
    auto plan = plain(1);
    plan.formats = &formats;

    CHECK(csv(plan, R"([["#N/A"],["#N/A"]])") == "\"#N/A\"\n\\N\n");
}

TEST_CASE("numbers are dates by their own format, or by their column's habit further down") {
    CellFormats formats{0, 1, 4};
    formats.add(0, 0, NumberKind::date, false, false);
    formats.add(0, 1, NumberKind::datetime, false, false);
    formats.add(0, 2, NumberKind::time, false, false);
    formats.add(0, 3, NumberKind::duration, false, false);
    auto plan = plain(4);
    plan.formats = &formats;
    for (std::size_t i = 0; i < 4; ++i) plan.columns[i].habit = formats.habit(static_cast<int>(i));

    CHECK(csv(plan, "[[45296,45296.5,0.25,1.5],[45297,45297.75,0.5,-1.5]]") ==
          "2024-01-05,2024-01-05 12:00:00,06:00:00,0-0 0 36:00:00\n"
          "2024-01-06,2024-01-06 18:00:00,12:00:00,0-0 0 -36:00:00\n");
}

TEST_CASE("dates get a time of day where the column wants one") {
    auto plan = plain(1);
    plan.columns[0].habit = NumberKind::date;
    plan.columns[0].full_dates = true;
    CsvEncoder encoder{plan, 0};

    encode(encoder, "[[45296],[45297]]");

    CHECK(encoder.csv() == "2024-01-05 00:00:00\n2024-01-06 00:00:00\n");
    CHECK(count(encoder.stats(), 0, Kind::date) == 2);
}

TEST_CASE("a row with cells in left-out columns only is no blank row") {
    EncodingPlan plan;
    plan.width = 1;
    plan.columns = {{.output = 0}, {.output = ColumnPlan::ignored}};
    CsvEncoder encoder{plan, 0};

    encode(encoder, R"([[null,1],[],["",""],[2]])");

    CHECK(encoder.csv() == "\\N\n2\n");
    CHECK(encoder.stats().rows == 2);
    CHECK(encoder.stats().blank_rows == 2);
}

TEST_CASE("a cell that the formats call loading is read again, whatever it shows") {
    CellFormats formats{0, 1, 2};
    formats.add(0, 1, NumberKind::number, true, true);
    auto plan = plain(2);
    plan.formats = &formats;
    CsvEncoder encoder{plan, 0};

    encode(encoder, R"([[1,"#N/A"]])");

    CHECK(encoder.stats().loading == 1);
    CHECK(encoder.stats().loading_column == 1);
    CHECK(encoder.csv() == "1,\\N\n");
}

TEST_CASE("a date that no calendar has stays the number that it is") {
    auto plan = plain(1);
    plan.columns[0].habit = NumberKind::date;
    CsvEncoder encoder{plan, 0};

    encode(encoder, "[[2958465],[2958466],[-693593],[-693594],[1E300]]");

    CHECK(encoder.csv() == "9999-12-31\n2958466\n0001-01-01\n-693594\n1E300\n");
    CHECK(count(encoder.stats(), 0, Kind::date) == 2);
    CHECK(count(encoder.stats(), 0, Kind::integer) == 2);
    CHECK(count(encoder.stats(), 0, Kind::real) == 1);
}

TEST_CASE("a text that equals the null marker is told") {
    auto plan = plain(1);
    CsvEncoder encoder{plan, 0};
    encode(encoder, R"([["\\n"],["N"],["\\N1"]])");
    CHECK_FALSE(encoder.stats().met_null_marker);
    encode(encoder, R"([["\\N"]])");
    CHECK(encoder.stats().met_null_marker);

    plan.null_marker = "\\N1";
    CHECK(csv(plan, R"([["\\N"],[null],["x"]])") == "\"\\N\"\n\"x\"\n");
    CsvEncoder other{plan, 0};
    encode(other, R"([["\u005cN1"]])");
    CHECK(other.stats().met_null_marker);
}

TEST_CASE("cells that do not fit are counted; the first ten are kept with place and value") {
    auto plan = plain(1);
    plan.columns[0].target = Column{.name = "n", .type = Type::int64};
    plan.columns[0].accepts = set_of(Kind::blank) | set_of(Kind::integer) | set_of(Kind::error);
    CsvEncoder encoder{plan, 100};

    std::string values = "[[1]";
    for (int i = 0; i < 12; ++i) values += fmt::format(",[\"{}{}\"]", std::string(100, 'v'), i);
    encode(encoder, values + ",[true]]");

    CHECK(encoder.stats().columns[0].misfits == 13);
    REQUIRE(encoder.stats().misfits.size() == EncodingStats::kept_misfits);
    CHECK(encoder.stats().misfits[0].row == 101);
    CHECK(encoder.stats().misfits[0].kind == Kind::text);
    CHECK(encoder.stats().misfits[0].value.size() < 100);
}

TEST_CASE("a misfit becomes NULL where that was asked for") {
    auto plan = plain(2);
    plan.columns[0].target = Column{.name = "n", .type = Type::int64};
    plan.columns[0].accepts = set_of(Kind::blank) | set_of(Kind::integer);
    plan.columns[0].null_misfits = true;

    CHECK(csv(plan, R"([["x",1],[2,3],[true,4],[0.5,5]])") == "\\N,1\n2,3\n\\N,4\n\\N,5\n");
}

TEST_CASE("text that reads as the column's type loads where literals are taken") {
    auto plan = plain(1);
    plan.columns[0].target = Column{.name = "n", .type = Type::int64};
    plan.columns[0].accepts = set_of(Kind::blank) | set_of(Kind::integer);
    plan.columns[0].literals = true;
    CsvEncoder encoder{plan, 0};

    encode(encoder, R"([["00123"],["12x"],["-7"]])");

    CHECK(encoder.stats().columns[0].misfits == 1);
    CHECK(encoder.csv() == "\"00123\"\n\"12x\"\n\"-7\"\n");
}

TEST_CASE("numbers are rounded to what a NUMERIC column holds") {
    auto plan = plain(1);
    plan.columns[0].target = Column{.name = "n", .type = Type::numeric};
    plan.columns[0].accepts = set_of(Kind::blank);
    CHECK(csv(plan, "[[0.30000000000000004],[1E+21],[7],[-2.5000000005]]") ==
          "0.3\n1000000000000000000000\n7\n-2.500000001\n");

    plan.columns[0].target.precision = 5;
    plan.columns[0].target.scale = 2;
    CsvEncoder encoder{plan, 0};
    encode(encoder, "[[123.456],[1234.5]]");
    CHECK(encoder.csv().substr(0, 7) == "123.46\n");
    CHECK(encoder.stats().columns[0].misfits == 1);
}

TEST_CASE("blanks of a REQUIRED column are found, in the middle and at the end of a row") {
    auto plan = plain(3);
    plan.columns[1].target = Column{.name = "m", .type = Type::string, .required = true};
    plan.columns[2].target = Column{.name = "e", .type = Type::string, .required = true};
    CsvEncoder encoder{plan, 0};

    encode(encoder, R"([["a","b","c"],["a","b"],[],["a","","c"],["a","b","#N/A"]])");

    CHECK(encoder.stats().columns[0].first_blank_row == -1);
    CHECK(encoder.stats().columns[1].first_blank_row == 3);
    CHECK(encoder.stats().columns[2].first_blank_row == 1);
}

TEST_CASE("an answer that was cut short is forgotten, back to the checkpoint") {
    const auto plan = plain(2);
    CsvEncoder encoder{plan, 0};
    encode(encoder, R"([["a",1]])");
    encoder.checkpoint_at(1);
    CHECK_THROWS_AS(encode(encoder, R"([["b",2],["c)"), Error);

    encoder.roll_back();
    encode(encoder, R"([["b",2],["c",3]])");

    CHECK(encoder.csv() == "\"a\",1\n\"b\",2\n\"c\",3\n");
    CHECK(encoder.stats().rows == 3);
    CHECK(encoder.stats().cells == 6);
    CHECK(encoder.stats().columns[0].first_row[static_cast<std::size_t>(Kind::text)] == 0);
}

TEST_CASE("counts of stretches add up in any order") {
    const auto plan = plain(1);
    CsvEncoder early{plan, 0};
    CsvEncoder late{plan, 100};
    encode(early, R"([[1],["Loading..."],["x"]])");
    encode(late, R"([["y"],["Loading..."],[9007199254740992]])");

    EncodingStats forth;
    forth.add(early.stats());
    forth.add(late.stats());
    EncodingStats back;
    back.add(late.stats());
    back.add(early.stats());

    for (const auto* stats : {&forth, &back}) {
        CHECK(stats->rows == 6);
        CHECK(stats->loading == 2);
        CHECK(stats->loading_row == 1);
        CHECK(stats->columns[0].counts == forth.columns[0].counts);
        CHECK(stats->columns[0].first_row[static_cast<std::size_t>(Kind::text)] == 2);
        CHECK(stats->columns[0].first_row[static_cast<std::size_t>(Kind::integer)] == 0);
        CHECK(stats->columns[0].first_inexact_row == 102);
    }
}

TEST_CASE("a text with a malformed escape is asked for again") {
    const auto plan = plain(1);
    CsvEncoder encoder{plan, 0};
    try {
        encode(encoder, R"([["a\x"]])");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::unavailable);
        CHECK_THAT(error.text(), ContainsSubstring("malformed escape"));
    }
}
