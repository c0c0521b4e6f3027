#include "google.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;

namespace {

const std::string sheets_url = "https://sheets.googleapis.com/v4/spreadsheets/S1";
const std::string drive_url = "https://www.googleapis.com/drive/v3/files/S1";

}  // namespace

TEST_CASE("a call without Authorization comes from an unregistered caller") {
    Google google;
    const auto url = GENERATE(as<std::string>{}, sheets_url, drive_url);
    const auto response = google.sandbox.send({.url = url}, nullptr, {});
    CHECK(response.status == 403);
    CHECK(error_of(response).at("status") == "PERMISSION_DENIED");
    CHECK_THAT(message_of(response),
               ContainsSubstring("Method doesn't allow unregistered callers (callers without "
                                 "established identity)."));
    CHECK(error_of(response).contains("errors") == (url == drive_url));
}

TEST_CASE("an unknown or expired token is unauthenticated") {
    Google google;
    SECTION("unknown") { google.token = "ya29.nope"; }
    SECTION("expired") {
        CHECK(google.get(sheets_url).status == 200);
        google.clock.advance(3600s);
    }
    SECTION("expired early") {
        google.sandbox.token_lifetime = 5s;
        google.token = google.sandbox.token_for(me, {"spreadsheets.readonly"});
        google.clock.advance(5s);
    }
    const auto response = google.get(sheets_url);
    CHECK(response.status == 401);
    CHECK(error_of(response).at("status") == "UNAUTHENTICATED");
    CHECK_FALSE(error_of(response).contains("errors"));
    CHECK_THAT(message_of(response),
               ContainsSubstring("Request had invalid authentication credentials. Expected OAuth 2 "
                                 "access token, login cookie"));
    const auto drive = error_of(google.get(drive_url));
    CHECK(drive.at("errors").at(0).at("reason") == "authError");
    CHECK(drive.at("errors").at(0).at("location") == "Authorization");
    CHECK(drive.at("errors").at(0).at("locationType") == "header");
}

TEST_CASE("a token without the scope is refused, and the scopes are named") {
    Google google;
    google.token = google.sandbox.token_for(me, {"cloud-platform"});
    const auto response = google.get(sheets_url);
    CHECK(response.status == 403);
    CHECK(message_of(response) == "Request had insufficient authentication scopes.");
    CHECK(error_of(response).at("details").at(0).at("reason") == "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    CHECK_THAT(std::string{response.headers.find("www-authenticate").value_or("")},
               ContainsSubstring("Bearer realm=\"https://accounts.google.com/\", "
                                 "error=\"insufficient_scope\", scope=\"") &&
                   ContainsSubstring("https://www.googleapis.com/auth/spreadsheets.readonly"));
    CHECK(error_of(google.get(drive_url)).at("errors").at(0).at("reason") ==
          "insufficientPermissions");
}

TEST_CASE("granted_scopes bounds what an account's tokens may do") {
    Google google;
    google.sandbox.granted_scopes[me] = {"https://www.googleapis.com/auth/cloud-platform"};
    google.token = google.sandbox.token_for(me, {"spreadsheets.readonly", "cloud-platform"});
    CHECK(google.get(sheets_url).status == 403);
}

TEST_CASE("an API that is switched off says where to switch it on") {
    Google google;
    google.sandbox.enabled = {{"sheets.googleapis.com", false}, {"drive.googleapis.com", false}};
    const auto [url, service, title] = GENERATE(table<std::string, std::string, std::string>({
        {sheets_url, "sheets.googleapis.com", "Google Sheets API"},
        {drive_url, "drive.googleapis.com", "Google Drive API"},
    }));
    const auto error = error_of(google.get(url));
    CHECK(error.at("code") == 403);
    const std::string page = "https://console.developers.google.com/apis/api/" + service +
                             "/overview?project=123456789012";
    CHECK(std::string{error.at("message").as_string()} ==
          title +
              " has not been used in project 123456789012 before or it is disabled. Enable it "
              "by visiting " +
              page +
              " then retry. If you enabled this API recently, wait a few minutes for the action to "
              "propagate to our systems and retry.");
    CHECK(error.at("details").at(0).at("@type") == "type.googleapis.com/google.rpc.Help");
    CHECK(error.at("details").at(0).at("links").at(0).at("url") == boost::json::value(page));
    CHECK(error.at("details").at(1) ==
          boost::json::parse(
              R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED",)"
              R"("domain":"googleapis.com","metadata":{"consumer":"projects/123456789012",)"
              R"("service":")" +
              service + "\"}}"));
}

TEST_CASE("an unknown call is answered with its name") {
    Google google;
    const auto response = google.get("https://sheets.googleapis.com/v5/x");
    CHECK(response.status == 404);
    CHECK(message_of(response) == "The sandbox does not know GET sheets.googleapis.com/v5/x");
    CHECK(google.sandbox
              .send({.method = http::Method::post, .url = sheets_url, .body = {"{}"}}, nullptr, {})
              .status == 404);
}

TEST_CASE("rewritten URLs and bare metadata paths reach the same handlers") {
    Google google;
    CHECK(google.get("http://127.0.0.1:8085/sheets.googleapis.com/v4/spreadsheets/S1").status ==
          200);
    CHECK(google.sandbox
              .send({.url = "http://127.0.0.1:8085/computeMetadata/v1/project/project-id",
                     .headers = {{"metadata-flavor", "Google"}}},
                    nullptr, {})
              .body == "demo-project");
    CHECK(google.sandbox.requests().at(0).host == "sheets.googleapis.com");
    CHECK(google.sandbox.requests().at(0).target == "/v4/spreadsheets/S1");
}

TEST_CASE("requests are recorded as they came, decoded for reading") {
    Google google;
    google.values("%27Sheet1%27%21A1");
    google.post_form("https://oauth2.googleapis.com/token", "grant_type=x");
    const auto requests = google.sandbox.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].target == "/v4/spreadsheets/S1/values/'Sheet1'!A1?prettyPrint=false");
    CHECK(requests[0].status == 200);
    CHECK(requests[1].method == http::Method::post);
    CHECK(requests[1].body == "grant_type=x");
    CHECK(requests[1].body_bytes == 12);
    CHECK(google.sandbox.count("sheets.googleapis.com/v4/spreadsheets/S1/values/") == 1);
    CHECK(google.sandbox.count("/token") == 1);
}
