#include "sheetbq/http/tls.hpp"

#include "sheetbq/core/error.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>

namespace sheetbq::http {
namespace {

constexpr const char* system_directory = "/etc/ssl/certs";

std::string last_problem() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

Error broken(std::string_view what) {
    return Error{Code::internal, fmt::format("OpenSSL could not {}", what)}.because(last_problem());
}

void trust(SSL_CTX* context, const ConnectionSettings& settings) {
    const auto& file = settings.ssl_cert_file;
    if (!file.empty() && SSL_CTX_load_verify_file(context, file.c_str()) != 1)
        throw Error{Code::bad_config,
                    fmt::format("no certificates can be read from SSL_CERT_FILE={}", file)}
            .because(last_problem())
            .fix("Set SSL_CERT_FILE to a PEM file, or unset it to use /etc/ssl/certs.");
    std::string directory = settings.ssl_cert_dir;
    if (directory.empty() && file.empty()) directory = system_directory;
    // Looked into when a certificate is needed; nothing is read now.
    if (!directory.empty() && SSL_CTX_load_verify_dir(context, directory.c_str()) != 1)
        throw broken("add the certificate directory");
}

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

TlsContext make_tls_context(const ConnectionSettings& settings) {
    TlsContext context{SSL_CTX_new(TLS_client_method())};
    if (!context) throw broken("set up TLS");
    // What SSL_CTX_set_min_proto_version and SSL_CTX_set_mode expand to, without their C casts.
    if (SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr) != 1)
        throw broken("ask for TLS 1.2");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    trust(context.get(), settings);
    return context;
}

void expect_host(SSL* tls, const std::string& host) {
    X509_VERIFY_PARAM* wanted = SSL_get0_param(tls);
    if (is_address(host)) {
        if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1)
            throw broken("check the server's address");
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    std::string name = host;
    if (X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) != 1 ||
        SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1)
        throw broken("name the server");
}

std::optional<std::string> certificate_problem(SSL* tls) {
    const auto result = SSL_get_verify_result(tls);
    if (result == X509_V_OK) return std::nullopt;
    return X509_verify_cert_error_string(result);
}

}  // namespace sheetbq::http
