#pragma once

#include "routes.hpp"
#include "sheetbq/core/clock.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace sheetbq::sandbox {

struct Token {
    std::string account;
    std::set<std::string> scopes;  ///< full URLs
    Clock::TimePoint expires_at;
};

using Tokens = std::map<std::string, Token, std::less<>>;

/// `https://www.googleapis.com/auth/` before a short scope name; full URLs stay.
std::string full_scope(std::string_view scope);

/// Errors of Drive and BigQuery carry `errors[]`; those of the other APIs do not.
bool has_old_errors(std::string_view host);

/// Fills account and scopes of `call` from its bearer token.
/// @returns Google's refusal when the token is missing, unknown, expired or too weak, or the API
///     is switched off.
std::optional<Answer> check_access(const Sandbox& sandbox, const Tokens& tokens, const Route& route,
                                   Call& call);

}  // namespace sheetbq::sandbox
