#pragma once

#include "sheetbq/auth/credential_file.hpp"
#include "sheetbq/auth/jwt.hpp"
#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <string>
#include <vector>

namespace sheetbq::auth {

/// A service-account key.
struct ServiceAccountKey {
    std::string email;
    std::string key_id;
    std::string client_id;  ///< numeric; what Workspace admins enter
    std::string token_uri;
    std::string file;
    RsaKey key;
};

/// @throws Error unauthenticated, naming file and field.
ServiceAccountKey service_account_key(const CredentialFile& file);

/// Tokens by grants signed with a key.
/// @see https://developers.google.com/identity/protocols/oauth2/service-account
class ServiceAccount final : public TokenSource {
public:
    /// @param person  who to act as (domain-wide delegation); empty for the account itself.
    ServiceAccount(Outside outside, ServiceAccountKey key, std::vector<std::string> scopes,
                   std::string person = {});

    AccessToken token(std::stop_token stop) override;
    std::string account(std::stop_token stop) override;

private:
    Outside outside_;
    ServiceAccountKey key_;
    std::vector<std::string> scopes_;
    std::string person_;
};

}  // namespace sheetbq::auth
