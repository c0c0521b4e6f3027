#pragma once

#include "sheetbq/auth/credential_file.hpp"
#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/subject_token.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <string>
#include <vector>

namespace sheetbq::auth {

/// Workload identity federation: another provider's token, exchanged at Google's STS. What comes
/// out is nobody's e-mail; `Impersonated` turns it into a service account.
/// @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
class ExternalAccount final : public TokenSource {
public:
    /// @throws Error unauthenticated, naming file and field.
    ExternalAccount(Outside outside, const CredentialFile& file, std::vector<std::string> scopes);

    AccessToken token(std::stop_token stop) override;
    /// Always empty.
    std::string account(std::stop_token stop) override;

private:
    Outside outside_;
    std::string file_;
    SubjectToken subject_;
    std::string audience_;
    std::string subject_token_type_;
    std::string token_url_;
    std::string authorization_;  ///< Basic, when the file has a client
    std::string options_;        ///< JSON, when a workforce pool's project is to be charged
    std::vector<std::string> scopes_;
};

}  // namespace sheetbq::auth
