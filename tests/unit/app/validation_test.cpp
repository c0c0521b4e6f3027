#include "sheetbq/app/validation.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using app::Validation;

namespace {

control::Config row(int id, const std::string& name, const std::string& table) {
    return {.id = id,
            .name = name,
            .sheet_url = "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz/edit",
            .tab = name,
            .project = "shop",
            .dataset = "sales",
            .table = table,
            .schema_handling = "auto_detect"};
}

std::vector<std::string> told(const Validation& validation) {
    std::vector<std::string> lines;
    for (const auto& problem : validation.problems) lines.push_back(one_line(problem));
    return lines;
}

std::string all(const Validation& validation) {
    std::string out;
    for (const auto& line : told(validation)) out += line + "\n";
    return out;
}

}  // namespace

TEST_CASE("a good row has no problem") {
    const auto validation = app::validate_config(row(1, "orders", "orders"));

    CHECK(all(validation).empty());
    CHECK(validation.remarks.empty());
    CHECK(validation.title() == "orders (1)");
    CHECK(app::exit_code({validation}) == 0);
}

TEST_CASE("every problem of a row is told, by its columns") {
    auto config = row(1, "orders", "orders$1");
    config.name = "";
    config.sheet_url = "https://example.com/";
    config.options = R"({"heder_row": 2, "min_rows": "many"})";
    config.schema_handling = "custom";
    config.custom_schema = "[{\"name\": \"id\",\n]";

    const auto lines = all(app::validate_config(config));

    CHECK_THAT(lines, ContainsSubstring("name: is not set"));
    CHECK_THAT(lines, ContainsSubstring("google_sheet_url: "));
    CHECK_THAT(lines, ContainsSubstring("bigquery_table_id: "));
    CHECK_THAT(lines, ContainsSubstring(
                          "heder_row: is no key of a configuration. Did you mean: header_row"));
    CHECK_THAT(lines, ContainsSubstring("min_rows: \"many\" is not a whole number"));
    CHECK_THAT(lines, ContainsSubstring("line 2, column 1"));
}

TEST_CASE("options that are no object are refused") {
    auto config = row(1, "orders", "orders");
    config.options = GENERATE(as<std::string>{}, "[1]", "\"text\"", "{broken");

    CHECK_THAT(all(app::validate_config(config)), ContainsSubstring("options: is no object"));
}

TEST_CASE("an option that names another source than the row's is refused") {
    auto config = row(1, "orders", "orders");
    config.options = GENERATE(as<std::string>{}, R"({"google_sheet_url": "https://x"})",
                              R"({"custom_schema": "id:INT64"})");

    CHECK(app::exit_code({app::validate_config(config)}) == 10);
}

TEST_CASE("a schema that Cloud Run does not take in a variable is refused, files and rows alike") {
    std::string schema;
    for (int i = 0; i < 3'000; ++i)
        schema += (i == 0 ? "" : ",") + std::string{"column_"} + std::to_string(i) + ":STRING";
    auto config = row(1, "orders", "orders");
    config.schema_handling = "custom";
    config.custom_schema = schema;
    const auto file = app::validate_text(
        R"({"config_name": "o", "google_sheet_url": "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh",
            "google_cloud_project_id": "shop", "bigquery_dataset_id": "d", "bigquery_table_id": "t",
            "schema_handling": "custom", "custom_schema": ")" +
            schema + "\"}",
        "config.json");

    CHECK_THAT(all(app::validate_config(config)), ContainsSubstring("Cloud Run takes 32768"));
    CHECK_THAT(all(file), ContainsSubstring("custom_schema: cannot be handed to the job"));
}

TEST_CASE("two configurations that replace one table are a problem of both") {
    std::vector<Validation> validations{app::validate_config(row(1, "orders", "orders")),
                                        app::validate_config(row(2, "returns", "orders")),
                                        app::validate_config(row(3, "other", "other"))};

    app::compare(validations);

    CHECK_THAT(all(validations[0]), ContainsSubstring("also written by returns (2)") &&
                                        ContainsSubstring("helper configs disable 2"));
    CHECK_THAT(all(validations[1]), ContainsSubstring("also written by orders (1)"));
    CHECK(validations[2].ok());
}

TEST_CASE("two that append to one table, or of which one is disabled, do not collide") {
    auto first = row(1, "orders", "orders");
    auto second = row(2, "returns", "orders");
    if (GENERATE(true, false)) {
        second.active = false;
    } else {
        first.options = R"({"write_mode": "append"})";
        second.options = first.options;
    }
    std::vector<Validation> validations{app::validate_config(first), app::validate_config(second)};

    app::compare(validations);

    CHECK(validations[0].ok());
    CHECK(validations[1].ok());
}

TEST_CASE("one source of two tables is a remark only") {
    auto second = row(2, "orders", "copy");
    std::vector<Validation> validations{app::validate_config(row(1, "orders", "orders"))};

    app::compare(validations, {app::validate_config(second)});

    CHECK(validations[0].ok());
    REQUIRE(validations[0].remarks.size() == 1);
    CHECK(validations[0].remarks[0] == "orders (2) reads the same cells");
}

TEST_CASE("a file that is no JSON, or is not there, is a problem like others") {
    const auto broken = app::validate_text("{\"config_name\": \n]", "a.json");
    CHECK_THAT(all(broken), ContainsSubstring("a.json line 2"));
    CHECK(app::exit_code({broken}) == 10);

    const auto missing = app::validate_file("/nowhere/config.json");
    CHECK_FALSE(missing.readable);
    CHECK(app::exit_code({missing}) == 3);
    CHECK(app::exit_code({missing, broken}) == 10);
}

TEST_CASE("what programs get has every part of a problem") {
    auto config = row(7, "orders", "orders");
    config.sheet_url = "https://docs.google.com/document/d/1abc/edit";

    const auto item = app::to_json(app::validate_config(config));

    CHECK(item.at("state").as_string() == "problems");
    CHECK(item.at("id").as_int64() == 7);
    CHECK(item.at("file").is_null());
    CHECK(item.at("target").as_string() == "shop.sales.orders");
    const auto& problem = item.at("problems").at(0).as_object();
    CHECK(problem.at("field").as_string() == "google_sheet_url");
    CHECK(problem.at("code").as_string() == "bad_config");
    CHECK(!problem.at("reason").as_string().empty());
    CHECK(!problem.at("hint").as_string().empty());
}
