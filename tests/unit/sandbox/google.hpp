#pragma once

#include "sandbox/sandbox.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"

#include <boost/json.hpp>

#include <string>

namespace sheetbq::sandbox::testing {

inline constexpr const char* me = "etl@demo-project.iam.gserviceaccount.com";

inline Cell number(const std::string& token, std::uint16_t format = 0) {
    return {Cell::Kind::number, format, token};
}
inline Cell text(const std::string& value) { return {Cell::Kind::text, 0, value}; }

/// A sandbox with one shared spreadsheet `S1` and a token that may read it.
struct Google {
    Google() {
        auto& file = sandbox.sheets["S1"];
        file.id = "S1";
        file.title = "Orders 2026";
        file.shared_with = {me};
        Tab tab;
        tab.rows = {{text("name"), text("price")}, {text("tea"), number("1.50")}};
        file.tabs = {tab};
        token = sandbox.token_for(
            me, {"spreadsheets.readonly", "drive.metadata.readonly", "cloud-platform"});
    }

    Tab& tab() { return sandbox.sheets.at("S1").tabs.at(0); }

    http::Response get(const std::string& url) {
        return sandbox.send({.url = url, .headers = {{"authorization", "Bearer " + token}}},
                            nullptr, {});
    }
    /// values.get of an escaped range, compact.
    http::Response values(const std::string& range, const std::string& query = "") {
        return get("https://sheets.googleapis.com/v4/spreadsheets/S1/values/" + range +
                   "?prettyPrint=false" + query);
    }
    http::Response sheet(const std::string& query) {
        return get("https://sheets.googleapis.com/v4/spreadsheets/S1?prettyPrint=false" + query);
    }
    http::Response post_form(const std::string& url, const std::string& body) {
        return sandbox.send({.method = http::Method::post,
                             .url = url,
                             .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                             .body = {body}},
                            nullptr, {});
    }
    http::Response post_json(const std::string& url, const std::string& body) {
        return sandbox.send({.method = http::Method::post,
                             .url = url,
                             .headers = {{"authorization", "Bearer " + token},
                                         {"content-type", "application/json"}},
                             .body = {body}},
                            nullptr, {});
    }

    sheetbq::testing::FakeClock clock;
    Sandbox sandbox{clock};
    std::string token;
};

inline boost::json::object error_of(const http::Response& response) {
    return boost::json::parse(response.body).at("error").as_object();
}
inline std::string message_of(const http::Response& response) {
    return std::string{error_of(response).at("message").as_string()};
}

}  // namespace sheetbq::sandbox::testing
