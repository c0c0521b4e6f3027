#include "sheetbq/table/values_scanner.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <vector>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::table::unescape_json;
using sheetbq::table::ValuesScanner;

namespace {

/// Writes down what it is told: `0:t text`, `1:n 12`, `2:r 1.5`, `3:b true`, `end`.
struct Recorder {
    void text(int column, std::string_view token, bool escaped) {
        std::string value{token};
        if (escaped) {
            value.clear();
            REQUIRE(unescape_json(token, value));
        }
        said.push_back(fmt::format("{}:t {}", column, value));
    }
    void number(int column, std::string_view token, bool real) {
        said.push_back(fmt::format("{}:{} {}", column, real ? 'r' : 'n', token));
    }
    void boolean(int column, bool value) { said.push_back(fmt::format("{}:b {}", column, value)); }
    void end_row() { said.emplace_back("end"); }

    std::vector<std::string> said;
};

void feed(ValuesScanner<Recorder>& scanner, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = scanner.space();
        const auto size = std::min(space.size, bytes.size());
        std::memcpy(space.data, bytes.data(), size);
        scanner.commit(size);
        bytes.remove_prefix(size);
    }
}

struct Scanned {
    std::vector<std::string> said;
    std::string range;

    friend bool operator==(const Scanned&, const Scanned&) = default;
};

Scanned scan(const std::vector<std::string_view>& pieces) {
    Recorder recorder;
    ValuesScanner scanner{recorder};
    for (const auto piece : pieces) feed(scanner, piece);
    scanner.finish();
    return {recorder.said, scanner.range()};
}

std::string reason_for(std::string_view document) {
    try {
        scan({document});
    } catch (const Error& error) {
        CHECK(error.code() == Code::unavailable);
        CHECK_FALSE(error.hint().empty());
        return error.reason();
    }
    return "accepted";
}

constexpr std::string_view compact =
    R"({"range":"'It''s'!A1:F4","majorDimension":"ROWS","values":[["id","","a\"b\\\n\u00e9\ud83d\ude00"],)"
    R"([1,-0.25,true,false,null,1E+21],[],["null",0,"[1,2]"]]})";

constexpr std::string_view pretty =
    "{\r\n  \"values\": [\n    [\n      \"id\" ,\n      \"\",\n\t"
    "  \"a\\\"b\\\\\\n\\u00e9\\ud83d\\ude00\"\n    ],\n    [\n      "
    "1,\n      -0.25,\n      true,\n      false,\n      null,\n     "
    " 1E+21\n    ],\n    [],\n    [ \"null\", 0 , \"[1,2]\" ]\n  "
    "],\n  \"unknown\": {\"a\": [1, {\"b\": \"]}\\\"\"}], \"c\": "
    "null},\n  \"flag\" : true ,\n  \"range\": "
    "\"'It''s'!A1:F4\"\n}\n";

const Scanned expected{
    {"0:t id", "2:t a\"b\\\n\xC3\xA9\xF0\x9F\x98\x80", "end", "0:n 1", "1:r -0.25", "2:b true",
     "3:b false", "5:r 1E+21", "end", "end", "0:t null", "1:n 0", "2:t [1,2]", "end"},
    "'It''s'!A1:F4"};

}  // namespace

TEST_CASE("the scanner tells cells of every kind, compact or pretty, range first or last") {
    CHECK(scan({compact}) == expected);
    CHECK(scan({pretty}) == expected);
}

TEST_CASE("the scanner finds the same wherever the bytes are split") {
    for (const auto document : {compact, pretty})
        for (std::size_t at = 0; at <= document.size(); ++at) {
            CAPTURE(at);
            REQUIRE(scan({document.substr(0, at), document.substr(at)}) == expected);
        }
}

TEST_CASE("the scanner finds the same in pieces of any size") {
    for (std::size_t size = 1; size < 20; ++size) {
        std::vector<std::string_view> pieces;
        for (std::size_t at = 0; at < pretty.size(); at += size)
            pieces.push_back(pretty.substr(at, size));
        REQUIRE(scan(pieces) == expected);
    }
}

TEST_CASE("an answer without cells tells none") {
    for (const std::string_view document :
         {R"({"range":"A!A1"})", R"({"range":"A!A1","values":[]})",
          R"({"values":[ ],"range":"A!A1"})"}) {
        const auto scanned = scan({document});
        CHECK(scanned.said.empty());
        CHECK(scanned.range == "A!A1");
    }
    CHECK(scan({"{}"}).said.empty());
}

