#include "sheetbq/auth/file_credentials.hpp"

#include "sheetbq/auth/authorized_user.hpp"
#include "sheetbq/auth/cached.hpp"
#include "sheetbq/auth/delegated_user.hpp"
#include "sheetbq/auth/external_account.hpp"
#include "sheetbq/auth/hints.hpp"
#include "sheetbq/auth/impersonated.hpp"
#include "sheetbq/auth/service_account.hpp"

#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

using Scopes = std::vector<std::string>;

std::shared_ptr<TokenSource> cached(const Outside& outside, std::shared_ptr<TokenSource> source) {
    return std::make_shared<CachedTokens>(std::move(source), outside.clock);
}

Found service_account(const Outside& outside, const CredentialFile& file, const Scopes& scopes) {
    const auto key = service_account_key(file);
    return {cached(outside, std::make_shared<ServiceAccount>(outside, key, scopes)),
            fmt::format("service_account key {} ({})", file.path(), key.email),
            [outside, key](std::string person, Scopes asked) {
                return cached(outside, std::make_shared<ServiceAccount>(
                                           outside, key, std::move(asked), std::move(person)));
            }};
}

Found authorized_user(const Outside& outside, const CredentialFile& file,
                      const std::string& quota_project) {
    auto source = std::make_shared<AuthorizedUser>(outside, file, quota_project);
    const auto person = source->account({});
    return {cached(outside, std::move(source)),
            fmt::format("authorized_user {}{}", file.path(),
                        person.empty() ? "" : fmt::format(" ({})", person))};
}

Found impersonated(const Outside& outside, const CredentialFile& file, const Scopes& scopes,
                   const std::string& quota_project) {
    const auto target = impersonation_target(file);
    const auto source = file_credentials(outside, file.object("source_credentials"),
                                         {std::string{cloud_platform_scope}}, "");
    const auto account = cached(
        outside,
        std::make_shared<Impersonated>(outside, source.account, target, scopes, quota_project));
    const KeylessAccount signer{account, source.account, target.delegates};
    return {account, fmt::format("impersonated_service_account {} ({})", file.path(), target.email),
            [outside, signer](std::string person, Scopes asked) {
                return cached(outside, std::make_shared<DelegatedUser>(
                                           outside, signer, std::move(person), std::move(asked)));
            }};
}

/// `service_account_impersonation.token_lifetime_seconds`: a number, 600 to 43200.
std::chrono::seconds lifetime(const CredentialFile& file) {
    constexpr auto field = "service_account_impersonation";
    if (!file.has(field)) return std::chrono::seconds{3600};
    const auto seconds = file.object(field).number_or("token_lifetime_seconds", 3600);
    if (seconds < 600 || seconds > 43'200)
        throw file.bad(field, "has a token_lifetime_seconds that is not 600 to 43200");
    return std::chrono::seconds{seconds};
}

Error needs_account(const CredentialFile& file) {
    return Error{Code::unauthenticated,
                 fmt::format("the credentials file {} cannot read sheets", file.path())}
        .because(
            "it has no \"service_account_impersonation_url\", and a federated identity without a "
            "service account has no e-mail address to share a sheet with")
        .fix(
            "Make the file again with: gcloud iam workload-identity-pools create-cred-config ... "
            "--service-account=EMAIL.");
}

Found external_account(const Outside& outside, const CredentialFile& file, const Scopes& scopes,
                       const std::string& quota_project) {
    if (!file.has("service_account_impersonation_url")) {
        if (!workspace_scopes(scopes).empty()) throw needs_account(file);
        return {cached(outside, std::make_shared<ExternalAccount>(outside, file, scopes)),
                fmt::format("external_account {}", file.path())};
    }
    auto target = impersonation_target(file);
    target.lifetime = lifetime(file);
    const auto federated =
        cached(outside, std::make_shared<ExternalAccount>(
                            outside, file, Scopes{std::string{cloud_platform_scope}}));
    const auto account = cached(
        outside, std::make_shared<Impersonated>(outside, federated, target, scopes, quota_project));
    // A pool's members may get tokens of the account, but not sign for it: it asks for itself.
    const KeylessAccount signer{account, account};
    return {account, fmt::format("external_account {} ({})", file.path(), target.email),
            [outside, signer](std::string person, Scopes asked) {
                return cached(outside, std::make_shared<DelegatedUser>(
                                           outside, signer, std::move(person), std::move(asked)));
            }};
}

Error unsupported(const CredentialFile& file, const std::string& type) {
    auto error = Error{Code::unauthenticated,
                       fmt::format("the credentials file {} is not usable", file.path())}
                     .because(fmt::format("its type is {}, which is not supported", type));
    if (type == "external_account_authorized_user")
        return std::move(error).fix(
            "A workforce login cannot be given access to sheets. Act as a service account: gcloud "
            "auth application-default login --impersonate-service-account=SERVICE_ACCOUNT_EMAIL.");
    if (type == "gdch_service_account")
        return std::move(error).fix(
            fmt::format("Google Distributed Cloud has no Sheets. Use a key of a service account of "
                        "Google Cloud: {}.",
                        new_key_command("")));
    return std::move(error).fix(
        "Use a file whose \"type\" is service_account, authorized_user, "
        "impersonated_service_account or external_account.");
}

Error no_type(const CredentialFile& file) {
    if (!file.has("installed") && !file.has("web")) return file.bad("type", "is missing");
    return Error{Code::unauthenticated,
                 fmt::format("the credentials file {} is not usable", file.path())}
        .because("it is an OAuth client, which says who the program is, not who you are")
        .fix(fmt::format("Unset GOOGLE_APPLICATION_CREDENTIALS and run: {} --client-id-file={}.",
                         login_command(), file.path()));
}

}  // namespace

Found file_credentials(const Outside& outside, const CredentialFile& file, const Scopes& scopes,
                       const std::string& quota_project) {
    const auto type = file.text_or("type", "");
    if (type.empty()) throw no_type(file);
    if (type == "service_account") return service_account(outside, file, scopes);
    if (type == "authorized_user") return authorized_user(outside, file, quota_project);
    if (type == "impersonated_service_account")
        return impersonated(outside, file, scopes, quota_project);
    if (type == "external_account") return external_account(outside, file, scopes, quota_project);
    throw unsupported(file, type);
}

}  // namespace sheetbq::auth
