#include "sheetbq/control/config.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace sheetbq;
using namespace sheetbq::control;

namespace {

Config orders() {
    Config config;
    config.id = 12;
    config.name = "orders";
    config.sheet_url = "https://docs.google.com/spreadsheets/d/1AbC/edit";
    config.project = "p";
    config.dataset = "d";
    config.table = "t";
    config.schema_handling = "auto_detect";
    return config;
}

std::string value(const Variables& variables, std::string_view name) {
    const auto found = std::find_if(variables.begin(), variables.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == variables.end() ? "(not there)" : found->second;
}

std::string refusal(const Config& config) {
    try {
        job_variables(config, {"HEADER_ROW"});
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        return describe(error);
    }
    return "(accepted)";
}

}  // namespace

TEST_CASE("a configuration becomes the job's variables") {
    auto config = orders();
    config.tab = "Orders 2026";
    config.custom_schema = R"([{"name":"a","type":"STRING"}])";
    config.options = R"({"header_row": 2})";

    const auto variables = job_variables(config, {"HEADER_ROW"});

    CHECK(value(variables, "CONFIG_ID") == "12");
    CHECK(value(variables, "GOOGLE_SHEET_TAB_NAME") == "Orders 2026");
    CHECK(value(variables, "CUSTOM_SCHEMA") == R"([{"name":"a","type":"STRING"}])");
    CHECK(value(variables, "HEADER_ROW") == "2");
    CHECK(std::is_sorted(variables.begin(), variables.end()));
}

TEST_CASE("what a configuration does not say is not set") {
    const auto variables = job_variables(orders(), {});

    CHECK(value(variables, "GOOGLE_SHEET_TAB_NAME") == "(not there)");
    CHECK(value(variables, "CUSTOM_SCHEMA") == "(not there)");
}

TEST_CASE("an option cannot set a variable of the machine") {
    auto config = orders();
    config.options = R"({"LD_PRELOAD": "/tmp/x.so", "sheetbq_api_root": "http://127.0.0.1"})";

    const auto said = refusal(config);

    CHECK_THAT(said, ContainsSubstring("LD_PRELOAD"));
    CHECK_THAT(said, ContainsSubstring("sheetbq_api_root"));
}

TEST_CASE("every problem of a configuration is said at once") {
    auto config = orders();
    config.custom_schema = std::string(40'000, 'x');
    config.options = "[1]";

    const auto said = refusal(config);

    CHECK_THAT(said, ContainsSubstring("CUSTOM_SCHEMA has 40000 bytes"));
    CHECK_THAT(said, ContainsSubstring("options is no JSON object"));
}

TEST_CASE("a frequency of nothing, zero or less means every tick") {
    auto config = orders();
    config.frequency_hours = GENERATE(std::optional<int>{}, 0, -5);

    CHECK_FALSE(config.interval());
}
