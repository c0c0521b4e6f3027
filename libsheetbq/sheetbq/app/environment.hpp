#pragma once

#include "sheetbq/app/settings.hpp"
#include "sheetbq/etl/run.hpp"

namespace sheetbq::app {

/// The composition root: builds everything a run works on, in order; later parts refer to earlier
/// ones.
class Environment {
public:
    /// Finds credentials, which may ask the metadata server.
    /// @throws Error unauthenticated, bad_config.
    Environment(const Settings& settings, const RetryPolicy& retry, const Log& log,
                std::stop_token stop);
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    etl::Services services() { return {sheets_, drive_, bigquery_, clock_, traffic_}; }
    const auth::Credentials& credentials() const { return credentials_; }

private:
    SystemClock clock_;
    Jitter jitter_ = full_jitter();
    http::BeastTransport network_;
    http::EndpointRewriter transport_;
    auth::Credentials credentials_;
    gcp::Traffic traffic_;
    OnRetry on_retry_;
    gcp::ApiClient sheets_api_;
    gcp::ApiClient cloud_api_;
    gcp::Sheets sheets_;
    gcp::Drive drive_;
    gcp::BigQuery bigquery_;
};

}  // namespace sheetbq::app
