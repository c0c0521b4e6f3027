#include "sheetbq/table/sheet_url.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

using sheetbq::Code;
using sheetbq::Error;
using namespace sheetbq::table;

namespace {

Error parse_refusal(const std::string& text) {
    try {
        parse_sheet_url(text);
    } catch (const Error& error) {
        return error;
    }
    return Error{Code::internal, "accepted"};
}

const std::string id = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";

}  // namespace

TEST_CASE("every form of a sheet's address names the spreadsheet and the tab") {
    const auto [text, gid] = GENERATE(table<std::string, std::optional<int>>({
        {"https://docs.google.com/spreadsheets/d/ID", std::nullopt},
        {"https://docs.google.com/spreadsheets/d/ID/", std::nullopt},
        {"https://docs.google.com/spreadsheets/d/ID/edit#gid=0", 0},
        {"https://docs.google.com/spreadsheets/d/ID/edit#gid=2147483647", 2147483647},
        {"https://docs.google.com/spreadsheets/d/ID/edit?gid=7#gid=7", 7},
        {"https://docs.google.com/spreadsheets/d/ID/edit?gid=7", 7},
        {"https://docs.google.com/spreadsheets/d/ID/edit?gid=7#gid=8", 8},
        {"https://docs.google.com/spreadsheets/d/ID/edit?gid=x#gid=8", 8},
        {"https://docs.google.com/spreadsheets/d/ID/edit?usp=sharing", std::nullopt},
        {"https://docs.google.com/spreadsheets/d/ID/edit?usp=sharing&gid=5", 5},
        {"https://docs.google.com/spreadsheets/d/ID/edit#rangeid=12", std::nullopt},
        {"https://docs.google.com/spreadsheets/u/0/d/ID/edit#gid=3", 3},
        {"https://docs.google.com/spreadsheets/u/1/d/ID", std::nullopt},
        {"https://docs.google.com/a/example.com/spreadsheets/d/ID/edit#gid=3", 3},
        {"https://docs.google.com/a/example.com/spreadsheets/u/1/d/ID", std::nullopt},
        {"https://docs.google.com/u/0/spreadsheets/d/ID", std::nullopt},
        {"https://docs.google.com/spreadsheets/d/ID/export?format=csv&gid=9", 9},
        {"https://docs.google.com/spreadsheets/d/ID/gviz/tq?tqx=out:csv", std::nullopt},
        {"https://docs.google.com/spreadsheets/d/ID/htmlview", std::nullopt},
        {"http://docs.google.com/spreadsheets/d/ID", std::nullopt},
        {"HTTPS://Docs.Google.com/spreadsheets/d/ID", std::nullopt},
        {"docs.google.com/spreadsheets/d/ID/edit#gid=4", 4},
        {"https://drive.google.com/open?id=ID", std::nullopt},
        {"https://drive.google.com/open?usp=drive_fs&id=ID", std::nullopt},
        {"https://drive.google.com/u/0/open?id=ID", std::nullopt},
        {"https://drive.google.com/file/d/ID/view?usp=sharing", std::nullopt},
        {"https://drive.google.com/file/u/0/d/ID/view", std::nullopt},
        {"https://spreadsheets.google.com/ccc?key=ID&hl=en", std::nullopt},
        {"https://docs.google.com/spreadsheet/ccc?key=ID#gid=2", 2},
        {"https://docs.google.com/spreadsheets/ccc?key=ID", std::nullopt},
        {"ID", std::nullopt},
        {"  \t\r\nID \n", std::nullopt},
        {"ID#gid=6", 6},
        {" https://docs.google.com/spreadsheets/d/ID ", std::nullopt},
    }));
    auto address = text;
    address.replace(address.find("ID"), 2, id);
    INFO(address);
    const auto reference = parse_sheet_url(address);
    CHECK(reference.spreadsheet_id == id);
    CHECK(reference.gid == gid);
    CHECK_FALSE(reference.range);
}

TEST_CASE("a link to cells keeps its range, decoded") {
    const auto [end, range] = GENERATE(table<std::string, std::string>({
        {"edit#gid=0&range=A1:C9", "A1:C9"},
        {"edit?gid=0#gid=0&range=A1%3AC9", "A1:C9"},
        {"edit?range=B2", "B2"},
        {"edit?range=B2#range=C3", "C3"},
        {"edit#range=A%", "A%"},
        {"edit#range=A%4", "A%4"},
        {"edit#range=A%zz1", "A%zz1"},
        {"edit#range='T%20x'!a1", "'T x'!a1"},
    }));
    CHECK(parse_sheet_url("https://docs.google.com/spreadsheets/d/" + id + "/" + end).range ==
          range);
}

TEST_CASE("an id may be short, as those of tests are") {
    CHECK(parse_sheet_url("orders").spreadsheet_id == "orders");
    CHECK(parse_sheet_url("https://docs.google.com/spreadsheets/d/e").spreadsheet_id == "e");
}

