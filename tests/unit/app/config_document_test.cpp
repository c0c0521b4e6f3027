#include "sheetbq/app/config_document.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace json = boost::json;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::app::config_changes;
using sheetbq::app::config_fields;
using sheetbq::app::ConfigDraft;
using sheetbq::app::documents_in;
using sheetbq::app::draft_config;
using sheetbq::control::Config;

namespace {

json::object orders() {
    return {{"name", "orders"},
            {"google_sheet_url", "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"},
            {"google_cloud_project_id", "shop-project"},
            {"bigquery_dataset_id", "sales"},
            {"bigquery_table_id", "orders"},
            {"run_frequency_hours", 24}};
}

std::string problems_of(const ConfigDraft& draft) {
    std::string keys;
    for (const auto& problem : draft.problems) keys += problem.variable + " ";
    return keys;
}

}  // namespace

TEST_CASE("What is exported is imported again without a difference") {
    auto document = orders();
    document["options"] = json::object{{"header_row", 2}, {"skip_unchanged", true}};
    document["schema_handling"] = "custom";
    document["custom_schema"] = json::array{{{"name", "id"}, {"type", "INT64"}}};
    document["is_active"] = false;

    const auto first = draft_config(document);
    CHECK(problems_of(first).empty());
    const auto again = draft_config(config_fields(first.config));

    CHECK(problems_of(again).empty());
    CHECK(config_changes(first.config, again.config).empty());
    CHECK(again.config.frequency_hours == 24);
    CHECK_FALSE(again.config.active);
    CHECK(json::parse(*again.config.options) == document.at("options"));
}

TEST_CASE("What a listing tells besides is passed over") {
    auto document = orders();
    document["id"] = 12;
    document["state"] = json::object{{"failures", 3}};
    document["standing"] = "failing";
    document["target"] = "a.b.c";
    document["last_run"] = "2026-01-31T08:00:00Z";

    const auto draft = draft_config(document);

    CHECK(problems_of(draft).empty());
    CHECK(draft.config.id == 0);
}

TEST_CASE("Every problem of a document is told by its key") {
    auto document = orders();
    document.erase("bigquery_table_id");
    document["colour"] = "red";
    document["run_frequency_hours"] = "often";
    document["is_active"] = "perhaps";
    document["header_row"] = "first";

    const auto keys = problems_of(draft_config(document));

    for (const auto* const key :
         {"bigquery_table_id ", "colour ", "run_frequency_hours ", "is_active ", "header_row "})
        CHECK_THAT(keys, ContainsSubstring(key));
    CHECK(draft_config(document).problems.size() == 5);
}

TEST_CASE("A frequency is a whole number of hours that is not negative") {
    const json::value wrong = GENERATE(json::value(-1), json::value(1.5), json::value(1'000'000));
    auto document = orders();
    document["run_frequency_hours"] = wrong;

    CHECK(problems_of(draft_config(document)) == "run_frequency_hours ");
}

TEST_CASE("The short form of a schema becomes JSON, which the table's column takes") {
    auto document = orders();
    document["schema_handling"] = "custom";
    document["custom_schema"] = "id:INT64,name:STRING";

    const auto draft = draft_config(document);

    CHECK(problems_of(draft).empty());
    const auto schema = json::parse(draft.config.custom_schema.value_or("null"));
    REQUIRE(schema.is_array());
    CHECK(schema.as_array().size() == 2);
    CHECK(problems_of(draft_config(config_fields(draft.config))).empty());
}

TEST_CASE("Options of a configuration file stand beside the nine, or in an object") {
    auto flat = orders();
    flat["header_row"] = 3;
    auto nested = orders();
    nested["options"] = json::object{{"header_row", 3}};

    CHECK(config_changes(draft_config(flat).config, draft_config(nested).config).empty());
    const auto changes = config_changes(draft_config(orders()).config, draft_config(flat).config);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].field == "options");
    CHECK(changes[0].before.empty());
    CHECK(changes[0].after == R"({"header_row":3})");
}

TEST_CASE("A default that is not written down is no difference") {
    Config written = draft_config(orders()).config;
    Config row = written;
    row.schema_handling.clear();
    row.tab = "";
    row.options = "{}";

    CHECK(config_changes(row, written).empty());
}

TEST_CASE("Documents hold one configuration, a list, or an object with a list") {
    const auto one = json::serialize(orders());
    CHECK(documents_in(one, "x").size() == 1);
    CHECK(documents_in("[" + one + "," + one + "]", "x").size() == 2);
    CHECK(documents_in("{\"configs\": [" + one + "]}", "x").size() == 1);
    CHECK(documents_in("[]", "x").empty());
    for (const auto* const bad : {"7", "{\"configs\": 7}", "[7]", "{\"configs\": [null]}"}) {
        INFO(bad);
        try {
            documents_in(bad, "x");
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.code() == Code::bad_config);
            CHECK_THAT(error.hint(), ContainsSubstring("helper configs export"));
        }
    }
}

TEST_CASE("The link to a sheet is made of a bare id too") {
    Config config;
    config.sheet_url = "1AbC";
    CHECK(sheetbq::app::sheet_link(config) == "https://docs.google.com/spreadsheets/d/1AbC/edit");
    config.sheet_url = "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=7";
    CHECK(sheetbq::app::sheet_link(config) == config.sheet_url);
}
