#include "sheetbq/app/validation.hpp"

#include "sheetbq/app/fleet.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

/// Values that `helper example` prints, to be edited.
constexpr std::array<std::string_view, 3> placeholders{"YOUR-SPREADSHEET-ID", "your-project",
                                                       "your_dataset"};

void remark_placeholders(Validation& validation, const control::Variables& variables) {
    std::string fields;
    for (const auto& [name, value] : variables)
        for (const auto placeholder : placeholders)
            if (value.find(placeholder) != std::string::npos)
                fields += fmt::format("{}{}", fields.empty() ? "" : ", ", placeholder);
    if (!fields.empty())
        validation.remarks.push_back(
            fmt::format("it still has values of the example, to be edited: {}", fields));
}

std::optional<std::string> value_of(const ConfigFile& file, std::string_view name) {
    return file.lookup()(name);
}

/// The file as a row, to be handed to the job as a row would be.
control::Config as_row(const ConfigFile& file) {
    const auto text = [&](std::string_view name) { return value_of(file, name).value_or(""); };
    control::Config row{.name = text("CONFIG_NAME"),
                        .sheet_url = text("GOOGLE_SHEET_URL"),
                        .tab = value_of(file, "GOOGLE_SHEET_TAB_NAME"),
                        .project = text("GOOGLE_CLOUD_PROJECT_ID"),
                        .dataset = text("BIGQUERY_DATASET_ID"),
                        .table = text("BIGQUERY_TABLE_ID"),
                        .schema_handling = text("SCHEMA_HANDLING"),
                        .custom_schema = value_of(file, "CUSTOM_SCHEMA")};
    const auto allowed = configurable_options();
    json::object options;
    for (const auto& [name, value] : file.variables)
        if (allowed.contains(name)) options[name] = value;
    row.options = json::serialize(options);
    return row;
}

/// What only Cloud Run refuses: texts that are too long for it.
void check_handover(Validation& validation, const control::Config& config,
                    const std::string& field) {
    try {
        control::job_variables(config, configurable_options());
    } catch (const Error& error) {
        validation.problems.push_back(
            {field, Error{error.code(), "cannot be handed to the job"}
                        .because(by_keys(error.reason()))
                        .fix("A long custom_schema gets shorter without its descriptions.")});
    }
}

Validation of_file(const ConfigFile& file, const std::string& source) {
    Validation out{.name = value_of(file, "CONFIG_NAME").value_or(source),
                   .source = source,
                   .options = file.options,
                   .problems = file.problems};
    remark_placeholders(out, file.variables);
    check_handover(out, as_row(file), "custom_schema");
    return out;
}

Validation unreadable(const std::string& source, const Error& error) {
    return {.name = source, .source = source, .readable = false, .problems = {{"", error}}};
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

/// A row as a file, so that both are read by one reader.
std::string as_file(const control::Config& config) {
    json::object out{{"config_id", std::to_string(config.id)},
                     {"config_name", config.name},
                     {"google_sheet_url", config.sheet_url},
                     {"google_sheet_tab_name", text_or_null(config.tab)},
                     {"google_cloud_project_id", config.project},
                     {"bigquery_dataset_id", config.dataset},
                     {"bigquery_table_id", config.table},
                     {"schema_handling", config.schema_handling}};
    if (config.custom_schema && *config.custom_schema != "null")
        out["custom_schema"] = *config.custom_schema;
    json::error_code broken;
    if (config.options) {
        auto options = json::parse(*config.options, broken);
        out["options"] = broken ? json::value(*config.options) : std::move(options);
    }
    return json::serialize(out);
}

bool replaces(const Validation& validation) {
    return validation.options.write_mode == etl::WriteMode::replace;
}

/// Two loads of one table, of which one removes what the other has loaded.
bool collide(const Validation& a, const Validation& b) {
    const auto& to = a.options.destination;
    return a.active && b.active && !to.table.empty() &&
           to.dotted() == b.options.destination.dotted() && (replaces(a) || replaces(b));
}

bool read_same_cells(const Validation& a, const Validation& b) {
    const auto& one = a.options;
    const auto& two = b.options;
    return !one.sheet.spreadsheet_id.empty() &&
           one.sheet.spreadsheet_id == two.sheet.spreadsheet_id && one.tab_title == two.tab_title &&
           (!one.tab_title.empty() || one.sheet.gid == two.sheet.gid) &&
           one.sheet_range == two.sheet_range;
}

void compare_with(Validation& validation, const Validation& other) {
    if (collide(validation, other))
        validation.problems.push_back(
            {"bigquery_table_id",
             Error{Code::bad_config,
                   fmt::format("{} is also written by {}", validation.options.destination.dotted(),
                               other.title())}
                 .because("each replaces what the other has loaded")
                 .fix(other.id ? fmt::format("Give one of them another table, or: helper configs "
                                             "disable {}",
                                             *other.id)
                               : "Give one of them another table.")});
    else if (read_same_cells(validation, other))
        validation.remarks.push_back(fmt::format("{} reads the same cells", other.title()));
}

}  // namespace

