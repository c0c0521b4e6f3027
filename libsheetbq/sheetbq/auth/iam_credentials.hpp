#pragma once

#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace sheetbq::auth {

/// A method of the IAM Service Account Credentials API, called on one service account.
struct IamCall {
    std::string url;         ///< ends in `:generateAccessToken` or `:signJwt`
    std::string target;      ///< e-mail of the service account
    std::string permission;  ///< what the caller needs, e.g. `iam.serviceAccounts.signJwt`
};

/// Calls it with the token of `caller`, renewed once when it is answered with 401.
/// @throws Error permission_denied with the command that grants the role, or that switches the API
///     on; unauthenticated when the account does not exist; unavailable.
boost::json::object call_iam(const Outside& outside, TokenSource& caller, const IamCall& call,
                             const boost::json::object& body, std::stop_token stop);

/// `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/EMAIL:METHOD`.
std::string iam_url(const std::string& email, const std::string& method);

}  // namespace sheetbq::auth
