#pragma once

#include "sheetbq/auth/credential_file.hpp"
#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sheetbq::auth {

/// Whose tokens to get, and for how long.
struct ImpersonationTarget {
    std::string url;    ///< ends in `:generateAccessToken`
    std::string email;  ///< taken from the URL
    std::vector<std::string> delegates{};
    std::chrono::seconds lifetime{3600};
};

/// Reads `service_account_impersonation_url` and `delegates`.
/// @throws Error unauthenticated, naming file and field.
ImpersonationTarget impersonation_target(const CredentialFile& file);

/// Tokens of a service account, got with the token of somebody who may act as it.
/// @see https://cloud.google.com/iam/docs/create-short-lived-credentials-direct
class Impersonated final : public TokenSource {
public:
    /// @param quota_project  only one that was asked for by name; the file's belongs to the person.
    Impersonated(Outside outside, std::shared_ptr<TokenSource> caller, ImpersonationTarget target,
                 std::vector<std::string> scopes, std::string quota_project);

    AccessToken token(std::stop_token stop) override;
    std::string account(std::stop_token stop) override;
    std::string quota_project() const override;

private:
    Outside outside_;
    std::shared_ptr<TokenSource> caller_;
    ImpersonationTarget target_;
    std::vector<std::string> scopes_;
    std::string quota_project_;
};

}  // namespace sheetbq::auth
