#include "sandbox/control.hpp"

#include "google.hpp"
#include "sheetbq/core/error.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;

namespace {

const std::string root = "http://127.0.0.1:8085/_sandbox/";

http::Response post(Google& google, const std::string& path, const std::string& body) {
    return google.sandbox.send({.method = http::Method::post, .url = root + path, .body = {body}},
                               nullptr, {});
}

}  // namespace

TEST_CASE("fault_from_json reads every field") {
    const auto fault = fault_from_json(
        R"({"path_contains":"/values/","method":"GET","skip":2,"times":-1,"status":503,)"
        R"("headers":{"retry-after":"7"},"body":"no","stall_ms":5,"cut_after":10,)"
        R"("clean_cut":true,"reset":true,"lose_answer":true,"corrupt_gzip":true,"drip":9,)"
        R"("commit_only":262144})");
    CHECK(fault.path_contains == "/values/");
    CHECK(fault.method == http::Method::get);
    CHECK(fault.skip == 2);
    CHECK(fault.times == -1);
    REQUIRE(fault.answer);
    CHECK(fault.answer->status == 503);
    CHECK(fault.answer->headers.find("Retry-After") == "7");
    CHECK(fault.answer->body == "no");
    CHECK(fault.stall == 5ms);
    CHECK(fault.cut_after == 10U);
    CHECK((fault.clean_cut && fault.reset && fault.lose_answer && fault.corrupt_gzip));
    CHECK(fault.drip == 9U);
    CHECK(fault.commit_only == 262144U);
}

TEST_CASE("fault_from_json refuses what it does not know") {
    const auto [json, why] = GENERATE(table<std::string, std::string>({
        {"7", "it is not a JSON object"},
        {R"({"path":"/x"})", "there is no field \"path\""},
        {R"({"times":"1"})", "\"times\" must be a whole number"},
        {R"({"skip":-1})", "\"skip\" must be a number from 0 on"},
        {R"({"reset":1})", "\"reset\" must be true or false"},
        {R"({"method":"get"})", "there is no method \"get\""},
        {R"({"drip":0})", "\"drip\" must be at least 1"},
    }));
    try {
        fault_from_json(json);
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK(error.reason() == why);
        CHECK(error.hint() == "Write it as docs/sandbox.md describes.");
    }
}

TEST_CASE("faults can be added from outside, and control calls are neither harmed nor recorded") {
    Google google;
    CHECK(post(google, "faults", R"({"status":503,"times":-1})").status == 200);
    CHECK(post(google, "faults", R"({"x":1})").status == 400);
    CHECK(google.sheet("").status == 503);
    const auto recorded = google.sandbox.send({.url = root + "requests"}, nullptr, {});
    CHECK(recorded.body ==
          R"([{"method":"GET","host":"sheets.googleapis.com",)"
          R"("target":"/v4/spreadsheets/S1?prettyPrint=false","status":503,"body_bytes":0}])");
    CHECK(google.sandbox.send({.url = root + "invalid"}, nullptr, {}).body == "[]");
}

TEST_CASE("sheets can be edited from outside, and every edit counts a version") {
    Google google;
    CHECK(post(google, "edit", R"({"spreadsheet":"S1","cell":"C3","value":{"typed":"12%"}})")
              .status == 200);
    CHECK(google.values("C3", "&fields=values&valueRenderOption=UNFORMATTED_VALUE").body ==
          R"({"values":[[0.12]]})");
    CHECK(post(google, "edit", R"({"spreadsheet":"S1","tab":"Sheet1","rename":"B","rows":2})")
              .status == 200);
    CHECK(google.values("B", "&fields=range").body == R"({"range":"B!A1:Z2"})");
    CHECK(google.sandbox.sheets.at("S1").version == 3);
}

TEST_CASE("edits of what is not there are refused with a reason") {
    Google google;
    const auto [body, why] = GENERATE(table<std::string, std::string>({
        {R"({"spreadsheet":"S2","rows":1})", "there is no spreadsheet \\\"S2\\\""},
        {R"({"spreadsheet":"S1","tab":"X","rows":1})", "no tab \\\"X\\\""},
        {R"({"spreadsheet":"S1","cell":"A1:B2","value":1})", "is not a cell of the tab"},
        {R"({"spreadsheet":"S1","cell":"A9999","value":1})", "is not a cell of the tab"},
        {R"({"spreadsheet":"S1","colour":"red"})", "there is no field \\\"colour\\\""},
    }));
    const auto response = post(google, "edit", body);
    CHECK(response.status == 400);
    CHECK_THAT(response.body, ContainsSubstring(why));
    CHECK(google.sandbox.sheets.at("S1").version == 1);
}

TEST_CASE("tables are listed with schema, number of rows and as many rows as asked for") {
    Google google;
    auto& table = google.sandbox.bigquery.projects["p"]["d"].tables["t"];
    table.fields = {boost::json::object{{"name", "a"}, {"type", "STRING"}}};
    table.rows = {{"x"}, {std::nullopt}};
    CHECK(google.sandbox.send({.url = root + "tables?rows=9"}, nullptr, {}).body ==
          R"([{"table":"p.d.t","type":"TABLE","location":"US","schema":[{"name":"a",)"
          R"("type":"STRING"}],"row_count":2,"rows":[["x"],[null]]}])");
}
