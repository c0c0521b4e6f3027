#include "google.hpp"
#include "sheetbq/core/error.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;

namespace {

const std::string url =
    "https://sheets.googleapis.com/v4/spreadsheets/S1/values/Sheet1?prettyPrint=false";

/// What a sink received before the exchange broke.
std::string received(Google& google, Code expected, bool gzip = false) {
    std::string body;
    const http::BodySink sink = [&](const http::Response&, std::string_view bytes) {
        body += bytes;
    };
    http::Headers headers{{"authorization", "Bearer " + google.token}};
    if (gzip) headers.add("accept-encoding", "gzip");
    try {
        google.sandbox.send({.url = url, .headers = headers}, &sink, {});
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == expected);
        CHECK(error.hint() == "Try again.");
    }
    return body;
}

}  // namespace

TEST_CASE("faults are used up in order, after the calls that pass") {
    Google google;
    google.sandbox.fail({.path_contains = "/values/", .skip = 1, .answer = Answer{.status = 503}});
    google.sandbox.fail({.path_contains = "/values/",
                         .method = http::Method::get,
                         .times = 2,
                         .answer = Answer{.status = 429, .headers = {{"retry-after", "7"}}}});
    google.sandbox.fail({.path_contains = "/values/",
                         .method = http::Method::post,
                         .answer = Answer{.status = 500}});
    CHECK(google.sheet("").status == 200);
    // The first fault lets one call pass; the second one takes it.
    CHECK(google.values("Sheet1").headers.find("retry-after") == "7");
    CHECK(google.values("Sheet1").status == 503);
    CHECK(google.values("Sheet1").status == 429);
    CHECK(google.values("Sheet1").status == 200);
}

TEST_CASE("a fault for ever never ends") {
    Google google;
    google.sandbox.fail({.times = -1, .answer = Answer{.status = 503}});
    for (int i = 0; i < 5; ++i) CHECK(google.sheet("").status == 503);
}

TEST_CASE("a reset breaks the connection before the call is handled") {
    Google google;
    google.sandbox.fail({.reset = true});
    CHECK(received(google, Code::unavailable) == "");
    CHECK(google.sandbox.requests().at(0).status == 0);
}

TEST_CASE("a lost answer comes after the call was handled") {
    Google google;
    int handled = 0;
    google.sandbox.fail(
        {.lose_answer = true, .then = [&](Sandbox& s) { s.edit([&] { ++handled; }); }});
    CHECK(received(google, Code::unavailable) == "");
    CHECK(handled == 1);
}

TEST_CASE("a cut ends the answer after so many bytes") {
    Google google;
    const bool clean = GENERATE(true, false);
    google.sandbox.fail({.cut_after = 10, .clean_cut = clean});
    CHECK(received(google, Code::unavailable) == "{\"range\":\"");
}

TEST_CASE("a stall waits on the clock, and breaks what cannot wait so long") {
    Google google;
    google.sandbox.fail({.stall = 5s});
    CHECK(google.values("Sheet1").status == 200);
    CHECK(google.clock.slept() == std::vector<std::chrono::milliseconds>{5s});
    google.sandbox.fail({.stall = 61s});
    received(google, Code::unavailable);
}

TEST_CASE("a drip is slow, and too slow when below the least rate") {
    Google google;
    google.sandbox.fail({.drip = 100});
    const auto response = google.values("Sheet1");
    CHECK(google.clock.slept().size() == (response.body.size() + 99) / 100);
    google.tab().rows.assign(200, {text("0123456789")});
    google.sandbox.fail({.drip = 1});
    const auto got = received(google, Code::unavailable);
    CHECK(got.size() == 60);
}

TEST_CASE("a compressed answer is gzip, and a corrupt one differs in one byte") {
    Google google;
    const http::Headers headers{{"authorization", "Bearer " + google.token},
                                {"Accept-Encoding", "gzip, deflate"}};
    const auto good = google.sandbox.send({.url = url, .headers = headers}, nullptr, {});
    google.sandbox.fail({.corrupt_gzip = true});
    const auto bad = google.sandbox.send({.url = url, .headers = headers}, nullptr, {});
    CHECK(good.headers.find("content-encoding") == "gzip");
    CHECK(good.body.substr(0, 2) == "\x1F\x8B");
    REQUIRE(good.body.size() == bad.body.size());
    int differences = 0;
    for (std::size_t i = 0; i < good.body.size(); ++i) differences += good.body[i] != bad.body[i];
    CHECK(differences == 1);
}

TEST_CASE("a fault may change the sheet between two calls") {
    Google google;
    google.sandbox.fail({.path_contains = "/values/",
                         .then = [](Sandbox& s) { s.sheets["S1"].tabs[0].title = "Renamed"; }});
    CHECK(google.values("Sheet1").status == 200);
    CHECK(google.values("Sheet1").status == 400);
}

TEST_CASE("a requested stop ends an exchange") {
    Google google;
    std::stop_source stop;
    stop.request_stop();
    try {
        google.sandbox.send({.url = url}, nullptr, stop.get_token());
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::cancelled);
    }
    CHECK(google.sandbox.requests().empty());
}

TEST_CASE("a BodySink gets bodies of 2xx answers only") {
    Google google;
    std::string body;
    const http::BodySink sink = [&](const http::Response& head, std::string_view bytes) {
        CHECK(head.status == 200);
        body += bytes;
    };
    const http::Headers headers{{"authorization", "Bearer " + google.token}};
    CHECK(google.sandbox.send({.url = url, .headers = headers}, &sink, {}).body.empty());
    CHECK_THAT(body, ContainsSubstring("\"values\""));
    body.clear();
    CHECK_FALSE(google.sandbox.send({.url = url}, &sink, {}).body.empty());
    CHECK(body.empty());
}

TEST_CASE("a failure of the sandbox itself is a 500 and does not stay hidden") {
    Google google;
    google.tab().rows = {{number("1", 7)}};
    const auto response = google.values("Sheet1");
    CHECK(response.status == 500);
    CHECK(message_of(response) == "Internal error encountered.");
    REQUIRE(google.sandbox.invalid_requests().size() == 1);
    CHECK_THAT(google.sandbox.invalid_requests().front(), ContainsSubstring("the sandbox failed"));
}
