#include "google.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;

namespace {

const std::string unformatted = "&valueRenderOption=UNFORMATTED_VALUE&fields=values";

}  // namespace

TEST_CASE("values.get resolves ranges as Google does and answers them quoted only when needed") {
    Google google;
    google.tab().title = "My tab";
    google.sandbox.sheets["S1"].named_ranges = {{"Prices", "'My tab'!B1:B2"}};
    const auto [asked, answered] = GENERATE(table<std::string, std::string>({
        {"'My%20tab'", "'My tab'!A1:Z1000"},
        {"%27My%20tab%27!A1:AZ2000", "'My tab'!A1:Z1000"},
        {"'My%20tab'!B2", "'My tab'!B2"},
        {"'My%20tab'!B2:B2", "'My tab'!B2"},
        {"'My%20tab'!C5:A2", "'My tab'!A2:C5"},
        {"'My%20tab'!$A$2:c", "'My tab'!A2:C1000"},
        {"'My%20tab'!A:C", "'My tab'!A1:C1000"},
        {"'My%20tab'!2:5", "'My tab'!A2:Z5"},
        {"A1:B2", "'My tab'!A1:B2"},
        {"Prices", "'My tab'!B1:B2"},
        {"'My%20tab'!Prices", "'My tab'!B1:B2"},
        {"My%20tab", "'My tab'!A1:Z1000"},
    }));
    CAPTURE(asked);
    const auto response = google.values(asked, "&fields=range");
    CHECK(response.body == "{\"range\":\"" + answered + "\"}");
}

TEST_CASE("values.get quotes exactly the titles that could be read otherwise") {
    Google google;
    const auto [title, escaped, shown] = GENERATE(table<std::string, std::string, std::string>({
        {"Sheet1", "'Sheet1'", "Sheet1"},
        {"A1", "'A1'", "'A1'"},
        {"2024", "'2024'", "'2024'"},
        {"It's", "'It''s'", "'It''s'"},
        {"a!b", "'a!b'", "'a!b'"},
    }));
    google.tab().title = title;
    CHECK(google.values(escaped + "!A1", "&fields=range").body ==
          "{\"range\":\"" + shown + "!A1\"}");
}

TEST_CASE("values.get refuses ranges that Google refuses, in its words") {
    Google google;
    const auto [asked, message] = GENERATE(table<std::string, std::string>({
        {"NOPE!A5:F15", "Unable to parse range: NOPE!A5:F15"},
        {"'A1'!A1", "Unable to parse range: 'A1'!A1"},
        {"Sheet1!", "Unable to parse range: Sheet1!"},
        {"'Sheet1", "Unable to parse range: 'Sheet1"},
        {"Sheet1!A0", "Unable to parse range: Sheet1!A0"},
        {"Sheet1!AAAA1", "Unable to parse range: Sheet1!AAAA1"},
        {"Sheet1!A1001:B1002",
         "Range (Sheet1!A1001:B1002) exceeds grid limits. Max rows: 1000, max columns: 26"},
        {"'Sheet1'!AA1", "Range (Sheet1!AA1) exceeds grid limits. Max rows: 1000, max columns: 26"},
    }));
    const auto response = google.values(asked);
    CHECK(response.status == 400);
    CHECK(message_of(response) == message);
    CHECK(error_of(response).at("status") == "INVALID_ARGUMENT");
    CHECK_FALSE(error_of(response).contains("errors"));
}

TEST_CASE("values.get drops trailing empties, keeps inner ones, and leaves out an empty list") {
    Google google;
    google.tab().rows = {{},
                         {text("a"), {}, text("b"), {}, text("")},
                         {{}, text("")},
                         {},
                         {number("1")},
                         {{}, {}, text("")}};
    CHECK(google.values("Sheet1!A1:F9", unformatted).body ==
          R"({"values":[[],["a","","b"],[],[],[1]]})");
    CHECK(google.values("Sheet1!A3:C4").body ==
          R"({"range":"Sheet1!A3:C4","majorDimension":"ROWS"})");
    CHECK(google.values("Sheet1!A1:F9", unformatted + "&majorDimension=COLUMNS").body ==
          R"({"values":[["","a","","",1],[],["","b"]]})");
}

