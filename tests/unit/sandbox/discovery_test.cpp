#include "sandbox/discovery.hpp"

#include "google.hpp"
#include "sandbox/target.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;

namespace {

/// The only problem of a request, or "" when there is none.
std::string problem(const http::Request& request) {
    const DiscoveryCheck check{DiscoveryCheck::default_folder()};
    const auto call = read_call(request, {});
    REQUIRE(call);
    const auto problems = check.problems(*call);
    REQUIRE(problems.size() <= 1);
    if (problems.empty()) return {};
    const auto at = problems.front().find(": ");
    return problems.front().substr(at + 2);
}

std::string job_problem(const std::string& load) {
    const auto body = R"({"jobReference":{"projectId":"p","jobId":"j","location":"EU"},)"
                      R"("configuration":{"labels":{"a":"b"},"load":)" +
                      load + "}}";
    return problem({.method = http::Method::post,
                    .url = "https://bigquery.googleapis.com/bigquery/v2/projects/p/jobs",
                    .headers = {{"content-type", "application/json"}},
                    .body = {body}});
}

bool absent() { return !DiscoveryCheck{DiscoveryCheck::default_folder()}.enabled(); }

}  // namespace

TEST_CASE("the discovery check accepts the calls that we make") {
    if (absent()) return;
    const auto url = GENERATE(
        as<std::string>{},
        "https://sheets.googleapis.com/v4/spreadsheets/S1?fields=properties(title,locale),sheets("
        "properties(sheetId,gridProperties/rowCount),data(startRow,rowData.values("
        "effectiveValue,effectiveFormat.numberFormat)))&ranges=A&ranges=B&prettyPrint=false",
        "https://sheets.googleapis.com/v4/spreadsheets/S1/values/%27A%27%21A1%3AB2?majorDimension="
        "ROWS&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=SERIAL_NUMBER&fields=range,"
        "values",
        "https://sheets.googleapis.com/v4/spreadsheets/S1/values:batchGet?ranges=A&ranges=B",
        "https://www.googleapis.com/drive/v3/files/S1?supportsAllDrives=true&fields=version,"
        "modifiedTime,capabilities/canDownload",
        "https://bigquery.googleapis.com/bigquery/v2/projects/p/jobs/j?location=EU&fields=status,"
        "statistics(load(outputRows))",
        "https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d/tables/t?view=BASIC",
        "https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d/tables/t/data?"
        "formatOptions.useInt64Timestamp=True",
        "https://oauth2.googleapis.com/anything?x=y");
    CHECK(problem({.url = url}) == "");
}

TEST_CASE("the discovery check finds bad paths, parameters, words and masks") {
    if (absent()) return;
    const auto [url, found] = GENERATE(table<std::string, std::string>({
        {"https://sheets.googleapis.com/v4/spreadsheet/S1", "no method has this path"},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1/values/a/b", "no method has this path"},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1?range=A", "unknown parameter \"range\""},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1?includeGridData=yes",
         "parameter \"includeGridData\" is not a boolean: \"yes\""},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1?includeGridData=tRUE",
         "parameter \"includeGridData\" is not a boolean: \"tRUE\""},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1/values/A?majorDimension=DIAGONAL",
         "parameter \"majorDimension\" has the unknown word \"DIAGONAL\""},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1?fields=sheets.sheetProperties",
         "unknown path \"sheets.sheetProperties\" in parameter \"fields\""},
        {"https://sheets.googleapis.com/v4/spreadsheets/S1?fields=a(",
         "parameter \"fields\" is malformed"},
        {"https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d/tables/t/data?"
         "maxResults=-1",
         "parameter \"maxResults\" is not a integer: \"-1\""},
        {"https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d/tables/t?view=ALL",
         "parameter \"view\" has the unknown word \"ALL\""},
    }));
    CHECK(problem({.url = url}) == found);
}

TEST_CASE("the discovery check holds bodies against their schema") {
    if (absent()) return;
    const auto [load, found] = GENERATE(table<std::string, std::string>({
        {R"({"sourceFormat":"CSV","skipLeadingRows":1,"allowQuotedNewlines":true,)"
         R"("schema":{"fields":[{"name":"a","type":"STRING","maxLength":"7"}]}})",
         ""},
        {R"({"timeZone":"Europe/Berlin","nullMarkers":["\\N"],"sourceColumnMatch":"NAME"})", ""},
        {R"({"writeDisposition":"WRITE_TRUNCATE_DATA","destinationTable":{"projectId":"p"}})", ""},
        {R"({"schema":{"fields":[{"maxLength":7}]}})", ""},
        {R"({"nullMarkerz":"x"})", "unknown field \"configuration.load.nullMarkerz\""},
        {R"({"allowQuotedNewlines":"true"})",
         "field \"configuration.load.allowQuotedNewlines\" is not a boolean"},
        {R"({"skipLeadingRows":"1"})",
         "field \"configuration.load.skipLeadingRows\" is not a integer of format int32"},
        {R"({"schema":{"fields":[{"maxLength":"7x"}]}})",
         "field \"configuration.load.schema.fields[0].maxLength\" is not a string of format int64"},
        {R"({"schema":{"fields":{}}})",
         "field \"configuration.load.schema.fields\" is not a array"},
        {R"({"writeDisposition":"WRITE_OVER"})",
         "field \"configuration.load.writeDisposition\" has the unknown word \"WRITE_OVER\""},
        {R"({"columnNameCharacterMap":"V9"})",
         "field \"configuration.load.columnNameCharacterMap\" has the unknown word \"V9\""},
    }));
    CHECK(job_problem(load) == found);
}

TEST_CASE("the discovery check reads the job of a multipart and of a resumable upload") {
    if (absent()) return;
    const std::string url =
        "https://bigquery.googleapis.com/upload/bigquery/v2/projects/p/jobs?uploadType=";
    const std::string multipart =
        "--b\r\nContent-Type: application/json\r\n\r\n{\"configuration\":{\"lod\":{}}}\r\n--b\r\n"
        "Content-Type: */*\r\n\r\na,b\r\n--b--";
    CHECK(problem({.method = http::Method::post,
                   .url = url + "multipart",
                   .headers = {{"content-type", "multipart/related; boundary=b"}},
                   .body = {multipart}}) == "unknown field \"configuration.lod\"");
    CHECK(problem({.method = http::Method::post,
                   .url = url + "resumable",
                   .headers = {{"content-type", "application/json"}},
                   .body = {R"({"configuration":{"lod":{}}})"}}) ==
          "unknown field \"configuration.lod\"");
    CHECK(problem({.method = http::Method::put,
                   .url = url + "resumable&upload_id=7",
                   .body = {"a,b\n"}}) == "");
    CHECK(problem({.url = "https://bigquery.googleapis.com/bigquery/v2/projects/p/jobs",
                   .body = {"{}"}}) == "the method takes no body");
}

TEST_CASE("the discovery check is off where its folder is missing") {
    const DiscoveryCheck check{"/nonexistent"};
    CHECK_FALSE(check.enabled());
    CHECK(check.problems(*read_call({.url = "https://sheets.googleapis.com/nope"}, {})).empty());
}

TEST_CASE("a sandbox collects the problems of every request") {
    sandbox::testing::Google google;
    if (!google.sandbox.discovery_enabled()) return;
    google.values("Sheet1");
    CHECK(google.sandbox.invalid_requests().empty());
    google.values("Sheet1", "&colour=red");
    REQUIRE(google.sandbox.invalid_requests().size() == 1);
    CHECK_THAT(google.sandbox.invalid_requests().front(),
               ContainsSubstring("unknown parameter \"colour\""));
}
