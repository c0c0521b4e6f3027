#include "signing.hpp"

#include "sheetbq/core/error.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>

namespace sheetbq::sandbox {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::string text_of(BIO* bio) {
    std::string out;
    std::string piece(4096, '\0');
    for (;;) {
        const int size = BIO_read(bio, piece.data(), static_cast<int>(piece.size()));
        if (size <= 0) return out;
        out.append(piece, 0, static_cast<std::size_t>(size));
    }
}

Bio reader(std::string_view text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        throw Error{Code::internal, "cannot read the numbers of an RSA key"};
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(number);
    return bytes;
}

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

KeyPair make_key_pair() {
    const Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), EVP_PKEY_free};
    if (!key) throw Error{Code::internal, "cannot generate an RSA key"};
    const Bio secret{BIO_new(BIO_s_mem()), BIO_free_all};
    const Bio open{BIO_new(BIO_s_mem()), BIO_free_all};
    if (PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) != 1 ||
        PEM_write_bio_PUBKEY(open.get(), key.get()) != 1)
        throw Error{Code::internal, "cannot write an RSA key"};
    return {text_of(secret.get()), text_of(open.get())};
}

std::string sign_rs256(const std::string& private_pem, std::string_view text) {
    const auto bio = reader(private_pem);
    const Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    const Digest digest{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (!key || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes, text.size()) != 1)
        throw Error{Code::internal, "cannot sign with the sandbox's key"};
    signature.resize(size);
    return signature;
}

bool verify_rs256(const std::string& public_pem, std::string_view text,
                  std::string_view signature) {
    const auto bio = reader(public_pem);
    const Key key{PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    const Digest digest{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    return key &&
           EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
}

RsaNumbers rsa_numbers(const std::string& public_pem) {
    const auto bio = reader(public_pem);
    const Key key{PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    if (!key) throw Error{Code::internal, "a public key of the sandbox is unusable"};
    return {number_of(key.get(), OSSL_PKEY_PARAM_RSA_N),
            number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)};
}

std::string base64url(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out += alphabet[(bits >> held) & 63U];
        }
    }
    if (held > 0) out += alphabet[(bits << (6 - held)) & 63U];
    return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>((bits >> held) & 255U);
    }
    return out;
}

}  // namespace sheetbq::sandbox
