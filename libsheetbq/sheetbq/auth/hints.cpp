#include "sheetbq/auth/hints.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sheetbq::auth {

std::string login_command() {
    return "gcloud auth application-default login --scopes=openid,"
           "https://www.googleapis.com/auth/userinfo.email,"
           "https://www.googleapis.com/auth/cloud-platform,"
           "https://www.googleapis.com/auth/spreadsheets.readonly,"
           "https://www.googleapis.com/auth/drive.metadata.readonly";
}

std::string log_in_again() {
    return fmt::format(
        "Run: {}  (where Google says \"This app is blocked\", add --client-id-file=CLIENT_ID_FILE "
        "with an OAuth client of your own).",
        login_command());
}

std::string new_key_command(std::string_view email) {
    return fmt::format("gcloud iam service-accounts keys create key.json --iam-account={}",
                       email.empty() ? "ACCOUNT_EMAIL" : email);
}

std::string grant_token_creator(std::string_view target, std::string_view member) {
    const std::string_view kind =
        member.ends_with("gserviceaccount.com") ? "serviceAccount" : "user";
    return fmt::format(
        "gcloud iam service-accounts add-iam-policy-binding {} --member={}:{} "
        "--role=roles/iam.serviceAccountTokenCreator",
        target, kind, member.empty() ? "YOUR_EMAIL" : member);
}

std::string comma_joined(const std::vector<std::string>& scopes) {
    return fmt::format("{}", fmt::join(scopes, ","));
}

std::vector<std::string> workspace_scopes(const std::vector<std::string>& scopes) {
    constexpr std::string_view prefix = "https://www.googleapis.com/auth/";
    std::vector<std::string> chosen;
    for (const auto& scope : scopes)
        if (scope.starts_with(fmt::format("{}spreadsheets", prefix)) ||
            scope.starts_with(fmt::format("{}drive", prefix)))
            chosen.push_back(scope);
    return chosen;
}

}  // namespace sheetbq::auth
