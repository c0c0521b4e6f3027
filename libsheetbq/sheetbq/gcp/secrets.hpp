#pragma once

#include "sheetbq/core/secret.hpp"
#include "sheetbq/gcp/api_client.hpp"

#include <string>
#include <string_view>

namespace sheetbq::gcp {

/// Whether this names a version of a secret: `projects/P/secrets/S/versions/V`, perhaps with
/// `locations/R`.
bool is_secret_name(std::string_view text);

/// Secret Manager API v1.
class Secrets {
public:
    explicit Secrets(ApiClient& api) : api_{api} {}

    /// The secret, checksum verified, without line breaks at its end. Costs one request.
    /// @throws Error not_found, permission_denied (names the role), bad_config (disabled),
    /// unavailable
    ///     when the checksum keeps being wrong.
    Secret access(const std::string& name, std::stop_token stop);

private:
    ApiClient& api_;
};

}  // namespace sheetbq::gcp
