#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::auth {

inline constexpr std::string_view cloud_platform_scope =
    "https://www.googleapis.com/auth/cloud-platform";

/// `gcloud auth application-default login --scopes=...`, complete.
std::string login_command();

/// The sentence that tells to log in again, with what to do when Google blocks gcloud's client.
std::string log_in_again();

/// `gcloud iam service-accounts keys create ...` for `email`, or for a placeholder when empty.
std::string new_key_command(std::string_view email);

/// The command that lets `member` (an e-mail; may be empty) act as the service account `target`.
std::string grant_token_creator(std::string_view target, std::string_view member);

/// Comma-joined, as gcloud and the Workspace admin console take them.
std::string comma_joined(const std::vector<std::string>& scopes);

/// The scopes that Workspace guards: Sheets and Drive. These are asked for in a person's name.
std::vector<std::string> workspace_scopes(const std::vector<std::string>& scopes);

}  // namespace sheetbq::auth
