#pragma once

#include "sheetbq/auth/outside.hpp"
#include "sheetbq/auth/token_source.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace sheetbq::auth {

/// Whether a metadata server answers at its fixed address: three tries of 3 s at most.
bool on_google_cloud(const Outside& outside, std::stop_token stop);

/// The service account attached to this Cloud Run job, VM, ...; its tokens come from the metadata
/// server.
/// @see https://cloud.google.com/compute/docs/metadata/overview
class MetadataServer final : public TokenSource {
public:
    /// @param host  `host[:port]`; empty for `metadata.google.internal`.
    MetadataServer(Outside outside, std::string host, std::vector<std::string> scopes);

    AccessToken token(std::stop_token stop) override;
    /// Asked once; empty when the server tells no e-mail address.
    std::string account(std::stop_token stop) override;

private:
    http::Response get(const std::string& path, std::stop_token stop);
    Error explain(const http::Response& answer, const std::string& what) const;

    Outside outside_;
    std::string host_;
    std::vector<std::string> scopes_;
    std::mutex mutex_;
    std::string account_;
};

/// One value of the metadata server, e.g. `instance/region`; empty when it has none or there is no
/// such server. @param host  as for MetadataServer.
std::string metadata_value(const Outside& outside, const std::string& host, const std::string& path,
                           std::stop_token stop);

}  // namespace sheetbq::auth
