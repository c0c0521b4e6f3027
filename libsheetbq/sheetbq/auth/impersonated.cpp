#include "sheetbq/auth/impersonated.hpp"

#include "sheetbq/auth/iam_credentials.hpp"
#include "sheetbq/auth/token_endpoint.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

/// The account's e-mail in `.../serviceAccounts/EMAIL:generateAccessToken`; empty when not there.
std::string email_in(std::string_view url) {
    constexpr std::string_view before = "/serviceAccounts/";
    constexpr std::string_view after = ":generateAccessToken";
    const auto begin = url.find(before);
    if (begin == std::string_view::npos || !url.ends_with(after)) return {};
    url.remove_suffix(after.size());
    if (begin + before.size() >= url.size()) return {};
    std::string email{url.substr(begin + before.size())};
    if (const auto at = email.find("%40"); at != std::string::npos) email.replace(at, 3, "@");
    return email.find('/') == std::string::npos ? email : std::string{};
}

}  // namespace

ImpersonationTarget impersonation_target(const CredentialFile& file) {
    constexpr auto field = "service_account_impersonation_url";
    auto url = file.google_url(field, "");
    auto email = email_in(url);
    if (email.empty())
        throw file.bad(field, "does not end in /serviceAccounts/EMAIL:generateAccessToken");
    return {.url = std::move(url), .email = std::move(email), .delegates = file.texts("delegates")};
}

Impersonated::Impersonated(Outside outside, std::shared_ptr<TokenSource> caller,
                           ImpersonationTarget target, std::vector<std::string> scopes,
                           std::string quota_project)
    : outside_{std::move(outside)},
      caller_{std::move(caller)},
      target_{std::move(target)},
      scopes_{std::move(scopes)},
      quota_project_{std::move(quota_project)} {}

AccessToken Impersonated::token(std::stop_token stop) {
    const boost::json::object body{
        {"delegates", boost::json::value_from(target_.delegates)},
        {"scope", boost::json::value_from(scopes_)},
        {"lifetime", fmt::format("{}s", target_.lifetime.count())},
    };
    const auto answer =
        call_iam(outside_, *caller_,
                 {target_.url, target_.email, "iam.serviceAccounts.getAccessToken"}, body, stop);
    constexpr auto whom = "the API IAM Service Account Credentials";
    auto token = read_bearer(answer, "accessToken", whom);
    const auto expiry = from_rfc3339(read_bearer(answer, "expireTime", whom));
    if (!expiry)
        throw Error{Code::unavailable, fmt::format("{} sent an answer that is no token", whom)}
            .because("its \"expireTime\" is not a time")
            .fix("Run again in a few minutes.");
    return {std::move(token), *expiry};
}

std::string Impersonated::account(std::stop_token /*stop*/) { return target_.email; }

std::string Impersonated::quota_project() const { return quota_project_; }

}  // namespace sheetbq::auth
