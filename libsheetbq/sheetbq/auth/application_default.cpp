#include "sheetbq/auth/application_default.hpp"

#include "sheetbq/auth/cached.hpp"
#include "sheetbq/auth/delegated_user.hpp"
#include "sheetbq/auth/file_credentials.hpp"
#include "sheetbq/auth/hints.hpp"
#include "sheetbq/auth/metadata_server.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace sheetbq::auth {
namespace {

namespace fs = std::filesystem;

/// gcloud's own file; empty when neither CLOUDSDK_CONFIG nor HOME is set.
std::string well_known_file(const CredentialSettings& settings) {
    constexpr auto name = "application_default_credentials.json";
    if (!settings.cloudsdk_config.empty()) return fs::path{settings.cloudsdk_config} / name;
    if (!settings.home.empty()) return fs::path{settings.home} / ".config" / "gcloud" / name;
    return {};
}

bool same_path(const std::string& a, const std::string& b) {
    return fs::path{a}.lexically_normal() == fs::path{b}.lexically_normal();
}

/// A file that exists and cannot be read is an error of its own; only an absent one is passed over.
bool absent(const std::string& path) {
    std::error_code problem;
    return path.empty() || fs::status(path, problem).type() == fs::file_type::not_found;
}

Found metadata(const Outside& outside, const std::string& host,
               const std::vector<std::string>& scopes) {
    const std::shared_ptr<TokenSource> account = std::make_shared<CachedTokens>(
        std::make_shared<MetadataServer>(outside, host, scopes), outside.clock);
    return {account,
            fmt::format("metadata server {}", host.empty() ? "metadata.google.internal" : host),
            [outside, account](std::string person, std::vector<std::string> asked) {
                return std::make_shared<CachedTokens>(
                    std::make_shared<DelegatedUser>(outside, KeylessAccount{account, account},
                                                    std::move(person), std::move(asked)),
                    outside.clock);
            }};
}

Error nothing_found(const CredentialSettings& settings, const std::string& well_known) {
    const std::string_view variable =
        settings.credentials_file.empty() ? "is not set" : "names gcloud's own file";
    const auto file = well_known.empty()
                          ? std::string{"gcloud's file (neither HOME nor CLOUDSDK_CONFIG is set)"}
                          : fmt::format("{} (does not exist)", well_known);
    const std::string_view server = settings.no_metadata_server
                                        ? "not asked, since NO_GCE_CHECK=true"
                                        : "does not answer at 169.254.169.254";
    return Error{Code::unauthenticated, "no Google credentials were found"}
        .because(fmt::format("looked for: GOOGLE_APPLICATION_CREDENTIALS ({}); {}; the metadata "
                             "server ({})",
                             variable, file, server))
        .fix(fmt::format(
            "On your own machine run: gcloud auth application-default login "
            "--impersonate-service-account=SERVICE_ACCOUNT_EMAIL  (or as yourself: {}). With a key "
            "file, set GOOGLE_APPLICATION_CREDENTIALS=/path/key.json. On Cloud Run, attach a "
            "service account: gcloud run jobs update JOB --service-account=EMAIL.",
            login_command()));
}

Found find(const CredentialSettings& settings, const Outside& outside,
           const std::vector<std::string>& scopes, std::stop_token stop) {
    const auto well_known = well_known_file(settings);
    const bool named =
        !settings.credentials_file.empty() && !same_path(settings.credentials_file, well_known);
    if (named)
        return file_credentials(
            outside,
            CredentialFile::read(settings.credentials_file, "GOOGLE_APPLICATION_CREDENTIALS"),
            scopes, settings.quota_project);
    if (!absent(well_known))
        return file_credentials(
            outside, CredentialFile::read(well_known, "gcloud auth application-default login"),
            scopes, settings.quota_project);
    if (!settings.no_metadata_server &&
        (!settings.metadata_host.empty() || on_google_cloud(outside, stop)))
        return metadata(outside, settings.metadata_host, scopes);
    throw nothing_found(settings, well_known);
}

Error cannot_delegate(const std::string& kind) {
    return Error{Code::unauthenticated, "DELEGATED_USER cannot be used with these credentials"}
        .because(
            fmt::format("{} is no service account, and only one can act as somebody else", kind))
        .fix(
            "Unset DELEGATED_USER, or set GOOGLE_APPLICATION_CREDENTIALS to a service-account key "
            "that has domain-wide delegation.");
}

}  // namespace

std::vector<std::string> default_scopes() {
    return {"https://www.googleapis.com/auth/spreadsheets.readonly",
            "https://www.googleapis.com/auth/drive.metadata.readonly",
            std::string{cloud_platform_scope}};
}

Credentials application_default(const CredentialSettings& settings, std::vector<std::string> scopes,
                                http::Transport& transport, Clock& clock, const Jitter& jitter,
                                std::stop_token stop) {
    auto found = find(settings, {transport, clock, jitter}, scopes, stop);
    if (settings.delegated_user.empty())
        return {found.account, found.account, std::move(found.kind)};
    if (!found.act_as) throw cannot_delegate(found.kind);
    // An admin lists scopes one by one: ask for no more than the person is needed for.
    auto asked = workspace_scopes(scopes);
    if (asked.empty()) asked = std::move(scopes);
    return {
        found.act_as(settings.delegated_user, std::move(asked)), found.account,
        fmt::format("{}, acting as {} for Sheets and Drive", found.kind, settings.delegated_user)};
}

}  // namespace sheetbq::auth
