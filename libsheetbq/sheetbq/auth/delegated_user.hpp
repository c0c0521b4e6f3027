#pragma once

#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sheetbq::auth {

/// A service account whose key Google keeps, and who may sign with it.
struct KeylessAccount {
    std::shared_ptr<TokenSource> account;  ///< the account that signs
    std::shared_ptr<TokenSource> caller;   ///< whose token asks for the signature; may be the same
    std::vector<std::string> delegates{};
};

/// Tokens of a person by domain-wide delegation without a key file: IAM signs the grant.
/// @see
/// https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signJwt
class DelegatedUser final : public TokenSource {
public:
    DelegatedUser(Outside outside, KeylessAccount signer, std::string person,
                  std::vector<std::string> scopes);

    AccessToken token(std::stop_token stop) override;
    /// The person.
    std::string account(std::stop_token stop) override;

private:
    Outside outside_;
    KeylessAccount signer_;
    std::string person_;
    std::vector<std::string> scopes_;
};

}  // namespace sheetbq::auth
