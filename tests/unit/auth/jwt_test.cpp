#include "sheetbq/auth/jwt.hpp"

#include "fixture.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

using namespace sheetbq;
using namespace sheetbq::testing;

TEST_CASE("base64 pads and base64url does not, with the alphabets of RFC 4648") {
    struct Row {
        std::string bytes, standard, url;
    };
    const auto row = GENERATE(values<Row>({{"", "", ""},
                                           {"f", "Zg==", "Zg"},
                                           {"fo", "Zm8=", "Zm8"},
                                           {"foo", "Zm9v", "Zm9v"},
                                           {"foob", "Zm9vYg==", "Zm9vYg"},
                                           {"\xFB\xEF\xFF", "++//", "--__"},
                                           {std::string(2, '\0'), "AAA=", "AAA"}}));
    CHECK(auth::base64(row.bytes) == row.standard);
    CHECK(auth::base64url(row.bytes) == row.url);
}

TEST_CASE("RsaKey signs so that the public key verifies, and nothing else does") {
    const auto key = auth::RsaKey::from_pem(private_key());
    REQUIRE(key);

    const auto signature = key->sign("header.claims");

    CHECK(signature.size() == 256);
    CHECK(verifies("header.claims", signature));
    CHECK_FALSE(verifies("header.claimz", signature));
}

TEST_CASE("RsaKey refuses what is not a plain RSA key") {
    const auto no_line_breaks = [] {
        auto pem = private_key();
        std::erase(pem, '\n');
        return pem;
    }();
    const std::string truncated = private_key().substr(0, 400);
    const std::string bad = GENERATE_COPY(
        values<std::string>({"", "not a key", no_line_breaks, truncated,
                             "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
                             // An EC key of RFC 7517's kind: right form, wrong algorithm.
                             "-----BEGIN PRIVATE KEY-----\n"
                             "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                             "-----END PRIVATE KEY-----\n"}));
    CHECK_FALSE(auth::RsaKey::from_pem(bad));
}

TEST_CASE("RsaKey refuses an encrypted key instead of asking for its password") {
    const std::shared_ptr<EVP_PKEY> key{
        EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}), &EVP_PKEY_free};
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory{BIO_new(BIO_s_mem()), &BIO_free_all};
    std::string password = "open sesame";
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), EVP_aes_128_cbc(),
                                          password.data(), static_cast<int>(password.size()),
                                          nullptr, nullptr) == 1);
    std::string pem(BIO_ctrl_pending(memory.get()), '\0');
    BIO_read(memory.get(), pem.data(), static_cast<int>(pem.size()));
    REQUIRE(pem.starts_with("-----BEGIN ENCRYPTED"));

    CHECK_FALSE(auth::RsaKey::from_pem(pem));
}

TEST_CASE("grant_claims are what Google documents, byte for byte") {
    const FakeClock clock;  // 2026-01-31T08:00:00Z

    CHECK(auth::grant_claims("a@b.c", {"s1", "s2"}, clock.now()) ==
          R"({"iss":"a@b.c","scope":"s1 s2","aud":"https://oauth2.googleapis.com/token",)"
          R"("iat":1769846400,"exp":1769850000})");
    CHECK(auth::grant_claims("a@b.c", {"s1"}, clock.now() + std::chrono::milliseconds{999},
                             "ann@corp.example") ==
          R"({"iss":"a@b.c","scope":"s1","aud":"https://oauth2.googleapis.com/token",)"
          R"("iat":1769846400,"exp":1769850000,"sub":"ann@corp.example"})");
}

TEST_CASE("signed_jwt names the key when its id is known") {
    const auto key = auth::RsaKey::from_pem(private_key());
    REQUIRE(key);

    const auto named = open_jwt(auth::signed_jwt(*key, "k1", R"({"iss":"x"})"));
    const auto nameless = open_jwt(auth::signed_jwt(*key, "", R"({"iss":"x"})"));

    CHECK(named.header == R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
    CHECK(named.claims == R"({"iss":"x"})");
    CHECK(named.genuine);
    CHECK(nameless.header == R"({"alg":"RS256","typ":"JWT"})");
    CHECK(nameless.genuine);
}
