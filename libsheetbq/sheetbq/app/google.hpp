#pragma once

#include "sheetbq/app/settings.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/gcp/api_client.hpp"

#include <memory>

namespace sheetbq::app {

/// The way out: the clock and the network, without anybody's credentials.
class Network {
public:
    explicit Network(const Settings& settings)
        : network_{settings.connection}, transport_{network_, settings.endpoints} {}
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    Clock& clock() { return clock_; }
    const Jitter& jitter() const { return jitter_; }
    http::Transport& transport() { return transport_; }

private:
    SystemClock clock_;
    Jitter jitter_ = full_jitter();
    http::BeastTransport network_;
    http::EndpointRewriter transport_;
};

/// Google, as the account whose credentials were found.
class Google {
public:
    /// Finds credentials, which may ask the metadata server.
    /// @throws Error unauthenticated, bad_config.
    Google(Network& network, const Settings& settings, const RetryPolicy& retry, const Log& log,
           std::stop_token stop);
    Google(const Google&) = delete;
    Google& operator=(const Google&) = delete;

    const auth::Credentials& credentials() const { return credentials_; }
    /// Sheets and Drive: as the delegated person, if there is one.
    gcp::ApiClient& sheets_api() { return sheets_api_; }
    /// Everything else: always as the account itself.
    gcp::ApiClient& cloud_api() { return cloud_api_; }
    gcp::Traffic& traffic() { return traffic_; }

private:
    auth::Credentials credentials_;
    gcp::Traffic traffic_;
    OnRetry on_retry_;
    gcp::ApiClient sheets_api_;
    gcp::ApiClient cloud_api_;
};

}  // namespace sheetbq::app
