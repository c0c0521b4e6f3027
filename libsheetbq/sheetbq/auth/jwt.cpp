#include "sheetbq/auth/jwt.hpp"

#include "sheetbq/core/error.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <climits>
#include <cstdint>

namespace sheetbq::auth {
namespace {

constexpr std::string_view audience = "https://oauth2.googleapis.com/token";
constexpr std::chrono::seconds lifetime{3600};

constexpr std::string_view standard_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view digits) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned pending = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
        for (pending += 8; pending >= 6; pending -= 6)
            text += digits[(bits >> (pending - 6)) & 0x3FU];
    }
    if (pending > 0) text += digits[(bits << (6 - pending)) & 0x3FU];
    return text;
}

std::optional<std::string> decode(std::string_view text, std::string_view digits) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned pending = 0;
    for (const char digit : text) {
        const auto value = digits.find(digit);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        pending += 6;
        if (pending < 8) continue;
        pending -= 8;
        bytes += static_cast<char>((bits >> pending) & 0xFFU);
    }
    if ((bits & ((1U << pending) - 1U)) != 0) return std::nullopt;
    return bytes;
}

/// Refuses encrypted keys; without it OpenSSL would ask for the password on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

std::int64_t unix_seconds(Clock::TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

Error cannot_sign() {
    ERR_clear_error();
    return {Code::internal, "OpenSSL could not sign a token request"};
}

}  // namespace

std::string base64(std::string_view bytes) {
    auto text = encode(bytes, standard_digits);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string base64url(std::string_view bytes) { return encode(bytes, url_digits); }

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return decode(text, standard_digits);
}

std::optional<std::string> decode_base64url(std::string_view text) {
    return decode(text, url_digits);
}

std::optional<RsaKey> RsaKey::from_pem(std::string_view pem) {
    if (pem.size() > INT_MAX) return std::nullopt;
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all};
    std::shared_ptr<EVP_PKEY> key{
        memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, no_password, nullptr) : nullptr,
        &EVP_PKEY_free};
    ERR_clear_error();
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return std::nullopt;
    return RsaKey{std::move(key)};
}

std::string RsaKey::sign(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free};
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1)
        throw cannot_sign();
    const std::vector<unsigned char> bytes{message.begin(), message.end()};
    std::size_t size = 0;
    if (EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) != 1)
        throw cannot_sign();
    std::vector<unsigned char> signature(size);
    if (EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) != 1)
        throw cannot_sign();
    return {signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string grant_claims(std::string_view account, const std::vector<std::string>& scopes,
                         Clock::TimePoint now, std::string_view person) {
    boost::json::object claims;
    claims["iss"] = account;
    claims["scope"] = fmt::format("{}", fmt::join(scopes, " "));
    claims["aud"] = audience;
    claims["iat"] = unix_seconds(now);
    claims["exp"] = unix_seconds(now + lifetime);
    if (!person.empty()) claims["sub"] = person;
    return boost::json::serialize(claims);
}

std::string signed_jwt(const RsaKey& key, std::string_view key_id, std::string_view claims) {
    boost::json::object header{{"alg", "RS256"}, {"typ", "JWT"}};
    if (!key_id.empty()) header["kid"] = key_id;
    const auto signed_part =
        fmt::format("{}.{}", base64url(boost::json::serialize(header)), base64url(claims));
    return fmt::format("{}.{}", signed_part, base64url(key.sign(signed_part)));
}

}  // namespace sheetbq::auth
