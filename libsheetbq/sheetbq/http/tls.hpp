#pragma once

#include "sheetbq/http/beast_transport.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

namespace sheetbq::http {

struct FreeTlsContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTlsContext>;

/// TLS 1.2 or newer, peers verified against the certificates that `settings` names.
/// @throws Error bad_config when SSL_CERT_FILE cannot be read.
TlsContext make_tls_context(const ConnectionSettings& settings);

/// Demands that the peer's certificate is for `host` (a name or an address) and names it in SNI.
void expect_host(SSL* tls, const std::string& host);

/// Why the peer's certificate was refused, in OpenSSL's words; nothing when it was not.
std::optional<std::string> certificate_problem(SSL* tls);

}  // namespace sheetbq::http
