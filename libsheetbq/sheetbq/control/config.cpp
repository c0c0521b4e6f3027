#include "sheetbq/control/config.hpp"

#include "sheetbq/core/error.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sheetbq::control {
namespace {

namespace json = boost::json;

// One variable of a Cloud Run container; api-contract.md 7.1.
constexpr std::size_t longest_value = 32'768;

std::string upper(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

/// A variable's text for an option's value: texts as they are, everything else as JSON writes it.
std::string option_text(const json::value& value) {
    return value.is_string() ? std::string{value.get_string()} : json::serialize(value);
}

void add_options(const std::string& text, const std::set<std::string>& allowed,
                 Variables& variables, std::vector<std::string>& problems) {
    boost::system::error_code broken;
    const auto parsed = json::parse(text, broken);
    if (broken || !(parsed.is_object() || parsed.is_null())) {
        problems.emplace_back("options is no JSON object");
        return;
    }
    if (parsed.is_null()) return;
    for (const auto& [name, value] : parsed.get_object()) {
        const auto variable = upper(name);
        if (!allowed.contains(variable))
            problems.push_back(fmt::format("options has \"{}\", which the job does not know",
                                           std::string_view{name}));
        else if (!value.is_null())
            variables.emplace_back(variable, option_text(value));
    }
}

}  // namespace

std::optional<std::chrono::hours> Config::interval() const {
    if (!frequency_hours || *frequency_hours <= 0) return std::nullopt;
    return std::chrono::hours{*frequency_hours};
}

Variables job_variables(const Config& config, const std::set<std::string>& allowed_options) {
    Variables variables{
        {"CONFIG_ID", std::to_string(config.id)}, {"CONFIG_NAME", config.name},
        {"GOOGLE_SHEET_URL", config.sheet_url},   {"GOOGLE_CLOUD_PROJECT_ID", config.project},
        {"BIGQUERY_DATASET_ID", config.dataset},  {"BIGQUERY_TABLE_ID", config.table}};
    if (config.tab && !config.tab->empty())
        variables.emplace_back("GOOGLE_SHEET_TAB_NAME", *config.tab);
    if (!config.schema_handling.empty())
        variables.emplace_back("SCHEMA_HANDLING", config.schema_handling);
    if (config.custom_schema && *config.custom_schema != "null")
        variables.emplace_back("CUSTOM_SCHEMA", *config.custom_schema);

    std::vector<std::string> problems;
    if (config.options) add_options(*config.options, allowed_options, variables, problems);
    for (const auto& [name, value] : variables) {
        if (value.size() > longest_value)
            problems.push_back(fmt::format("{} has {} bytes; Cloud Run takes {} in one variable",
                                           name, value.size(), longest_value));
        if (value.find('\0') != std::string::npos)
            problems.push_back(fmt::format("{} has a NUL character", name));
    }
    if (!problems.empty())
        throw Error{Code::bad_config,
                    fmt::format("the configuration {} cannot be handed to the job", config.id)}
            .because(fmt::format("{}", fmt::join(problems, "; ")))
            .fix(
                "Correct the row of the table of configurations; docs/configuration.md lists the "
                "options. A long CUSTOM_SCHEMA gets shorter without its descriptions.");
    std::sort(variables.begin(), variables.end());
    return variables;
}

}  // namespace sheetbq::control
