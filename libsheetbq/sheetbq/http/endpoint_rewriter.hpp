#pragma once

#include "sheetbq/http/transport.hpp"

#include <string>

namespace sheetbq::http {

/// Where calls for Google's hosts go instead. Empty members leave them alone.
struct Endpoints {
    std::string api_root{};           ///< SHEETBQ_API_ROOT: `https://H/x` becomes `<api_root>/H/x`
    std::string bigquery_emulator{};  ///< BIGQUERY_EMULATOR_HOST: `host:port` or a URL
};

/// Sends calls for `https://*.googleapis.com`, `https://accounts.google.com` and
/// `https://hooks.slack.com` where `endpoints` says; everything else as it is.
class EndpointRewriter final : public Transport {
public:
    /// @throws Error bad_config when a root is not a URL, or is plain http to a host that is not
    ///     loopback.
    EndpointRewriter(Transport& next, Endpoints endpoints);

    Response send(const Request& request, const BodySink* sink, std::stop_token stop) override;

private:
    Transport& next_;
    Endpoints endpoints_;
};

}  // namespace sheetbq::http
