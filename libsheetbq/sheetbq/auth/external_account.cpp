#include "sheetbq/auth/external_account.hpp"

#include "sheetbq/auth/jwt.hpp"
#include "sheetbq/auth/token_endpoint.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sheetbq::auth {
namespace {

std::string basic(const CredentialFile& file) {
    const auto client = file.text_or("client_id", "");
    if (client.empty()) return {};
    return "Basic " + base64(fmt::format("{}:{}", client, file.text_or("client_secret", "")));
}

std::string options(const CredentialFile& file) {
    const auto project = file.text_or("workforce_pool_user_project", "");
    if (project.empty() || file.has("client_id")) return {};
    return boost::json::serialize(boost::json::object{{"userProject", project}});
}

}  // namespace

ExternalAccount::ExternalAccount(Outside outside, const CredentialFile& file,
                                 std::vector<std::string> scopes)
    : outside_{std::move(outside)},
      file_{file.path()},
      subject_{file},
      audience_{file.text("audience")},
      subject_token_type_{file.text("subject_token_type")},
      token_url_{file.google_url("token_url", "https://sts.googleapis.com/v1/token")},
      authorization_{basic(file)},
      options_{options(file)},
      scopes_{std::move(scopes)} {}

AccessToken ExternalAccount::token(std::stop_token stop) {
    Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
              {"audience", audience_},
              {"scope", fmt::format("{}", fmt::join(scopes_, " "))},
              {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
              {"subject_token", subject_.fetch(outside_, stop)},
              {"subject_token_type", subject_token_type_}};
    // Escaped twice on the wire: the value of `options` is itself URL-encoded JSON.
    if (!options_.empty()) form.emplace_back("options", http::escape(options_));
    auto answer = request_token(outside_, token_url_, form, authorization_, stop);
    if (auto* token = std::get_if<AccessToken>(&answer)) return std::move(*token);

    throw Error{Code::unauthenticated,
                fmt::format("Google's STS refused the federated identity of {}", file_)}
        .because(std::get<Refusal>(answer).sentence())
        .fix(fmt::format(
            "Compare the provider's token (issuer, audience, end of life) with the pool's "
            "provider: "
            "gcloud iam workload-identity-pools providers describe {}.",
            audience_.starts_with("//iam.googleapis.com/") ? audience_.substr(21) : audience_));
}

std::string ExternalAccount::account(std::stop_token /*stop*/) { return {}; }

}  // namespace sheetbq::auth
