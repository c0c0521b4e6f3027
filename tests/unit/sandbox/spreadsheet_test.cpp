#include "google.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;

TEST_CASE("spreadsheets.get answers exactly what the mask names, and omits defaults") {
    Google google;
    auto& tabs = google.sandbox.sheets["S1"].tabs;
    tabs.push_back({.title = "Chart", .gid = 77, .sheet_type = "OBJECT", .hidden = true});
    const auto response = google.sheet(
        "&fields=spreadsheetId,properties(title,locale,timeZone),sheets.properties(sheetId,title,"
        "index,sheetType,hidden,gridProperties(rowCount,columnCount,frozenRowCount))");
    CHECK(response.body ==
          R"({"spreadsheetId":"S1","properties":{"title":"Orders 2026","locale":"en_US",)"
          R"("timeZone":"Etc/GMT"},"sheets":[{"properties":{"sheetId":0,"title":"Sheet1",)"
          R"("index":0,"sheetType":"GRID","gridProperties":{"rowCount":1000,"columnCount":26}}},)"
          R"({"properties":{"sheetId":77,"title":"Chart","index":1,"sheetType":"OBJECT",)"
          R"("hidden":true}}]})");
}

TEST_CASE("spreadsheets.get without a mask has everything but cells, unless asked for them") {
    Google google;
    const auto plain = boost::json::parse(google.sheet("").body).as_object();
    CHECK(plain.contains("spreadsheetUrl"));
    CHECK_FALSE(plain.at("sheets").at(0).as_object().contains("data"));
    const auto full = boost::json::parse(google.sheet("&includeGridData=true").body);
    CHECK(full.at("sheets").at(0).at("data").at(0).at("rowData").as_array().size() == 2);
}

TEST_CASE("spreadsheets.get refuses paths of a mask that do not exist") {
    Google google;
    const auto response = google.sheet("&fields=sheets.sheetProperties");
    CHECK(response.status == 400);
    CHECK(error_of(response) ==
          boost::json::parse(
              R"({"code":400,"message":"Request contains an invalid argument.",)"
              R"("status":"INVALID_ARGUMENT","details":[{"@type":)"
              R"("type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":)"
              R"("sheets.sheetProperties","description":"Error expanding 'fields' parameter. )"
              R"(Cannot find matching fields for path 'sheets.sheetProperties'."}]}]})"));
}

TEST_CASE("spreadsheets.get answers cells with values and formats of the ranges only") {
    Google google;
    auto& tab = google.tab();
    const auto date = tab.format("DATE", "yyyy-mm-dd");
    tab.rows = {{text("header")},
                {text("x"), number("43831", date), {}, {Cell::Kind::boolean, 0, "FALSE"}},
                {},
                {{Cell::Kind::error, 0, "#DIV/0!"}, number("1.50")},
                {}};
    google.sandbox.sheets["S1"].tabs.push_back({.title = "Other", .gid = 5});
    const auto response = google.sheet(
        "&ranges=Sheet1!A2:Z101&fields=sheets(properties.sheetId,data(startRow,startColumn,rowData."
        "values(effectiveValue,formattedValue,effectiveFormat.numberFormat)))");
    CHECK(response.body ==
          R"({"sheets":[{"properties":{"sheetId":0},"data":[{"startRow":1,"rowData":[{"values":[)"
          R"({"effectiveValue":{"stringValue":"x"},"formattedValue":"x"},)"
          R"({"effectiveValue":{"numberValue":43831},"formattedValue":"2020-01-01",)"
          R"("effectiveFormat":{"numberFormat":{"type":"DATE","pattern":"yyyy-mm-dd"}}},{},)"
          R"({"effectiveValue":{"boolValue":false},"formattedValue":"FALSE"}]},{},{"values":[)"
          R"({"effectiveValue":{"errorValue":{"type":"DIVIDE_BY_ZERO",)"
          R"("message":"The cell shows #DIV/0!."}},"formattedValue":"#DIV/0!"},)"
          R"({"effectiveValue":{"numberValue":1.50},"formattedValue":"1.50"}]}]}]}]})");
}

