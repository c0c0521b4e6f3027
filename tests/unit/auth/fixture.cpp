#include "fixture.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace sheetbq::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;

const Key& rsa_key() {
    static const Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}),
                         &EVP_PKEY_free};
    return key;
}

std::string to_pem(EVP_PKEY* key) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory{BIO_new(BIO_s_mem()), &BIO_free_all};
    PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    std::string text(BIO_ctrl_pending(memory.get()), '\0');
    BIO_read(memory.get(), text.data(), static_cast<int>(text.size()));
    return text;
}

std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
        i += 2;
    }
    return plain;
}

}  // namespace

const std::string& private_key() {
    static const std::string pem = to_pem(rsa_key().get());
    return pem;
}

bool verifies(std::string_view message, std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free};
    const std::vector<unsigned char> text{message.begin(), message.end()};
    const std::vector<unsigned char> proof{signature.begin(), signature.end()};
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, rsa_key().get()) ==
               1 &&
           EVP_DigestVerify(context.get(), proof.data(), proof.size(), text.data(), text.size()) ==
               1;
}

std::string from_base64url(std::string_view text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string bytes;
    unsigned bits = 0;
    unsigned pending = 0;
    for (const char digit : text) {
        bits = (bits << 6U) | static_cast<unsigned>(digits.find(digit));
        pending += 6;
        if (pending < 8) continue;
        pending -= 8;
        bytes += static_cast<char>((bits >> pending) & 0xFFU);
    }
    return bytes;
}

Jwt open_jwt(std::string_view jwt) {
    const auto first = jwt.find('.');
    const auto last = jwt.rfind('.');
    return {from_base64url(jwt.substr(0, first)),
            from_base64url(jwt.substr(first + 1, last - first - 1)),
            verifies(jwt.substr(0, last), from_base64url(jwt.substr(last + 1)))};
}

std::string form_value(std::string_view form, std::string_view name) {
    while (!form.empty()) {
        const auto pair = form.substr(0, form.find('&'));
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) == name) return unescape(pair.substr(equals + 1));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
    }
    return {};
}

TempDir::TempDir() : path_{std::filesystem::temp_directory_path() / "sheetbq_auth_XXXXXX"} {
    if (!mkdtemp(path_.data())) throw std::runtime_error{"no temporary folder"};
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::file(const std::string& name, const std::string& text) const {
    const auto path = std::filesystem::path{path_} / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << text;
    return path;
}

std::string World::use(const boost::json::object& fields) {
    settings.credentials_file = folder.file("credentials.json", boost::json::serialize(fields));
    return settings.credentials_file;
}

auth::Credentials World::credentials(std::vector<std::string> scopes) {
    return auth::application_default(settings, std::move(scopes), google, clock,
                                     [](std::chrono::milliseconds cap) { return cap; }, {});
}

boost::json::object key_file() {
    return {{"type", "service_account"},    {"project_id", "demo"},  {"private_key_id", "kid-1"},
            {"private_key", private_key()}, {"client_email", robot}, {"client_id", "104030201"},
            {"token_uri", token_url}};
}

boost::json::object user_file() {
    return {{"type", "authorized_user"},
            {"account", ""},
            {"client_id", "client-1.apps.googleusercontent.com"},
            {"client_secret", "very-secret-client"},
            {"refresh_token", "1//very-secret-refresh"},
            {"quota_project_id", "quota-of-file"}};
}

boost::json::object impersonation_file(boost::json::object source) {
    return {{"type", "impersonated_service_account"},
            {"service_account_impersonation_url",
             fmt::format("{}{}:generateAccessToken", iam_prefix, robot)},
            {"delegates", boost::json::array{"projects/-/serviceAccounts/between@demo"}},
            {"quota_project_id", "quota-of-person"},
            {"source_credentials", std::move(source)}};
}

boost::json::object federation_file(boost::json::object source) {
    return {
        {"type", "external_account"},
        {"audience",
         "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"},
        {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
        {"token_url", "https://sts.googleapis.com/v1/token"},
        {"service_account_impersonation_url",
         fmt::format("{}{}:generateAccessToken", iam_prefix, robot)},
        {"credential_source", std::move(source)}};
}

std::string token_json(const std::string& value) {
    return boost::json::serialize(boost::json::object{
        {"access_token", value}, {"expires_in", 3599}, {"token_type", "Bearer"}});
}

}  // namespace sheetbq::testing
