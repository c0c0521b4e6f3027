#pragma once

#include "sheetbq/app/google.hpp"
#include "sheetbq/etl/run.hpp"

namespace sheetbq::app {

/// The composition root of a load: builds everything it works on, in order; later parts refer to
/// earlier ones.
class Environment {
public:
    /// Finds credentials, which may ask the metadata server.
    /// @throws Error unauthenticated, bad_config.
    Environment(const Settings& settings, const RetryPolicy& retry, const Log& log,
                std::stop_token stop)
        : network_{settings}, google_{network_, settings, retry, log, stop} {}
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    etl::Services services() {
        return {sheets_, drive_, bigquery_, network_.clock(), google_.traffic()};
    }
    const auth::Credentials& credentials() const { return google_.credentials(); }

private:
    Network network_;
    Google google_;
    gcp::Sheets sheets_{google_.sheets_api()};
    gcp::Drive drive_{google_.sheets_api()};
    gcp::BigQuery bigquery_{google_.cloud_api()};
};

}  // namespace sheetbq::app
