#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// A fresh 2048-bit RSA key.
struct KeyPair {
    std::string private_pem;  ///< PKCS#8
    std::string public_pem;
};
KeyPair make_key_pair();

/// RS256 over `text`, as bytes. @throws Error internal when the key is unusable.
std::string sign_rs256(const std::string& private_pem, std::string_view text);
bool verify_rs256(const std::string& public_pem, std::string_view text, std::string_view signature);

/// The numbers of a public RSA key, big-endian. @throws Error internal when the key is unusable.
struct RsaNumbers {
    std::string modulus;
    std::string exponent;
};
RsaNumbers rsa_numbers(const std::string& public_pem);

std::string base64url(std::string_view bytes);
/// Without padding. @returns nothing when malformed.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace sheetbq::sandbox
