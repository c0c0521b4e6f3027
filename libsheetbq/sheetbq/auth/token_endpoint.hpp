#pragma once

#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sheetbq::auth {

/// Google's own token endpoint.
inline constexpr std::string_view google_token_uri = "https://oauth2.googleapis.com/token";

using Form = std::vector<std::pair<std::string, std::string>>;

/// Why a request for a token was turned down: an answer, not a failure of the exchange.
struct Refusal {
    int status = 0;
    std::string error;        ///< `invalid_grant`, or `PERMISSION_DENIED` of the newer envelope
    std::string description;  ///< the service's words; says so when it sent a web page or nothing
    std::string subtype;      ///< `invalid_rapt`, or `SERVICE_DISABLED` of the newer envelope

    /// For people: the words, and the stable name where there is one.
    std::string sentence() const;
};

/// Patience with token endpoints: three tries, one second and two between them.
RetryPolicy token_patience();

/// Time limits of small calls.
http::Timeouts short_timeouts();

/// Sends `request` until something but a passing trouble is answered: 408, 429, 500, 502, 503,
/// 504, or an error named internal_failure, server_error, temporarily_unavailable.
///
/// @param whom  for errors, e.g. `the token endpoint https://oauth2.googleapis.com/token`.
http::Response exchange(const Outside& outside, const RetryPolicy& policy,
                        const http::Request& request, std::string_view whom, std::stop_token stop);

/// Reads either family of Google's errors, or none of them.
Refusal read_refusal(const http::Response& answer);

/// The JSON object of a 2xx answer.
/// @throws Error unavailable when it is something else, which is never quoted.
boost::json::object read_object(const http::Response& answer, std::string_view whom);

/// The string in that field, fit to be sent as a bearer token.
/// @throws Error unavailable when it is not there.
std::string read_bearer(const boost::json::object& answer, std::string_view field,
                        std::string_view whom);

/// `{"access_token", "expires_in"}`, the latter a number or a string of digits.
AccessToken read_token(const http::Response& answer, Clock::TimePoint asked_at,
                       std::string_view whom);

/// Takes `secret` out of what a service said, should it have echoed it.
void conceal(std::string& text, std::string_view secret);

/// Posts a grant to a token endpoint.
/// @param authorization  value of that header, if any.
std::variant<AccessToken, Refusal> request_token(const Outside& outside, const std::string& uri,
                                                 const Form& form, const std::string& authorization,
                                                 std::stop_token stop);

/// The form of a grant `jwt-bearer`.
Form jwt_bearer(std::string assertion);

}  // namespace sheetbq::auth
