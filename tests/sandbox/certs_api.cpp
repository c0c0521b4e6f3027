// Google's keys for identity tokens, and the tokens themselves.
// https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken

#include "routes.hpp"
#include "sandbox.hpp"
#include "target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

Answer certs(Sandbox& sandbox, const Call&) {
    auto answer = json_answer(sandbox.certs.jwks());
    answer.headers.set("cache-control",
                       fmt::format("public, max-age={}, must-revalidate, no-transform",
                                   sandbox.certs.max_age.count()));
    return answer;
}

Answer refused(std::string_view what) {
    return json_answer(
        json::object{{"error", what}, {"hint", "Write it as docs/sandbox.md describes."}}, 400);
}

std::string text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

/// POST /_sandbox/identity-token {"email", "audience", "claims"}
Answer identity_token(Sandbox& sandbox, const Call& call) {
    boost::system::error_code problem;
    const auto value = json::parse(call.body, problem);
    const auto* order = problem ? nullptr : value.if_object();
    if (order == nullptr) return refused("the order is not a JSON object");
    const auto audience = text_at(*order, "audience");
    if (audience.empty()) return refused(R"("audience" is missing)");
    auto email = text_at(*order, "email");
    if (email.empty()) email = sandbox.identities.metadata_account;
    const auto* claims = order->if_contains("claims");
    if (claims != nullptr && !claims->is_object()) return refused(R"("claims" is no object)");
    const auto& changes = claims != nullptr ? claims->get_object() : json::object{};
    return json_answer(json::object{{"token", sandbox.identity_token(email, audience, changes)}});
}

/// POST /_sandbox/rotate-keys
Answer rotate_keys(Sandbox& sandbox, const Call&) {
    sandbox.certs.rotate();
    return json_answer(json::object{{"signs_with", sandbox.certs.keys.back().id}});
}

}  // namespace

std::string Sandbox::identity_token(const std::string& email, const std::string& audience,
                                    const json::object& changes) {
    std::string token;
    edit([&] { token = certs.sign(identity_claims(email, audience, clock().now(), changes)); });
    return token;
}

std::span<const Route> certs_routes() {
    using http::Method;
    static const std::vector<Route> routes{
        {Method::get, "www.googleapis.com", "/oauth2/v3/certs", certs, {}},
        {Method::post, control_host, "/_sandbox/identity-token", identity_token, {}},
        {Method::post, control_host, "/_sandbox/rotate-keys", rotate_keys, {}},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