TEST_CASE("values.get answers number tokens byte for byte") {
    Google google;
    google.tab().rows = {{number("1.50"), number("1E+20"), number("12345678901234567890123")}};
    CHECK(google.values("Sheet1!A1:C1", unformatted).body ==
          R"({"values":[[1.50,1E+20,12345678901234567890123]]})");
}

TEST_CASE("values.get renders every kind of cell in all three ways") {
    Google google;
    auto& tab = google.tab();
    const auto date = tab.format("DATE", "yyyy-mm-dd");
    tab.rows = {{number("43831", date),
                 {Cell::Kind::boolean, 0, "TRUE"},
                 text("007"),
                 {Cell::Kind::error, 0, "#N/A"},
                 number("2"),
                 number("1234.5", tab.format("CURRENCY", "$#,##0.00")),
                 {},
                 number("0.125", tab.format("PERCENT", "0.00%"))}};
    tab.formulas[{0, 4}] = "=4/2";
    tab.displayed[{0, 2}] = "double-oh-seven";

    const auto [query, values] = GENERATE(table<std::string, std::string>({
        {"", R"(["2020-01-01","TRUE","double-oh-seven","#N/A","2","$1,234.50","","12.50%"])"},
        {"&valueRenderOption=UNFORMATTED_VALUE", R"([43831,true,"007","#N/A",2,1234.5,"",0.125])"},
        {"&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=FORMATTED_STRING",
         R"(["2020-01-01",true,"007","#N/A",2,1234.5,"",0.125])"},
        {"&valueRenderOption=FORMULA", R"([43831,true,"007","#N/A","=4/2",1234.5,"",0.125])"},
    }));
    CHECK(google.values("Sheet1!A1:H1", "&fields=values" + query).body ==
          "{\"values\":[" + values + "]}");
}

TEST_CASE("FORMATTED_VALUE follows the patterns of dates, times and durations") {
    Google google;
    const auto [token, type, pattern, shown] =
        GENERATE(table<std::string, std::string, std::string, std::string>({
            {"43831.5", "DATE_TIME", "yyyy-mm-dd hh:mm:ss", "2020-01-01 12:00:00"},
            {"43831.75", "DATE_TIME", "m/d/yyyy h:mm am/pm", "1/1/2020 6:00 PM"},
            {"0.6659722222", "TIME", "hh:mm", "15:59"},
            {"1.5", "TIME", "[h]:mm:ss", "36:00:00"},
            {"-0.5", "TIME", "[h]:mm:ss", "-12:00:00"},
            {"43831", "DATE", "ddd, d mmmm yy", "Wed, 1 January 20"},
            {"43831.0000058", "DATE_TIME", "ss.000", "00.501"},
            {"43831", "DATE", "yyyy\"y\" \\d", "2020y d"},
            {"7", "NUMBER", "00000", "00007"},
            {"1234567.891", "NUMBER", "#,##0.00", "1,234,567.89"},
            {"-5", "NUMBER", "0.0\" kg\"", "-5.0 kg"},
            {"12345", "SCIENTIFIC", "0.00E+00", "1.23E+04"},
        }));
    google.tab().rows = {{number(token, google.tab().format(type, pattern))}};
    CHECK(google.values("Sheet1!A1", "&fields=values").body ==
          "{\"values\":[[\"" + shown + "\"]]}");
}

TEST_CASE("values.get escapes strings as Google does") {
    Google google;
    google.tab().rows = {{text("a\"\\\n\t\x01<&>é😀")}};
    const auto response = google.values("Sheet1!A1", unformatted);
    CHECK(response.body == R"({"values":[["a\"\\\n\t\u0001\u003c\u0026\u003eé😀"]]})");
    CHECK(boost::json::parse(response.body).at("values").at(0).at(0) == "a\"\\\n\t\x01<&>é😀");
}

TEST_CASE("values.get is pretty unless it is told not to be") {
    Google google;
    google.tab().rows = {{text("a:,[]{}\"")}, {}, {number("1")}};
    const auto pretty =
        google.get("https://sheets.googleapis.com/v4/spreadsheets/S1/values/Sheet1?fields=values");
    CHECK(pretty.body ==
          "{\n  \"values\": [\n    [\n      \"a:,[]{}\\\"\"\n    ],\n    [],\n    [\n      \"1\"\n"
          "    ]\n  ]\n}\n");
}

TEST_CASE("values:batchGet answers in the order of the ranges, and one bad range fails it all") {
    Google google;
    const std::string url =
        "https://sheets.googleapis.com/v4/spreadsheets/S1/values:batchGet?prettyPrint=false&"
        "ranges=Sheet1!B2&ranges=%27Sheet1%27!A1";
    CHECK(google.get(url).body ==
          R"({"spreadsheetId":"S1","valueRanges":[)"
          R"({"range":"Sheet1!B2","majorDimension":"ROWS","values":[["1.50"]]},)"
          R"({"range":"Sheet1!A1","majorDimension":"ROWS","values":[["name"]]}]})");
    CHECK(google.get(url + "&ranges=X!A1").status == 400);
}

TEST_CASE("values.get refuses words and parameters it does not know") {
    Google google;
    const auto [query, message] = GENERATE(table<std::string, std::string>({
        {"&majorDimension=DIAGONAL",
         "Invalid value at 'major_dimension' (type.googleapis.com/google.apps.sheets.v4.Dimension),"
         " \"DIAGONAL\""},
        {"&valueRenderOption=RAW",
         "Invalid value at 'value_render_option' "
         "(type.googleapis.com/google.apps.sheets.v4.ValueRenderOption), \"RAW\""},
        {"&nope=1",
         "Invalid JSON payload received. Unknown name \"nope\": Cannot bind query parameter. Field "
         "'nope' could not be found in request message."},
        {"&fields=valuez", "Request contains an invalid argument."},
    }));
    const auto response = google.values("Sheet1!A1", query);
    CHECK(response.status == 400);
    CHECK(message_of(response) == message);
}

TEST_CASE("values.get reads hidden tabs and very large generated ones") {
    Google google;
    google.tab().hidden = true;
    google.tab().row_count = 300'000;
    google.tab().generate = [](int row, std::vector<Cell>& out) {
        out.assign(1, number(std::to_string(row)));
    };
    const auto response = google.values("Sheet1!A299999:Z", unformatted);
    CHECK(response.body == R"({"values":[[299998],[299999]]})");
}

TEST_CASE("a spreadsheet that cannot be read is refused as Google refuses it") {
    Google google;
    auto& file = google.sandbox.sheets["S1"];
    SECTION("not shared") {
        file.shared_with = {"somebody@example.com"};
        const auto response = google.values("Sheet1");
        CHECK(response.status == 403);
        CHECK(error_of(response) ==
              boost::json::parse(R"({"code":403,"message":"The caller does not have permission",)"
                                 R"("status":"PERMISSION_DENIED"})"));
    }
    SECTION("unknown, or another Google document") {
        const std::string mime = GENERATE("", "application/vnd.google-apps.document");
        if (mime.empty())
            google.sandbox.sheets.clear();
        else
            file.mime_type = mime;
        const auto response = google.values("Sheet1");
        CHECK(response.status == 404);
        CHECK(message_of(response) == "Requested entity was not found.");
        CHECK(error_of(response).at("status") == "NOT_FOUND");
    }
    SECTION("an Office file") {
        file.mime_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        const auto response = google.values("Sheet1");
        CHECK(response.status == 400);
        CHECK(message_of(response) == "This operation is not supported for this document");
        CHECK(error_of(response).at("status") == "FAILED_PRECONDITION");
    }
    SECTION("a PDF") {
        file.mime_type = "application/pdf";
        const auto response = google.values("Sheet1");
        CHECK(response.status == 400);
        CHECK(error_of(response).at("status") == "INVALID_ARGUMENT");
    }
}
