#include "support/certificate.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <fstream>
#include <memory>
#include <stdexcept>

namespace sheetbq::testing {
namespace {

template <class T, auto Free>
using Owned = std::unique_ptr<T, decltype([](T* object) { Free(object); })>;

using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedCertificate = Owned<X509, X509_free>;
using OwnedExtension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using OwnedBio = Owned<BIO, BIO_free>;

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error{fmt::format("OpenSSL cannot {}", what)};
}

void extend(X509* certificate, int kind, const std::string& value) {
    const OwnedExtension extension{X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extend");
}

OwnedCertificate self_signed(EVP_PKEY* key, const std::string& names) {
    OwnedCertificate certificate{X509_new()};
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("sheetbq test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate.get(), NID_subject_alt_name, names);
    require(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "sign");
    return certificate;
}

std::string content(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    auto pattern = (std::filesystem::temp_directory_path() / "sheetbq-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& content) const {
    const auto file = path_ / name;
    std::ofstream{file, std::ios::binary} << content;
    return file.string();
}

Certificate make_certificate(const std::string& names) {
    const OwnedKey key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    require(key != nullptr, "make a key");
    const auto certificate = self_signed(key.get(), names);
    const OwnedBio certificate_text{BIO_new(BIO_s_mem())};
    const OwnedBio key_text{BIO_new(BIO_s_mem())};
    require(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "write");
    require(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1,
            "write");
    return {content(certificate_text.get()), content(key_text.get()),
            fmt::format("{:08x}.0", X509_subject_name_hash(certificate.get()))};
}

}  // namespace sheetbq::testing
