#pragma once

#include "sheetbq/auth/token_source.hpp"
#include "sheetbq/core/retry.hpp"
#include "sheetbq/http/transport.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sheetbq::auth {

/// What the environment says about credentials. Empty members mean "not set".
struct CredentialSettings {
    std::string credentials_file{};  ///< GOOGLE_APPLICATION_CREDENTIALS
    std::string
        cloudsdk_config{};  ///< CLOUDSDK_CONFIG: folder with application_default_credentials.json
    std::string home{};     ///< HOME, for ~/.config/gcloud
    std::string metadata_host{};      ///< GCE_METADATA_HOST, `host[:port]`
    bool no_metadata_server = false;  ///< NO_GCE_CHECK=true
    std::string quota_project{};      ///< GOOGLE_CLOUD_QUOTA_PROJECT
    /// DELEGATED_USER: act as this person (domain-wide delegation). Needs a service-account key, or
    /// an account that may call signJwt for itself.
    std::string delegated_user{};
};

/// The scopes every program asks for: Sheets and Drive metadata read-only, cloud-platform.
std::vector<std::string> default_scopes();

/// What a program acts with. Without a delegated user both sources are the same object.
struct Credentials {
    std::shared_ptr<TokenSource> sheets;  ///< Sheets and Drive: the delegated person, if any
    std::shared_ptr<TokenSource> cloud;   ///< BigQuery and the rest: always the account itself
    /// For people, e.g. `service_account key /path (name@project.iam.gserviceaccount.com)`.
    std::string kind;
};

/// Finds credentials as Google's own clients do: GOOGLE_APPLICATION_CREDENTIALS, gcloud's
/// well-known file, the metadata server. Every kind of file of the contract's section 5 is
/// understood: service_account, authorized_user, impersonated_service_account, external_account
/// (file and URL sources). The results cache, refresh 225 s early, single-flight, and keep a
/// live token while a refresh fails. `transport` and `clock` must outlive them.
///
/// @throws Error unauthenticated, listing where it looked, when there is nothing; bad key files are
///     unauthenticated too and name file and field.
Credentials application_default(const CredentialSettings& settings, std::vector<std::string> scopes,
                                http::Transport& transport, Clock& clock, const Jitter& jitter,
                                std::stop_token stop);

}  // namespace sheetbq::auth
