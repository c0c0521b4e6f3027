#include "sheetbq/auth/delegation.hpp"

#include "sheetbq/auth/hints.hpp"

#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

std::string hint(const Refusal& refusal, const Delegation& delegation) {
    if (refusal.description.find("reasonable timeframe") != std::string::npos)
        return "Set this machine's clock: sudo timedatectl set-ntp true.";
    if (refusal.error == "invalid_grant")
        return fmt::format(
            "Set DELEGATED_USER to the primary e-mail address of a person of the Workspace domain; "
            "\"{}\" is not known there, or is suspended.",
            delegation.person);
    const auto id = delegation.client_id.empty()
                        ? fmt::format(
                              "that this prints: gcloud iam service-accounts describe {} "
                              "--format=\"value(oauth2ClientId)\"",
                              delegation.account)
                        : delegation.client_id;
    return fmt::format(
        "As a Workspace admin, open admin.google.com > Security > API controls > Domain-wide "
        "delegation, add these scopes exactly: {}  for the client id {}  (may take up to 24 hours "
        "to work).",
        comma_joined(delegation.scopes), id);
}

}  // namespace

Error explain_delegation(const Refusal& refusal, const Delegation& delegation) {
    return Error{Code::unauthenticated,
                 fmt::format("{} may not act as {}", delegation.account, delegation.person)}
        .because(refusal.sentence())
        .fix(hint(refusal, delegation));
}

}  // namespace sheetbq::auth
