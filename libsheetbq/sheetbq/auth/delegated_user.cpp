#include "sheetbq/auth/delegated_user.hpp"

#include "sheetbq/auth/delegation.hpp"
#include "sheetbq/auth/iam_credentials.hpp"
#include "sheetbq/auth/jwt.hpp"
#include "sheetbq/auth/token_endpoint.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::auth {

DelegatedUser::DelegatedUser(Outside outside, KeylessAccount signer, std::string person,
                             std::vector<std::string> scopes)
    : outside_{std::move(outside)},
      signer_{std::move(signer)},
      person_{std::move(person)},
      scopes_{std::move(scopes)} {}

AccessToken DelegatedUser::token(std::stop_token stop) {
    const auto email = signer_.account->account(stop);
    if (email.empty())
        throw Error{Code::unauthenticated, fmt::format("cannot act as {}", person_)}
            .because("the metadata server does not tell the service account's e-mail address")
            .fix(
                "Run as a service account of your own (--service-account=EMAIL), or unset "
                "DELEGATED_USER.");
    const boost::json::object body{
        {"delegates", boost::json::value_from(signer_.delegates)},
        {"payload", grant_claims(email, scopes_, outside_.clock.now(), person_)},
    };
    const auto signed_answer =
        call_iam(outside_, *signer_.caller,
                 {iam_url(email, "signJwt"), email, "iam.serviceAccounts.signJwt"}, body, stop);
    auto assertion =
        read_bearer(signed_answer, "signedJwt", "the API IAM Service Account Credentials");

    auto answer = request_token(outside_, std::string{google_token_uri},
                                jwt_bearer(std::move(assertion)), "", stop);
    if (auto* token = std::get_if<AccessToken>(&answer)) return std::move(*token);
    throw explain_delegation(std::get<Refusal>(answer), {email, "", person_, scopes_});
}

std::string DelegatedUser::account(std::stop_token /*stop*/) { return person_; }

}  // namespace sheetbq::auth
