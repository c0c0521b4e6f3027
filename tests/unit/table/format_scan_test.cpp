#include "sheetbq/table/format_scan.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <vector>

using sheetbq::Code;
using sheetbq::Error;
using namespace sheetbq::table;

namespace {

/// Each cell as `row,column type|pattern|error`.
std::vector<std::string> scan(std::string_view answer, std::size_t chunk = 1'000'000) {
    std::vector<std::string> cells;
    FormatScan reader{[&](const ScannedCell& cell) {
        cells.push_back(fmt::format("{},{} {}|{}|{}", cell.row, cell.column, cell.format_type,
                                    cell.pattern, cell.error_type));
    }};
    for (std::size_t i = 0; i < answer.size(); i += chunk) reader.write(answer.substr(i, chunk));
    reader.finish();
    return cells;
}

constexpr std::string_view two_rows = R"({
  "sheets": [{"data": [{
    "startRow": 10, "startColumn": 2,
    "rowData": [
      {"values": [
        {"effectiveFormat": {"numberFormat": {"type": "DATE", "pattern": "yyyy\"\u5e74\"m"}}},
        {},
        {"effectiveValue": {"errorValue": {"type": "N_A", "message": "Did not find \"x\""}}}
      ]},
      {},
      {"values": [{"effectiveValue": {"errorValue": {"type": "LOADING"}},
                   "effectiveFormat": {"numberFormat": {"type": "TIME", "pattern": "[h]:mm:ss"}}}]}
    ]}]}]})";

const std::vector<std::string> two_rows_cells{"10,2 DATE|yyyy\"\xE5\xB9\xB4\"m|", "10,3 ||",
                                              "10,4 ||N_A", "12,2 TIME|[h]:mm:ss|LOADING"};

}  // namespace

TEST_CASE("the format scan reports every cell with its place") {
    CHECK(scan(two_rows) == two_rows_cells);
}

TEST_CASE("the format scan reads the same whatever the chunks") {
    for (std::size_t chunk = 1; chunk < 40; ++chunk)
        REQUIRE(scan(two_rows, chunk) == two_rows_cells);
}

TEST_CASE("an answer without cells reports none") {
    const auto* const answer = GENERATE(
        "{}", R"({"sheets":[]})", R"({"sheets":[{}]})", R"({"sheets":[{"data":[]}]})",
        R"({"sheets":[{"data":[{"startRow":5}]}]})", R"({"sheets":[{"data":[{"rowData":[]}]}]})",
        R"({"sheets":[{"data":[{"rowData":[{},{}]}]}]})", " {} \r\n", R"({"sheets":null})");
    INFO(answer);
    CHECK(scan(answer).empty());
}

TEST_CASE("places start at zero when the answer does not say") {
    CHECK(scan(R"({"sheets":[{"data":[{"rowData":[{"values":[{}]}]}]}]})") ==
          std::vector<std::string>{"0,0 ||"});
    CHECK(scan(R"({"sheets":[{"data":[{"rowData":[{"values":[{}]}],"startRow":0}]}]})") ==
          std::vector<std::string>{"0,0 ||"});
}

TEST_CASE("each block of an answer starts at its own place") {
    CHECK(scan(R"({"sheets":[{"data":[
        {"startRow":4,"startColumn":1,"rowData":[{"values":[{},{}]}]},
        {"rowData":[{},{"values":[{}]}]},
        {"startRow":100,"rowData":[{"values":[{}]}]}]}]})") ==
          std::vector<std::string>{"4,1 ||", "4,2 ||", "1,0 ||", "100,0 ||"});
}

TEST_CASE("null rows and cells keep their places") {
    CHECK(scan(R"({"sheets":[{"data":[{"rowData":[null,{"values":[null,
        {"effectiveFormat":{"numberFormat":{"type":"DATE"}}},null]}]}]}]})") ==
          std::vector<std::string>{"1,0 ||", "1,1 DATE||", "1,2 ||"});
}

