#pragma once

#include "sheetbq/auth/credential_file.hpp"
#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <string>

namespace sheetbq::auth {

/// A person's login, as `gcloud auth application-default login` keeps it. The scopes are those the
/// person agreed to; asking cannot widen them.
class AuthorizedUser final : public TokenSource {
public:
    /// @param quota_project  goes before the file's own when not empty.
    /// @throws Error unauthenticated, naming file and field.
    AuthorizedUser(Outside outside, const CredentialFile& file, std::string quota_project);

    AccessToken token(std::stop_token stop) override;
    /// The file's `account`, which gcloud often leaves empty.
    std::string account(std::stop_token stop) override;
    std::string quota_project() const override;

private:
    Outside outside_;
    std::string file_;
    bool named_by_variable_;
    std::string client_id_;
    std::string client_secret_;
    std::string refresh_token_;
    std::string token_uri_;
    std::string account_;
    std::string quota_project_;
};

}  // namespace sheetbq::auth
