#include "sandbox/bigquery_csv.hpp"

#include "bigquery_fixture.hpp"

#include <tuple>

namespace sheetbq::sandbox {
namespace {

/// Rows as `a|b` with quoted cells in `<>`, malformed ones as `!error`.
std::vector<std::string> read_all(const std::string& data, CsvFormat format) {
    LoadInput input{data};
    BigQueryCsvReader reader{input, format};
    std::vector<std::string> out;
    CsvRow row;
    while (reader.next(row)) {
        std::string text = row.error.empty() ? "" : "!" + std::string{row.error};
        for (const auto& cell : row.cells) {
            if (&cell != &row.cells.front()) text += '|';
            text += cell.quoted ? "<" + std::string{cell.text} + ">" : std::string{cell.text};
        }
        out.push_back(text);
    }
    return out;
}

TEST_CASE("BigQueryCsvReader reads RFC 4180") {
    using Rows = std::vector<std::string>;
    const auto [data, expected] = GENERATE(table<std::string, Rows>({
        {"", {}},
        {"a,b\n", {"a|b"}},
        {"a,b", {"a|b"}},
        {"a,b\r\nc,d\r\n", {"a|b", "c|d"}},
        {"a\rb\r", {"a", "b"}},
        {",\n", {"|"}},
        {"\n\n", {"", ""}},
        {"a,\"b,\"\"c\"\"\",d\n", {"a|<b,\"c\">|d"}},
        {"\"\",\"\"\"\"\n", {"<>|<\">"}},
        {"\"a\nb\r\nc\",d\n", {"<a\nb\r\nc>|d"}},
        {"\"last\"", {"<last>"}},
        {"a,", {"a|"}},
    }));
    CAPTURE(data);

    CHECK(read_all(data, {.delimiter = ',', .quote = '"', .quoted_newlines = true}) == expected);
}

TEST_CASE("BigQueryCsvReader names what is wrong with a row and goes on with the next line") {
    using Rows = std::vector<std::string>;
    const auto [data, expected] = GENERATE(table<std::string, Rows>({
        {"\"a\"b,c\nd\n", {"!Data between close quote character (\") and field separator.", "d"}},
        {"\"a\nb\n", {"!Missing close quote character (\").", "b"}},
        {"\"a", {"!Missing close quote character (\")."}},
        {"a\"b\nc\n", {"!Unexpected quote character (\") in a field", "c"}},
    }));
    CAPTURE(data);

    CHECK(read_all(data, {}) == expected);
}

TEST_CASE("BigQueryCsvReader takes other delimiters and quotes, or none") {
    CHECK(read_all("a;'b;'\n", {.delimiter = ';', .quote = '\''}) ==
          std::vector<std::string>{"a|<b;>"});
    CHECK(read_all("a,\"b\n", {.delimiter = ',', .quote = '\0'}) ==
          std::vector<std::string>{"a|\"b"});
}

TEST_CASE("BigQueryCsvReader knows where each row begins, however the input is cut in pieces") {
    std::string data;
    std::vector<std::uint64_t> begins;
    for (int i = 0; i < 40'000; ++i) {
        begins.push_back(data.size());
        data += fmt::format("\"row \"\"{}\"\"\",{}\r\n", i,
                            std::string(static_cast<std::size_t>(i % 90), 'x'));
    }
    const auto compressed = gzip_member(data);
    REQUIRE(data.size() > std::size_t{2} << 20U);

    for (const auto& body : {data, compressed}) {
        LoadInput input{body};
        BigQueryCsvReader reader{input, {}};
        CsvRow row;
        std::size_t rows = 0;
        bool right = true;
        while (reader.next(row)) {
            right = right && row.position == begins.at(rows) &&
                    row.cells.at(0).text == fmt::format("row \"{}\"", rows) &&
                    row.cells.at(1).text.size() == rows % 90;
            ++rows;
        }
        CHECK(right);
        CHECK(rows == begins.size());
    }
}

}  // namespace
}  // namespace sheetbq::sandbox
