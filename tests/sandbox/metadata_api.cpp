// The metadata server of Compute Engine and Cloud Run.

#include "auth_api.hpp"
#include "sandbox.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <map>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view default_scope = "https://www.googleapis.com/auth/cloud-platform";

Answer text(int status, std::string body, std::string_view type = "application/text") {
    return {.status = status,
            .headers = {{"metadata-flavor", "Google"},
                        {"server", "Metadata Server for VM"},
                        {"content-type", std::string{type}}},
            .body = std::move(body)};
}

Answer token(Sandbox& sandbox, const Call& call) {
    auto scopes = split(call.parameter("scopes"), ',');
    std::erase(scopes, "");
    if (scopes.empty() || !sandbox.identities.metadata_honours_scopes)
        scopes = {std::string{default_scope}};
    auto answer = token_answer(sandbox, sandbox.identities.metadata_account, scopes);
    return text(200, std::move(answer.body), "application/json");
}

/// `format=full` tells who it is, too.
Answer identity(Sandbox& sandbox, const Call& call) {
    const auto audience = call.parameter("audience");
    if (audience.empty()) return text(400, "non-empty audience parameter required");
    json::object changes;
    if (call.parameter("format") != "full")
        changes = {{"email", nullptr}, {"email_verified", nullptr}};
    return text(200, sandbox.identity_token(sandbox.identities.metadata_account, audience, changes),
                "text/html");
}

/// What stands under `instance/service-accounts/ACCOUNT/`.
Answer service_account(Sandbox& sandbox, const Call& call) {
    const auto& identities = sandbox.identities;
    const auto& account = call.path.at(4);
    if (account != "default" && account != identities.metadata_account)
        return text(404, "Service account not found.");
    const auto& leaf = call.path.at(5);
    if (leaf == "token") return token(sandbox, call);
    if (leaf == "identity") return identity(sandbox, call);
    if (leaf == "email") return text(200, identities.metadata_account);
    if (leaf == "scopes") return text(200, std::string{default_scope} + "\n");
    if (leaf.empty() && call.parameter("recursive") == "true")
        return text(200,
                    json::serialize(json::object{{"aliases", json::array{"default"}},
                                                 {"email", identities.metadata_account},
                                                 {"scopes", json::array{default_scope}}}),
                    "application/json");
    return text(404, "Not found.");
}

}  // namespace

Answer metadata(Sandbox& sandbox, const Call& call) {
    if (call.path.size() < 2) return text(200, "computeMetadata/\n");
    const auto flavor = call.headers.find("metadata-flavor");
    if (!flavor || *flavor != "Google") return text(403, "Missing Metadata-Flavor:Google header.");
    if (call.headers.find("x-forwarded-for"))
        return text(403, "Request contains the X-Forwarded-For header.");
    if (call.path.size() == 6) return service_account(sandbox, call);
    const auto& identities = sandbox.identities;
    const std::map<std::string, std::string, std::less<>> leaves{
        {"project/project-id", identities.project_id},
        {"project/numeric-project-id", identities.project_number},
        {"universe/universe-domain", "googleapis.com"},
        {"instance/region",
         fmt::format("projects/{}/regions/{}", identities.project_number, identities.region)}};
    if (call.path.size() == 3) return text(200, "instance/\nproject/\n");
    const auto leaf = leaves.find(call.path.at(2) + "/" + call.path.at(3));
    return leaf == leaves.end() ? text(404, "Not found.") : text(200, leaf->second);
}

}  // namespace sheetbq::sandbox
