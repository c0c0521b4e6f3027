#pragma once

#include <map>
#include <set>
#include <string>

namespace sheetbq::sandbox {

/// A service account, as the token endpoint and IAM know it.
struct ServiceAccount {
    std::map<std::string, std::string> keys{};  ///< key id -> public key, PEM
    std::string system_key{};                   ///< private, PEM; made when signJwt first needs it
    std::set<std::string> impersonators{};  ///< who may get its tokens and signatures; "*" = all
    /// Domain-wide delegation: scopes (full URLs) it may use in the name of any person.
    std::set<std::string> delegated_scopes{};
};

/// What `gcloud auth application-default login` left behind.
struct RefreshToken {
    std::string client_id{};
    std::string client_secret{};
    std::string email{};
    std::set<std::string> scopes{};  ///< consented, full URLs
    bool revoked = false;
    bool needs_quota_project = false;  ///< APIs refuse calls without x-goog-user-project
};

/// Everybody the sandbox gives tokens to.
struct Identities {
    std::map<std::string, ServiceAccount> service_accounts;  ///< by e-mail
    std::map<std::string, RefreshToken> refresh_tokens;      ///< by the token's text
    std::map<std::string, std::string> federated_subjects;   ///< subject token -> principal
    std::string federation_audience;                         ///< "" = any
    std::string metadata_account = "sandbox@demo-project.iam.gserviceaccount.com";
    std::string project_id = "demo-project";
    std::string project_number = "123456789012";
    std::string region = "us-central1";
    bool metadata_honours_scopes = true;  ///< false: `scopes` is ignored, as on old machines
};

/// Registers a fresh RSA key for `email` (and the account, when new).
/// @returns the service-account key file, whose token_uri is `token_uri`. Costs a key generation.
std::string make_service_account_key(Identities& identities, const std::string& email,
                                     const std::string& token_uri);

/// Scopes of a login that may read sheets and load tables, full URLs.
std::set<std::string> login_scopes();

/// Registers a fresh refresh token of `email`, consented for `scopes` (full URLs).
/// @returns the file of type authorized_user that `gcloud auth application-default login` writes.
std::string make_authorized_user(Identities& identities, const std::string& email,
                                 const std::set<std::string>& scopes);

}  // namespace sheetbq::sandbox
