#include "sheetbq/app/settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

namespace sheetbq::app {
namespace {

constexpr std::array definitions{
    SettingDefinition{
        "GOOGLE_APPLICATION_CREDENTIALS", "", "file",
        "Credentials file: service-account key, authorized user, impersonation or workload "
        "identity "
        "federation. Without it gcloud's own file is used, then the metadata server."},
    SettingDefinition{"GOOGLE_CLOUD_QUOTA_PROJECT", "", "project id",
                      "Project that user credentials are charged to."},
    SettingDefinition{"CLOUDSDK_CONFIG", "~/.config/gcloud", "folder",
                      "Where gcloud keeps its credentials."},
    SettingDefinition{"GCE_METADATA_HOST", "metadata.google.internal", "host[:port]",
                      "The metadata server."},
    SettingDefinition{"NO_GCE_CHECK", "false", "true or false", "Never asks the metadata server."},
    SettingDefinition{
        "SHEETBQ_API_ROOT", "", "URL",
        "Sends every call for https://HOST/... of Google to this URL/HOST/... (the sandbox)."},
    SettingDefinition{"BIGQUERY_EMULATOR_HOST", "", "host:port or URL",
                      "Sends BigQuery's calls there."},
    SettingDefinition{"HTTPS_PROXY", "", "URL",
                      "Proxy for https, e.g. http://user:password@proxy:3128."},
    SettingDefinition{"NO_PROXY", "", "hosts, comma-separated",
                      "Hosts that are reached without the proxy."},
    SettingDefinition{"SSL_CERT_FILE", "", "file",
                      "Trusted certificates, instead of the system's."},
    SettingDefinition{"SSL_CERT_DIR", "/etc/ssl/certs", "folder",
                      "Hashed folder of trusted certificates."},
    SettingDefinition{"LOG_FORMAT", "auto", "auto, json or text",
                      "auto: text on a terminal, JSON lines for Cloud Logging elsewhere."},
    SettingDefinition{"LOG_LEVEL", "info", "debug, info, notice, warning or error",
                      "The least important event that is logged."},
    SettingDefinition{"PROGRESS_SECONDS", "30", "seconds, 0 to 3600",
                      "Time between two events that tell how far a run is; 0: none."},
};

std::string text_of(std::string_view name) { return environment_variable(name).value_or(""); }

std::string either(std::string_view name, std::string_view otherwise) {
    const auto value = environment_variable(name);
    return value ? *value : text_of(otherwise);
}

[[noreturn]] void refuse(std::string_view name, const std::string& value, std::string_view words) {
    throw Error{Code::bad_config, fmt::format("{} is \"{}\"", name, value)}
        .because(fmt::format("its values are {}", words))
        .fix(fmt::format("Set {} to one of them, or leave it out.", name));
}

std::chrono::seconds progress_every(const std::string& text) {
    if (text.empty()) return std::chrono::seconds{30};
    long value = -1;
    const auto* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stopped != end || value < 0 || value > 3'600)
        refuse("PROGRESS_SECONDS", text, "whole numbers of seconds from 0 to 3600");
    return std::chrono::seconds{value};
}

}  // namespace

LogFormat log_format(const std::string& word) {
    if (word == "json") return LogFormat::json;
    if (word == "text") return LogFormat::text;
    if (!word.empty() && word != "auto") refuse("LOG_FORMAT", word, "auto, json and text");
    const bool cloud = environment_variable("CLOUD_RUN_JOB") || environment_variable("K_SERVICE");
    return !cloud && isatty(STDOUT_FILENO) == 1 ? LogFormat::text : LogFormat::json;
}

Level log_level(const std::string& word) {
    if (word.empty() || word == "info") return Level::info;
    if (word == "debug") return Level::debug;
    if (word == "notice") return Level::notice;
    if (word == "warning") return Level::warning;
    if (word == "error") return Level::error;
    refuse("LOG_LEVEL", word, "debug, info, notice, warning and error");
}

std::optional<std::string> environment_variable(std::string_view name) {
    const char* value = std::getenv(std::string{name}.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

Settings read_settings() {
    const std::string no_metadata = text_of("NO_GCE_CHECK");
    return {.endpoints = {.api_root = text_of("SHEETBQ_API_ROOT"),
                          .bigquery_emulator = text_of("BIGQUERY_EMULATOR_HOST")},
            .connection = {.https_proxy = either("HTTPS_PROXY", "https_proxy"),
                           .no_proxy = either("NO_PROXY", "no_proxy"),
                           .ssl_cert_file = text_of("SSL_CERT_FILE"),
                           .ssl_cert_dir = text_of("SSL_CERT_DIR")},
            .credentials = {.credentials_file = text_of("GOOGLE_APPLICATION_CREDENTIALS"),
                            .cloudsdk_config = text_of("CLOUDSDK_CONFIG"),
                            .home = text_of("HOME"),
                            .metadata_host = either("GCE_METADATA_HOST", "GCE_METADATA_ROOT"),
                            .no_metadata_server = no_metadata == "true" || no_metadata == "1",
                            .quota_project = text_of("GOOGLE_CLOUD_QUOTA_PROJECT"),
                            .delegated_user = text_of("DELEGATED_USER")},
            .log_format = log_format(text_of("LOG_FORMAT")),
            .log_level = log_level(text_of("LOG_LEVEL")),
            .progress = isatty(STDERR_FILENO) == 1,
            .progress_every = progress_every(text_of("PROGRESS_SECONDS"))};
}

std::span<const SettingDefinition> setting_definitions() { return definitions; }

}  // namespace sheetbq::app