TEST_CASE("what was not asked for is passed over") {
    CHECK(scan(R"({"spreadsheetId":"x","sheets":[{"properties":{"sheetId":0,"title":"data",
        "data":[{"rowData":[{"values":[{}]}]}]},
        "data":[{"rowMetadata":[{"pixelSize":21}],"extra":[[1,[2.5]],{"a":true}],
        "rowData":[{"note":"x","values":[{"effectiveValue":{"numberValue":1.5},
        "formattedValue":"1,5","effectiveFormat":{"bold":true,"numberFormat":
        {"pattern":"0.0","unknown":{"type":"DATE"},"type":"NUMBER"},
        "textFormat":{"type":"DATE","pattern":"d"}},
        "a key that is longer than every key that we know":{"type":"DATE"}}]}]}]}]})") ==
          std::vector<std::string>{"0,0 NUMBER|0.0|"});
}

TEST_CASE("a cell does not inherit the format of the one before") {
    CHECK(scan(R"({"sheets":[{"data":[{"rowData":[{"values":[
        {"effectiveFormat":{"numberFormat":{"type":"DATE","pattern":"d"}}},
        {"effectiveValue":{"numberValue":3}},null,{"effectiveFormat":{}}]}]}]}]})") ==
          std::vector<std::string>{"0,0 DATE|d|", "0,1 ||", "0,2 ||", "0,3 ||"});
}

TEST_CASE("an answer that is broken or of another form is refused as unavailable") {
    const auto [answer, reason] = GENERATE(table<std::string, std::string>({
        {"", "ends in the middle"},
        {"  ", "ends in the middle"},
        {R"({"sheets":[{"data":[{"rowData":[{"values":[{})", "ends in the middle"},
        {"<html>502</html>", "byte 0"},
        {R"({"sheets":[}])", "byte 11"},
        {R"({} {})", "something follows"},
        {R"({}x)", "something follows"},
        {"[]", "no JSON object"},
        {"3", "no JSON object"},
        {"null", "no JSON object"},
        {R"({"sheets":[{"data":[{"startRow":3.5}]}]})", "\"startRow\" has another form"},
        {R"({"sheets":[{"data":[{"startRow":"3"}]}]})", "\"startRow\" has another form"},
        {R"({"sheets":[{"data":[{"rowData":[7]}]}]})", "\"rowData\" has another form"},
        {R"("sheets")", "no JSON object"},
        {R"({"sheets":{}})", "\"sheets\" has another form"},
        {R"({"sheets":[{"data":7}]})", "\"data\" has another form"},
        {R"({"sheets":[{"data":[{"rowData":"x"}]}]})", "\"rowData\" has another form"},
        {R"({"sheets":[{"data":[{"rowData":[{"values":[{"effectiveFormat":[]}]}]}]}]})",
         "\"effectiveFormat\" has another form"},
        {R"({"sheets":[{"data":[{"startRow":-1}]}]})", "\"startRow\" is -1"},
        {R"({"sheets":[{"data":[{"startColumn":99999999999}]}]})", "\"startColumn\" is"},
        {R"({"sheets":[{"data":[{"rowData":[{"values":[{}]}],"startRow":3}]}]})",
         "comes after the rows"},
    }));
    INFO(answer);
    for (const std::size_t chunk : {1'000'000, 1}) {
        try {
            scan(answer, chunk);
            FAIL("accepted");
        } catch (const Error& error) {
            CHECK(error.code() == Code::unavailable);
            CHECK_THAT(error.reason(), ContainsSubstring(reason));
            CHECK_THAT(error.hint(), ContainsSubstring("Run it again"));
        }
    }
}

TEST_CASE("what the cell's receiver throws comes through") {
    FormatScan reader{[](const ScannedCell&) { throw Error{Code::cancelled, "enough"}; }};
    CHECK_THROWS_WITH(reader.write(two_rows), "enough");
}

TEST_CASE("a format scan can be moved in the middle of an answer") {
    std::size_t cells = 0;
    FormatScan reader{[&](const ScannedCell&) { ++cells; }};
    reader.write(two_rows.substr(0, 200));
    FormatScan moved{std::move(reader)};
    moved.write(two_rows.substr(200));
    moved.finish();
    CHECK(cells == two_rows_cells.size());
}
