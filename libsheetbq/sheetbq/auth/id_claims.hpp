#pragma once

#include "sheetbq/auth/id_token.hpp"
#include "sheetbq/core/clock.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace sheetbq::auth {

/// What stands where Cloud Run took the signature away.
inline constexpr std::string_view removed_signature = "SIGNATURE_REMOVED_BY_GOOGLE";

/// An identity token taken apart; nothing of it is believed yet.
struct IdToken {
    std::string key_id{};
    boost::json::object claims{};
    std::string_view signed_part{};  ///< of the token's text, as is
    std::string_view signature{};    ///< as written
};

/// Takes a token apart: at most 8 KiB, three parts, RS256, no `crit`.
/// @throws Error unauthenticated, without any text of the token.
IdToken read_id_token(std::string_view token);

/// Whether this set of rules binds everybody, or lets an empty set of it allow anybody.
enum class EmptyRules { allow_none, allow_any };

/// Issuer, times, audience and e-mail, in this order.
/// @throws Error unauthenticated, or permission_denied when only the e-mail is not an allowed one.
Identity judge_claims(const boost::json::object& claims, const IdTokenRules& rules,
                      EmptyRules empty, Clock::TimePoint now);

/// A token that proves nothing, and why.
Error not_proven(std::string reason);

}  // namespace sheetbq::auth
