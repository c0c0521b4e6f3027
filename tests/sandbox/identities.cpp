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

}  // namespace sheetbq::sandbox
