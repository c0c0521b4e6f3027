#pragma once

#include "sheetbq/auth/credential_file.hpp"
#include "sheetbq/auth/outside.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sheetbq::auth {

/// Where another identity provider leaves its token: a file that it renews, or a URL.
class SubjectToken {
public:
    /// Reads `credential_source`. @throws Error unauthenticated, naming file and field; the
    /// sources for AWS and for programs are refused by name.
    explicit SubjectToken(const CredentialFile& file);

    /// The token as it is now.
    /// @throws Error unauthenticated when it is not there or has not the promised form.
    std::string fetch(const Outside& outside, std::stop_token stop) const;

private:
    std::string from_file() const;
    std::string from_url(const Outside& outside, std::stop_token stop) const;
    std::string extract(std::string text) const;
    std::string place() const;

    std::string credentials_;
    std::string file_;
    std::string url_;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::string json_field_;  ///< empty: the whole text is the token
};

}  // namespace sheetbq::auth