TEST_CASE("keys that we do not know are passed over, whatever they hold") {
    const std::string value =
        GENERATE("1", "-1.5e3", "true", "null", "\"\"", "\"a\\\"]}\"", "[]", "{}", "[[[]]]",
                 R"({"values":[["x"]],"range":"no"})", R"([1,{"a":[2]},"]"])");
    const std::string document =
        R"({"before":)" + value + R"(,"values":[[1]],"after":)" + value + R"(,"range":"A!A1"})";
    CAPTURE(document);
    for (std::size_t at = 0; at <= document.size(); ++at) {
        const std::string_view view{document};
        REQUIRE(scan({view.substr(0, at), view.substr(at)}) == Scanned{{"0:n 1", "end"}, "A!A1"});
    }
}

TEST_CASE("a cell longer than the scanner's buffer comes whole") {
    for (const std::size_t size : {16'384U, 65'535U, 65'536U, 65'537U, 200'000U}) {
        const std::string cell(size, 'x');
        const std::string document = R"({"values":[["a",")" + cell + R"(",7]]})";
        const std::string_view view{document};
        const std::vector<std::string> said{"0:t a", "1:t " + cell, "2:n 7", "end"};
        CHECK(scan({view}).said == said);
        CHECK(scan({view.substr(0, 50), view.substr(50, 60'000),
                    view.substr(50 + std::min<std::size_t>(60'000, view.size() - 50))})
                  .said == said);
    }
}

TEST_CASE("a document of many cells goes through the buffer's seams unharmed") {
    std::string document = R"({"values":[)";
    std::vector<std::string> said;
    for (int i = 0; i < 20'000; ++i) {
        document += fmt::format("{}[\"w{}\",{}]", i == 0 ? "" : ",", i, i);
        said.push_back(fmt::format("0:t w{}", i));
        said.push_back(fmt::format("1:n {}", i));
        said.emplace_back("end");
    }
    document += "]}";

    CHECK(scan({document}).said == said);
}

TEST_CASE("a document that ends too early is refused at every place") {
    for (std::size_t size = 0; size < compact.size(); ++size) {
        CAPTURE(size);
        REQUIRE(reason_for(compact.substr(0, size)) == "it ended in the middle");
    }
}

TEST_CASE("a malformed document is refused with what is wrong") {
    const auto [document, reason] = GENERATE(table<std::string_view, std::string_view>(
        {{"[]", "it is not a JSON object"},
         {"<html>", "it is not a JSON object"},
         {R"({values:[]})", "a key is missing"},
         {R"({"values" [[1]]})", "a colon is missing"},
         {R"({"values":{}})", "`values` is not a list"},
         {R"({"values":null})", "`values` is not a list"},
         {R"({"values":[1]})", "`values` is not a list of rows"},
         {R"({"values":[[1],]})", "`values` is not a list of rows"},
         {R"({"values":[[1] [2]]})", "`values` is not a list of rows"},
         {R"({"values":[[1 2]]})", "a comma is missing between two cells"},
         {R"({"values":[["a" "b"]]})", "a comma is missing between two cells"},
         {R"({"values":[[1,]]})", "a cell is neither text, number nor truth value"},
         {R"({"values":[[[1]]]})", "a cell is neither text, number nor truth value"},
         {R"({"values":[[{}]]})", "a cell is neither text, number nor truth value"},
         {R"({"values":[[tru]]})", "a cell is neither text, number nor truth value"},
         {R"({"values":[[nul1]]})", "a cell is neither text, number nor truth value"},
         {R"({"values":[[01]]})", "a number is malformed"},
         {R"({"values":[[1.]]})", "a number is malformed"},
         {R"({"values":[[-]]})", "a number is malformed"},
         {R"({"values":[[1e]]})", "a number is malformed"},
         {R"({"values":[[1x2]]})", "a number is malformed"},
         {R"({"values":[[1]]} x)", "something follows its end"},
         {R"({"values":[[1]]}{})", "something follows its end"},
         {R"({"values":[[1]]"range":"A"})", "a comma is missing"},
         {R"({"range":"\x"})", "`range` is malformed"},
         {R"({"other":,"x":1})", "a value is missing"},
         {R"({"other":})", "its brackets do not match"},
         {R"({"other":]})", "its brackets do not match"}}));
    CAPTURE(document);

    CHECK(reason_for(document) == reason);
}
