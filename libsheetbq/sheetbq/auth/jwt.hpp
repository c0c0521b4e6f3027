#pragma once

#include "sheetbq/core/clock.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace sheetbq::auth {

/// Base64 with the standard alphabet and padding, for Basic authorization.
std::string base64(std::string_view bytes);

/// Base64 with the URL alphabet and without padding, for JWTs.
std::string base64url(std::string_view bytes);

/// What `base64` or `base64url` made `text` of.
/// @returns nothing when no bytes are written that way: other characters, wrong padding, bits left
///     over.
std::optional<std::string> decode_base64(std::string_view text);
std::optional<std::string> decode_base64url(std::string_view text);

/// A private RSA key. Cheap to copy; safe to sign with from several threads.
class RsaKey {
public:
    /// @returns nothing when `pem` is not an unencrypted private RSA key.
    static std::optional<RsaKey> from_pem(std::string_view pem);

    /// RSASSA-PKCS1-v1_5 with SHA-256, as `RS256` means it.
    std::string sign(std::string_view message) const;

private:
    explicit RsaKey(std::shared_ptr<evp_pkey_st> key) : key_{std::move(key)} {}

    std::shared_ptr<evp_pkey_st> key_;
};

/// The claims of a grant `jwt-bearer`: one hour from `now`, for Google's token endpoint.
///
/// @param person  who to act as (`sub`); empty for the account itself.
std::string grant_claims(std::string_view account, const std::vector<std::string>& scopes,
                         Clock::TimePoint now, std::string_view person = {});

/// A signed JWT of these claims. `key_id` may be empty.
std::string signed_jwt(const RsaKey& key, std::string_view key_id, std::string_view claims);

}  // namespace sheetbq::auth
