#include "google.hpp"
#include "sheetbq/core/error.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;

namespace {

Cell only_cell(const std::string& csv, Tab& tab) {
    tab = tab_from_csv("T", csv);
    REQUIRE(tab.rows.size() == 1);
    REQUIRE(tab.rows[0].size() == 1);
    return tab.rows[0][0];
}

}  // namespace

TEST_CASE("tab_from_csv makes of a cell what typing it would") {
    using Kind = Cell::Kind;
    const auto [typed, kind, value, type, pattern] =
        GENERATE(table<std::string, Kind, std::string, std::string, std::string>({
            {"12", Kind::number, "12", "", ""},
            {"-1.50", Kind::number, "-1.5", "", ""},
            {"1e21", Kind::number, "1E+21", "", ""},
            {"0", Kind::number, "0", "", ""},
            {"007", Kind::text, "007", "", ""},
            {"1.", Kind::text, "1.", "", ""},
            {"true", Kind::boolean, "TRUE", "", ""},
            {"FALSE", Kind::boolean, "FALSE", "", ""},
            {"2020-01-01", Kind::number, "43831", "DATE", "yyyy-mm-dd"},
            {"2020-02-30", Kind::text, "2020-02-30", "", ""},
            {"2020-01-01 12:00", Kind::number, "43831.5", "DATE_TIME", "yyyy-mm-dd hh:mm:ss"},
            {"2020-01-01T18:00:00", Kind::number, "43831.75", "DATE_TIME", "yyyy-mm-dd hh:mm:ss"},
            {"06:00", Kind::number, "0.25", "TIME", "hh:mm:ss"},
            {"36:00:00", Kind::number, "1.5", "TIME", "[h]:mm:ss"},
            {"12:61", Kind::text, "12:61", "", ""},
            {"12%", Kind::number, "0.12", "PERCENT", "0%"},
            {"12.5%", Kind::number, "0.125", "PERCENT", "0.00%"},
            {"\"$1,234.50\"", Kind::number, "1234.5", "CURRENCY", "$#,##0.00"},
            {"-$5", Kind::number, "-5", "CURRENCY", "$#,##0.00"},
            {"\"$12,34\"", Kind::text, "$12,34", "", ""},
            {"#N/A", Kind::error, "#N/A", "", ""},
            {"#nope", Kind::text, "#nope", "", ""},
            {"\"a \"\"b\"\"\nc\"", Kind::text, "a \"b\"\nc", "", ""},
        }));
    CAPTURE(typed);
    Tab tab;
    const auto cell = only_cell(typed, tab);
    CHECK(cell.kind == kind);
    CHECK(cell.value == value);
    CHECK(tab.formats.at(cell.format).type == type);
    CHECK(tab.formats.at(cell.format).pattern == pattern);
}

TEST_CASE("tab_from_csv reads rows, blanks, CRLF and a byte-order mark") {
    const auto tab = tab_from_csv("T", "\xEF\xBB\xBFname,price\r\ntea,\r\n\r\n,2\r\n");
    REQUIRE(tab.rows.size() == 4);
    CHECK(tab.rows[0][0].value == "name");
    CHECK(tab.rows[1][1].kind == Cell::Kind::blank);
    CHECK(tab.rows[3][1].value == "2");
    CHECK(tab.row_count == 1000);
    CHECK(tab.column_count == 26);
}

TEST_CASE("tab_from_csv refuses malformed CSV and says where") {
    const auto [csv, why] = GENERATE(table<std::string, std::string>({
        {"a\n\"b", "a quoted field is not closed"},
        {"a\n\"b\"c", "text follows a closing quote"},
        {"a\nb\"c", "a quote stands in the middle of a field"},
    }));
    try {
        tab_from_csv("T", csv);
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_data);
        CHECK(error.text() == "row 2 of the CSV cannot be read");
        CHECK(error.reason() == why);
        CHECK_THAT(error.hint(), ContainsSubstring("double every quote"));
    }
}

TEST_CASE("spreadsheet_from_json reads every field of its form") {
    const auto file = spreadsheet_from_json(R"({
        "id": "S9", "title": "T", "locale": "de_DE", "timeZone": "Europe/Berlin",
        "sharedWith": ["a@b.c", "*"], "version": 7, "trashed": true, "sharedDrive": true,
        "namedRanges": {"N": "'A'!A1"},
        "tabs": [{"title": "A", "gid": 5, "hidden": true, "rowCount": 3, "columnCount": 2,
            "rows": [["x", 1, 2.5, true, null],
                     [{"value": 43831, "format": {"type": "DATE", "pattern": "yyyy"}},
                      {"number": "1.00"}, {"typed": "12%"}, {"error": "#REF!"},
                      {"value": 2, "formula": "=1+1", "displayed": "two", "format": "NUMBER"}]]}]})");
    CHECK(file.id == "S9");
    CHECK(file.time_zone == "Europe/Berlin");
    CHECK(file.shared_with == std::set<std::string>{"*", "a@b.c"});
    CHECK(file.version == 7);
    CHECK(file.trashed);
    CHECK(file.named_ranges.at("N") == "'A'!A1");
    const auto& tab = file.tabs.at(0);
    CHECK(tab.gid == 5);
    CHECK(tab.row_count == 3);
    CHECK(tab.column_count == 2);
    CHECK(tab.rows[0][2].value == "2.5");
    CHECK(tab.rows[0][4].kind == Cell::Kind::blank);
    CHECK(tab.formats.at(tab.rows[1][0].format).pattern == "yyyy");
    CHECK(tab.rows[1][1].value == "1.00");
    CHECK(tab.rows[1][2].value == "0.12");
    CHECK(tab.rows[1][3].kind == Cell::Kind::error);
    CHECK(tab.formats.at(tab.rows[1][4].format).type == "NUMBER");
    CHECK(tab.formulas.at({1, 4}) == "=1+1");
    CHECK(tab.displayed.at({1, 4}) == "two");
}

TEST_CASE("spreadsheet_from_json refuses what it does not know, and says where") {
    const auto [json, where, why] = GENERATE(table<std::string, std::string, std::string>({
        {"[", "its beginning", "it is not JSON"},
        {"[]", "its beginning", "an object is expected"},
        {R"({"tabs":[],"x":1})", "its beginning", "there is no field \"x\""},
        {"{}", "tabs", "a list of tabs is expected"},
        {R"({"tabs":[{"rowCount":"5"}]})", "tabs[0].rowCount", "a whole number is expected"},
        {R"({"tabs":[{"rows":[[],{}]}]})", "tabs[0].rows[1]", "a list of cells is expected"},
        {R"({"tabs":[{"rows":[[{"valu":1}]]}]})", "tabs[0].rows[0][0]", "no field \"valu\""},
        {R"({"tabs":[{"rows":[[[1]]]}]})", "tabs[0].rows[0][0]", "a string is expected"},
    }));
    try {
        spreadsheet_from_json(json);
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_data);
        CHECK(error.text() == "the spreadsheet file is refused at " + where);
        CHECK_THAT(error.reason(), ContainsSubstring(why));
        CHECK(error.hint() == "Write it as docs/sandbox.md describes.");
    }
}
