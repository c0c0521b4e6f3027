#pragma once

#include "sheetbq/auth/credential_file.hpp"
#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sheetbq::auth {

/// Makes the source that acts as `person` with `scopes`.
using ActAs = std::function<std::shared_ptr<TokenSource>(std::string person,
                                                         std::vector<std::string> scopes)>;

/// A kind of credentials, ready for use; `account` caches.
struct Found {
    std::shared_ptr<TokenSource> account;
    std::string kind;  ///< for people, no secrets
    ActAs act_as{};    ///< empty when these credentials cannot act as somebody else
};

/// Builds what `type` in the file asks for, `source_credentials` included.
/// @param quota_project  what the environment sets; may be empty.
/// @throws Error unauthenticated, naming file and field, or the type that is not supported.
Found file_credentials(const Outside& outside, const CredentialFile& file,
                       const std::vector<std::string>& scopes, const std::string& quota_project);

}  // namespace sheetbq::auth
