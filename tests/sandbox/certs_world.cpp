#include "certs_world.hpp"

#include "signing.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace sheetbq::sandbox {

namespace json = boost::json;

void CertsWorld::rotate(std::size_t keep) {
    const auto pair = make_key_pair();
    const auto id = fmt::format("{:016x}{:08x}", std::hash<std::string>{}(pair.public_pem),
                                std::hash<std::string>{}(pair.private_pem) & 0xFFFF'FFFFU);
    const auto gone = keys.size() - std::min(keep, keys.size());
    keys.erase(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(gone));
    keys.push_back({id, pair.private_pem, pair.public_pem});
}

json::object CertsWorld::jwks() {
    if (keys.empty()) rotate();
    json::array list;
    for (const auto& key : keys) {
        const auto numbers = rsa_numbers(key.public_pem);
        list.push_back(json::object{{"kty", "RSA"},
                                    {"alg", "RS256"},
                                    {"use", "sig"},
                                    {"kid", key.id},
                                    {"n", base64url(numbers.modulus)},
                                    {"e", base64url(numbers.exponent)}});
    }
    return {{"keys", std::move(list)}};
}

std::string CertsWorld::sign(const json::object& claims, json::object header) {
    if (keys.empty()) rotate();
    const auto& key = keys.back();
    if (!header.contains("alg")) header["alg"] = "RS256";
    if (!header.contains("kid")) header["kid"] = key.id;
    if (!header.contains("typ")) header["typ"] = "JWT";
    const auto text = base64url(json::serialize(header)) + "." + base64url(json::serialize(claims));
    return text + "." + base64url(sign_rs256(key.private_pem, text));
}

json::object identity_claims(const std::string& email, const std::string& audience,
                             Clock::TimePoint now, const json::object& changes) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    // A stable number of 21 digits, as Google's are.
    const auto number = fmt::format("1{:020}", std::hash<std::string>{}(email));
    json::object claims{{"iss", "https://accounts.google.com"},
                        {"aud", audience},
                        {"azp", number},
                        {"sub", number},
                        {"email", email},
                        {"email_verified", true},
                        {"iat", seconds},
                        {"exp", seconds + 3600}};
    for (const auto& change : changes) {
        if (change.value().is_null())
            claims.erase(change.key());
        else
            claims[change.key()] = change.value();
    }
    return claims;
}

}  // namespace sheetbq::sandbox
