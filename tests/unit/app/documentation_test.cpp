#include "orchestrator/options.hpp"
#include "sheetbq/app/settings.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/etl/options.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace {

std::string file(const std::string& path) {
    std::ifstream in{std::string{SHEETBQ_SOURCE_DIR} + "/" + path};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string row(std::string_view name, std::string_view initial, std::string_view values,
                std::string_view description, bool required) {
    const std::string shown = required          ? "**required**"
                              : initial.empty() ? ""
                                                : fmt::format("`{}`", initial);
    return fmt::format("| `{}` | {} | {} | {} |\n", name, shown, values, description);
}

}  // namespace

TEST_CASE("docs/configuration.md lists every variable with its default, unit and meaning") {
    std::string options;
    for (const auto& option : sheetbq::etl::option_definitions())
        options +=
            row(option.name, option.initial, option.values, option.description, option.required);
    std::string settings;
    for (const auto& setting : sheetbq::app::setting_definitions())
        settings += row(setting.name, setting.initial, setting.values, setting.description, false);

    const auto document = file("docs/configuration.md");

    INFO("these tables must stand in docs/configuration.md:\n" << options << "\n" << settings);
    CHECK(document.find(options) != std::string::npos);
    CHECK(document.find(settings) != std::string::npos);
}

TEST_CASE("docs/configuration.md lists every flag of the orchestrator") {
    const auto document = file("docs/configuration.md");
    for (const auto& flag : sheetbq::orchestrator::flags()) {
        const auto code = [](std::string_view text) {
            return text.empty() ? std::string{} : fmt::format("`{}`", text);
        };
        const auto line = fmt::format("| `--{}{}{}` | {} | {} | {} |\n", flag.name,
                                      flag.argument.empty() ? "" : " ", flag.argument,
                                      code(flag.variables), code(flag.initial), flag.description);
        INFO("this line must stand in docs/configuration.md:\n" << line);
        CHECK(document.find(line) != std::string::npos);
    }
}

TEST_CASE("every default of the options is what read_options uses when nothing is set") {
    const std::map<std::string, std::string> required{
        {"CONFIG_NAME", "n"},
        {"GOOGLE_SHEET_URL", "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh"},
        {"GOOGLE_CLOUD_PROJECT_ID", "p"},
        {"BIGQUERY_DATASET_ID", "d"},
        {"BIGQUERY_TABLE_ID", "t"}};
    const auto unset =
        sheetbq::etl::read_options([&](std::string_view name) -> std::optional<std::string> {
            const auto found = required.find(std::string{name});
            return found == required.end() ? std::nullopt : std::optional{found->second};
        });
    const auto spelled =
        sheetbq::etl::read_options([&](std::string_view name) -> std::optional<std::string> {
            const auto found = required.find(std::string{name});
            if (found != required.end()) return found->second;
            for (const auto& option : sheetbq::etl::option_definitions())
                if (option.name == name && !option.initial.empty())
                    return std::string{option.initial};
            return std::nullopt;
        });

    CHECK(unset.header_row == spelled.header_row);
    CHECK(unset.write_mode == spelled.write_mode);
    CHECK(unset.type_conflict == spelled.type_conflict);
    CHECK(unset.error_cells == spelled.error_cells);
    CHECK(unset.consistency == spelled.consistency);
    CHECK(unset.format_scan == spelled.format_scan);
    CHECK(unset.allow_empty == spelled.allow_empty);
    CHECK(unset.skip_unchanged == spelled.skip_unchanged);
    CHECK(unset.min_rows == spelled.min_rows);
    CHECK(unset.max_row_drop_percent == spelled.max_row_drop_percent);
    CHECK(unset.read_concurrency == spelled.read_concurrency);
    CHECK(unset.window_cells == spelled.window_cells);
    CHECK(unset.spool_bytes == spelled.spool_bytes);
    CHECK(unset.upload_chunk_bytes == spelled.upload_chunk_bytes);
    CHECK(unset.loading_wait == spelled.loading_wait);
    CHECK(unset.retry_budget == spelled.retry_budget);
    CHECK(unset.run_timeout == spelled.run_timeout);
    CHECK(unset.custom_schema.has_value() == spelled.custom_schema.has_value());
}

TEST_CASE("docs/errors.md names every class of failure with its exit code") {
    const auto document = file("docs/errors.md");
    for (int i = 0; i <= static_cast<int>(sheetbq::Code::database); ++i) {
        const auto code = static_cast<sheetbq::Code>(i);
        const auto line = fmt::format("| `{}` | {} |", to_string(code), exit_code(code));
        CAPTURE(line);
        CHECK(document.find(line) != std::string::npos);
    }
}