TEST_CASE("a published link is refused with the way to the sheet itself") {
    const auto* const text = GENERATE(
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vQx/pubhtml",
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vQx/pub?output=csv",
        "https://docs.google.com/spreadsheets/u/0/d/e/2PACX-1vQx/pub?gid=0&single=true&output=csv",
        "https://docs.google.com/spreadsheets/d/2PACX-1vQx/edit", "2PACX-1vQx");
    const auto error = parse_refusal(text);

    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.text(), ContainsSubstring("published"));
    CHECK_THAT(error.reason(), ContainsSubstring("Publish to web"));
    CHECK_THAT(error.hint(),
               ContainsSubstring("Open the sheet itself and copy the address of that page"));
}

TEST_CASE("what is no sheet is refused by what it is") {
    const auto [text, reason] = GENERATE(table<std::string, std::string>({
        {"https://docs.google.com/document/d/1AbC/edit", "Google Docs document"},
        {"https://docs.google.com/document/u/0/d/1AbC/edit", "Google Docs document"},
        {"https://docs.google.com/presentation/d/1AbC/edit#slide=id.p", "Google Slides"},
        {"https://docs.google.com/forms/d/e/1FAIp/viewform", "Google Form"},
        {"https://docs.google.com/forms/d/1AbC/edit", "Google Form"},
        {"https://forms.gle/xyz", "Google Form"},
        {"https://docs.google.com/drawings/d/1AbC/edit", "drawing"},
        {"https://drive.google.com/drive/folders/1AbC", "Drive folder"},
        {"https://drive.google.com/drive/u/0/folders/1AbC?usp=sharing", "Drive folder"},
        {"https://drive.google.com/folderview?id=1AbC", "Drive folder"},
        {"https://drive.google.com/drive/my-drive", "page of Google Drive"},
        {"https://docs.google.com/spreadsheets/", "id is missing"},
        {"https://docs.google.com/spreadsheets/u/0/", "id is missing"},
        {"https://docs.google.com/spreadsheets/d/", "id is missing"},
        {"https://docs.google.com/spreadsheets/d//edit", "id is missing"},
        {"https://docs.google.com/spreadsheets/create", "id is missing"},
        {"https://docs.google.com", "id is missing"},
        {"https://drive.google.com/open", "id is missing"},
        {"https://drive.google.com/open?id=", "id is missing"},
        {"https://spreadsheets.google.com/ccc?key=", "id is missing"},
        {"https://docs.google.com/spreadsheets/d/1A.bC/edit", "characters that no id has"},
        {"https://docs.google.com/spreadsheets/d/1A%20C/edit", "characters that no id has"},
        {"https://docs.google.com/spreadsheets/d/1AbC\xC3\xA9", "characters that no id has"},
        {"https://example.com/spreadsheets/d/1AbC/edit", "its host is \"example.com\""},
        {"https://docs.google.com.evil.example/spreadsheets/d/1AbC", "its host is"},
        {"https://docs.google.com:443@evil.example/spreadsheets/d/1AbC", "its host is"},
        {"ftp://docs.google.com/spreadsheets/d/1AbC", "neither a web address nor an id"},
        {"file:///home/me/sheet.xlsx", "neither a web address nor an id"},
        {"/spreadsheets/d/1AbC", "neither a web address nor an id"},
        {"sheet.xlsx", "its host is \"sheet.xlsx\""},
        {"My sheet", "neither a web address nor an id"},
        {"#gid=0", "neither a web address nor an id"},
        {"https://", "neither a web address nor an id"},
    }));
    INFO(text);
    const auto error = parse_refusal(text);
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.reason(), ContainsSubstring(reason));
    CHECK_THAT(error.hint(), ContainsSubstring("https://docs.google.com/spreadsheets/d/"));
}

TEST_CASE("an empty address is refused") {
    for (const auto* const text : {"", "  ", "\r\n"}) {
        const auto error = parse_refusal(text);
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.text(), ContainsSubstring("empty"));
        CHECK_THAT(error.hint(), ContainsSubstring("copy the whole address"));
    }
}

TEST_CASE("a gid that is no number is refused") {
    const auto* const gid = GENERATE("", "x", "od6", "-1", "+1", "1.0", "1x", "2147483648",
                                     "99999999999999999999", "%30");
    const auto error =
        parse_refusal("https://docs.google.com/spreadsheets/d/1AbC/edit#gid=" + std::string{gid});

    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.text(), ContainsSubstring("gid \"" + std::string{gid} + "\""));
    CHECK_THAT(error.reason(), ContainsSubstring("0 to 2147483647"));
    CHECK_THAT(error.hint(), ContainsSubstring("GOOGLE_SHEET_TAB_NAME"));
}

TEST_CASE("a very long address is cut in the message") {
    CHECK(parse_refusal(std::string(100'000, '.')).text().size() < 400);
}
