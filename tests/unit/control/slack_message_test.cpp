#include "sheetbq/control/slack_message.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq::control;
namespace json = boost::json;

namespace {

json::object incident() {
    return {{"config_id", 12},
            {"config_name", "orders"},
            {"run_id", "019a"},
            {"incident_id", "inc"},
            {"failures", 1},
            {"sheet_url",
             "https://docs.google.com/spreadsheets/d/"
             "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh/edit#gid=5"},
            {"tab", "Orders"},
            {"target", "p.d.t"},
            {"message", "cell D7 does not fit"},
            {"hint", "Correct it."},
            {"log_uri", "https://console.cloud.google.com/logs/viewer?q=1"}};
}

std::string message(const std::string& kind, const json::object& payload,
                    const std::string& prefix = {}) {
    return slack_message({"key", kind, json::serialize(payload)}, prefix);
}

}  // namespace

TEST_CASE("an opened incident says what, why, what to do, and where") {
    const auto text = message("opened", incident());

    CHECK_THAT(text, ContainsSubstring("orders (configuration 12) fails"));
    CHECK_THAT(text, ContainsSubstring("*why:* cell D7 does not fit"));
    CHECK_THAT(text, ContainsSubstring("*do:* Correct it."));
    CHECK_THAT(text, ContainsSubstring("#gid=5|Open the sheet>"));
    CHECK_THAT(text, ContainsSubstring("|Open the log>"));
}

TEST_CASE("a hint with the address of a cell becomes a link to it") {
    auto payload = incident();
    payload["hint"] =
        "Correct the cell: https://docs.google.com/spreadsheets/d/1Ab/edit#gid=0&range=D7.";

    CHECK_THAT(
        message("opened", payload),
        ContainsSubstring(
            "<https://docs.google.com/spreadsheets/d/1Ab/edit#gid=0&range=D7|Open the cell>"));
}

TEST_CASE("names of others can neither mention nor link") {
    auto payload = incident();
    payload["config_name"] = "<!channel> & <http://evil|x>";
    payload["log_uri"] = "https://evil.example/";

    const auto text = message("opened", payload, "[production]");

    CHECK(text.find("<!channel>") == std::string::npos);
    CHECK(text.find("<http://evil") == std::string::npos);
    CHECK(text.find("evil.example") == std::string::npos);
    CHECK_THAT(text, ContainsSubstring("&lt;"));
    CHECK_THAT(text, ContainsSubstring("[production] "));
}

TEST_CASE("every kind of message is JSON with a text and within Slack's limits") {
    const auto kind = GENERATE("opened", "reminder", "recovered", "digest", "pool", "tick");
    auto payload = incident();
    payload["message"] = std::string(10'000, '<');
    payload["hint"] = std::string(10'000, '&');
    payload["incidents"] = json::array(80, payload);

    const auto parsed = json::parse(message(kind, payload));

    CHECK_FALSE(parsed.at("text").as_string().empty());
    CHECK(parsed.at("blocks").as_array().size() <= 50);
    for (const auto& block : parsed.at("blocks").as_array())
        if (block.at("type") == "section")
            CHECK(block.at("text").at("text").as_string().size() <= 3'000);
}

TEST_CASE("a payload that is broken still makes a message") {
    const auto parsed = json::parse(slack_message({"key", "opened", "}{"}));

    CHECK_FALSE(parsed.at("text").as_string().empty());
}
