#pragma once

#include "sheetbq/auth/token_endpoint.hpp"
#include "sheetbq/core/error.hpp"

#include <string>
#include <vector>

namespace sheetbq::auth {

/// A service account that acts as a person by domain-wide delegation.
struct Delegation {
    std::string account;    ///< e-mail of the service account
    std::string client_id;  ///< its numeric id; empty when not known
    std::string person;
    std::vector<std::string> scopes;
};

/// What a refused grant in a person's name means, and what the Workspace admin can do about it.
Error explain_delegation(const Refusal& refusal, const Delegation& delegation);

}  // namespace sheetbq::auth
