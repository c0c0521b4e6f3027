#pragma once

#include "routes.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

/// `{"error", "error_description"}`, the token endpoint's own form.
Answer oauth_error(int status, std::string_view error, std::string_view description);

/// `{"access_token", "expires_in", "token_type"}` for these scopes.
Answer token_answer(Sandbox& sandbox, const std::string& account,
                    const std::vector<std::string>& scopes);

/// Words between spaces, without empty ones.
std::vector<std::string> words(std::string_view text);

Answer exchange_assertion(Sandbox& sandbox, const std::string& assertion);  ///< assertion.cpp
Answer generate_access_token(Sandbox& sandbox, const Call& call);           ///< iam_api.cpp
Answer sign_jwt(Sandbox& sandbox, const Call& call);
Answer allowed_locations(Sandbox& sandbox, const Call& call);
Answer metadata(Sandbox& sandbox, const Call& call);  ///< metadata_api.cpp

}  // namespace sheetbq::sandbox