bool Validation::has_problem(std::string_view field) const {
    return std::any_of(problems.begin(), problems.end(),
                       [&](const etl::OptionProblem& each) { return each.variable == field; });
}

std::string Validation::title() const {
    if (id) return fmt::format("{} ({})", name, *id);
    return name == source ? source : fmt::format("{} ({})", source, name);
}

Validation validate_file(const std::string& path) {
    const std::string source = path == "-" ? "standard input" : path;
    try {
        return of_file(read_config_file(path), source);
    } catch (const Error& error) {
        return unreadable(source, error);
    }
}

Validation validate_text(std::string_view content, const std::string& path) {
    try {
        return of_file(parse_config_file(content, path), path);
    } catch (const Error& error) {
        return unreadable(path, error);
    }
}

Validation validate_config(const control::Config& config) {
    const auto file = parse_config_file(as_file(config), config.name);
    Validation out{.name = config.name,
                   .id = config.id,
                   .active = config.active,
                   .options = file.options,
                   .problems = file.problems};
    // The columns of the table are called otherwise than the keys of a file.
    for (auto& problem : out.problems)
        if (problem.variable == "config_name") problem.variable = "name";
    remark_placeholders(out, file.variables);
    if (out.ok()) check_handover(out, config, "options");
    return out;
}

void compare(std::vector<Validation>& validations, const std::vector<Validation>& others) {
    for (std::size_t i = 0; i < validations.size(); ++i) {
        for (std::size_t k = 0; k < validations.size(); ++k)
            if (k != i) compare_with(validations[i], validations[k]);
        for (const auto& other : others) compare_with(validations[i], other);
    }
}

json::object to_json(const Validation& validation) {
    json::array problems;
    for (const auto& [field, error] : validation.problems)
        problems.push_back({{"field", field},
                            {"code", to_string(error.code())},
                            {"text", error.text()},
                            {"reason", error.reason()},
                            {"hint", error.hint()}});
    json::array remarks;
    for (const auto& remark : validation.remarks) remarks.emplace_back(remark);
    const auto& to = validation.options.destination;
    const bool named = !to.project.empty() && !to.dataset.empty() && !to.table.empty();
    return {
        {"name", validation.name},
        {"id", validation.id ? json::value(*validation.id) : json::value(nullptr)},
        {"file", validation.source.empty() ? json::value(nullptr) : json::value(validation.source)},
        {"is_active", validation.active},
        {"target", named ? json::value(to.dotted()) : json::value(nullptr)},
        {"state", validation.ok() ? "ok" : "problems"},
        {"problems", std::move(problems)},
        {"remarks", std::move(remarks)}};
}

int exit_code(const std::vector<Validation>& validations) {
    int first = 0;
    for (const auto& validation : validations)
        for (const auto& problem : validation.problems) {
            if (problem.error.code() == Code::bad_config)
                return sheetbq::exit_code(Code::bad_config);
            if (first == 0) first = sheetbq::exit_code(problem.error.code());
        }
    return first;
}

}  // namespace sheetbq::app
