#include "sheetbq/auth/authorized_user.hpp"

#include "sheetbq/auth/hints.hpp"
#include "sheetbq/auth/token_endpoint.hpp"

#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

std::string hint(const Refusal& refusal, bool named_by_variable) {
    const std::string_view unset =
        named_by_variable ? " Unset GOOGLE_APPLICATION_CREDENTIALS, so that the new login is used."
                          : "";
    if (refusal.subtype == "invalid_rapt")
        return fmt::format(
            "The organisation asks for a new login from time to time. {}{} For unattended runs use "
            "a service account.",
            log_in_again(), unset);
    if (refusal.error == "invalid_client" || refusal.error == "unauthorized_client")
        return fmt::format("The OAuth client of the login was deleted or changed. {}{}",
                           log_in_again(), unset);
    return fmt::format("{}{}", log_in_again(), unset);
}

}  // namespace

AuthorizedUser::AuthorizedUser(Outside outside, const CredentialFile& file,
                               std::string quota_project)
    : outside_{std::move(outside)},
      file_{file.path()},
      named_by_variable_{file.named_by() == "GOOGLE_APPLICATION_CREDENTIALS"},
      client_id_{file.text("client_id")},
      client_secret_{file.text("client_secret")},
      refresh_token_{file.text("refresh_token")},
      token_uri_{file.google_url("token_uri", google_token_uri)},
      account_{file.text_or("account", "")},
      quota_project_{quota_project.empty() ? file.text_or("quota_project_id", "")
                                           : std::move(quota_project)} {}

AccessToken AuthorizedUser::token(std::stop_token stop) {
    const Form form{{"grant_type", "refresh_token"},
                    {"client_id", client_id_},
                    {"client_secret", client_secret_},
                    {"refresh_token", refresh_token_}};
    auto answer = request_token(outside_, token_uri_, form, "", stop);
    if (auto* token = std::get_if<AccessToken>(&answer)) return std::move(*token);

    const auto& refusal = std::get<Refusal>(answer);
    throw Error{Code::unauthenticated, fmt::format("Google refused the login in {}", file_)}
        .because(refusal.sentence())
        .fix(hint(refusal, named_by_variable_));
}

std::string AuthorizedUser::account(std::stop_token /*stop*/) { return account_; }

std::string AuthorizedUser::quota_project() const { return quota_project_; }

}  // namespace sheetbq::auth
