#pragma once

#include "sheetbq/auth/application_default.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/etl/options.hpp"
#include "sheetbq/http/beast_transport.hpp"
#include "sheetbq/http/endpoint_rewriter.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sheetbq::app {

enum class LogFormat { json, text };

/// What the environment says about the machine, not about the run.
struct Settings {
    http::Endpoints endpoints;
    http::ConnectionSettings connection;
    auth::CredentialSettings credentials;
    LogFormat log_format = LogFormat::json;
    Level log_level = Level::info;
    bool progress = false;  ///< standard error is a terminal: a progress line may be drawn
    /// Between two tellings of how far a run is, where no line can be drawn; zero: none.
    std::chrono::seconds progress_every{30};
};

/// One environment variable. Empty counts as not set. The only place that asks the environment.
std::optional<std::string> environment_variable(std::string_view name);

/// What a word of LOG_FORMAT means here; empty is `auto`. @throws Error bad_config.
LogFormat log_format(const std::string& word);
/// What a word of LOG_LEVEL means; empty is `info`. @throws Error bad_config.
Level log_level(const std::string& word);

/// Reads settings from the environment.
/// @throws Error bad_config for words that LOG_FORMAT or LOG_LEVEL do not know.
Settings read_settings();

/// A variable that `read_settings` reads, for --help and docs/configuration.md.
struct SettingDefinition {
    std::string_view name;
    std::string_view initial;
    std::string_view values;
    std::string_view description;
};
std::span<const SettingDefinition> setting_definitions();

}  // namespace sheetbq::app
