#include "identities.hpp"

#include "signing.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <functional>

namespace sheetbq::sandbox {

namespace json = boost::json;

std::string make_service_account_key(Identities& identities, const std::string& email,
                                     const std::string& token_uri) {
    const auto pair = make_key_pair();
    const auto id = fmt::format("{:016x}{:08x}", std::hash<std::string>{}(pair.public_pem),
                                std::hash<std::string>{}(email)&0xFFFF'FFFFU);
    identities.service_accounts[email].keys[id] = pair.public_pem;
    return json::serialize(json::object{
        {"type", "service_account"},
        {"project_id", identities.project_id},
        {"private_key_id", id},
        {"private_key", pair.private_pem},
        {"client_email", email},
        {"client_id", "100000000000000000001"},
        {"auth_uri", "https://accounts.google.com/o/oauth2/auth"},
        {"token_uri", token_uri},
        {"universe_domain", "googleapis.com"},
    });
}

std::set<std::string> login_scopes() {
    const std::string prefix = "https://www.googleapis.com/auth/";
    return {"openid", prefix + "userinfo.email", prefix + "cloud-platform",
            prefix + "spreadsheets.readonly", prefix + "drive.metadata.readonly"};
}

std::string make_authorized_user(Identities& identities, const std::string& email,
                                 const std::set<std::string>& scopes) {
    const auto number = identities.refresh_tokens.size() + 1;
    const auto token = "1//sandbox-" + std::to_string(number);
    const RefreshToken known{.client_id = "sandbox.apps.googleusercontent.com",
                             .client_secret = "sandbox-secret",
                             .email = email,
                             .scopes = scopes};
    identities.refresh_tokens[token] = known;
    return json::serialize(json::object{{"type", "authorized_user"},
                                        {"client_id", known.client_id},
                                        {"client_secret", known.client_secret},
                                        {"refresh_token", token},
                                        {"universe_domain", "googleapis.com"}});
}

}  // namespace sheetbq::sandbox