TEST_CASE("spreadsheets.get cuts fields inside cells and leaves out rowData of an empty range") {
    Google google;
    google.tab().rows[1][1].format = google.tab().format("PERCENT", "0%");
    const auto [range, data] = GENERATE(table<std::string, std::string>({
        {"Sheet1!B2", R"({"startRow":1,"startColumn":1,"rowData":[{"values":[)"
                      R"({"effectiveFormat":{"numberFormat":{"type":"PERCENT"}}}]}]})"},
        {"Sheet1!C5:D9", R"({"startRow":4,"startColumn":2})"},
    }));
    CHECK(google
              .sheet("&fields=sheets.data(startRow,startColumn,rowData.values(effectiveFormat."
                     "numberFormat.type,effectiveValue.errorValue))&ranges=" +
                     range)
              .body == R"({"sheets":[{"data":[)" + data + "]}]}");
}

TEST_CASE("spreadsheets.get fails as a whole when one range is bad") {
    Google google;
    const auto response = google.sheet("&ranges=Sheet1&ranges=Nope!A1");
    CHECK(response.status == 400);
    CHECK(message_of(response) == "Unable to parse range: Nope!A1");
}

TEST_CASE("spreadsheets.get shows formulas as what the user entered") {
    Google google;
    google.tab().formulas[{1, 1}] = "=3/2";
    CHECK(google
              .sheet("&ranges=B2&fields=sheets.data.rowData.values(userEnteredValue,effectiveValue"
                     ")")
              .body == R"({"sheets":[{"data":[{"rowData":[{"values":[{"userEnteredValue":)"
                       R"({"formulaValue":"=3/2"},"effectiveValue":{"numberValue":1.50}}]}]}]}]})");
}

TEST_CASE("Drive's files.get answers kind, id, name and type, and more only when asked") {
    Google google;
    const std::string url = "https://www.googleapis.com/drive/v3/files/S1?prettyPrint=false";
    CHECK(boost::json::parse(google.get(url).body) ==
          boost::json::parse(R"({"kind":"drive#file","id":"S1","name":"Orders 2026",)"
                             R"("mimeType":"application/vnd.google-apps.spreadsheet"})"));
    google.sandbox.edit([&] { google.sandbox.sheets["S1"].version = 62; });
    CHECK(google.get(url + "&fields=version,modifiedTime").body ==
          R"({"version":"62","modifiedTime":"2026-01-01T00:01:02.000Z"})");
    CHECK(google.get(url + "&fields=nope").status == 400);
}

TEST_CASE("Drive hides files that are not shared, and shared drives from callers that do not ask") {
    Google google;
    const std::string url = "https://www.googleapis.com/drive/v3/files/S1?prettyPrint=false";
    auto& file = google.sandbox.sheets["S1"];
    SECTION("not shared") { file.shared_with.clear(); }
    SECTION("in a shared drive") { file.shared_drive = true; }
    const auto response = google.get(url);
    CHECK(response.status == 404);
    CHECK(error_of(response) ==
          boost::json::parse(
              R"({"errors":[{"domain":"global","reason":"notFound","message":)"
              R"("File not found: S1.","locationType":"parameter","location":"fileId"}],)"
              R"("code":404,"message":"File not found: S1."})"));
    if (file.shared_drive) CHECK(google.get(url + "&supportsAllDrives=true").status == 200);
}

TEST_CASE("Drive shows where a shortcut leads; Sheets does not know the shortcut") {
    Google google;
    auto& file = google.sandbox.sheets["S1"];
    file.mime_type = "application/vnd.google-apps.shortcut";
    file.shortcut_target = "S2";
    const auto response = google.get(
        "https://www.googleapis.com/drive/v3/files/S1?prettyPrint=false&fields=shortcutDetails/"
        "targetId");
    CHECK(response.body == R"({"shortcutDetails":{"targetId":"S2"}})");
    CHECK(google.values("A1").status == 404);
}
