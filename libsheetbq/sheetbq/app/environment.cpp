#include "sheetbq/app/environment.hpp"

#include <fmt/format.h>

namespace sheetbq::app {

Environment::Environment(const Settings& settings, const RetryPolicy& retry, const Log& log,
                         std::stop_token stop)
    : network_{settings.connection},
      transport_{network_, settings.endpoints},
      credentials_{auth::application_default(settings.credentials, auth::default_scopes(),
                                             transport_, clock_, jitter_, stop)},
      on_retry_{[log](const Error& error, int attempt, std::chrono::milliseconds wait) {
          log.notice("request_retried",
                     fmt::format("{}; attempt {} follows in {:.1f} s", error.what(), attempt + 1,
                                 std::chrono::duration<double>(wait).count()),
                     {{"error_code", std::string{to_string(error.code())}},
                      {"attempt", std::int64_t{attempt}}});
      }},
      sheets_api_{transport_, *credentials_.sheets, clock_, retry, jitter_, on_retry_, traffic_},
      cloud_api_{transport_, *credentials_.cloud, clock_, retry, jitter_, on_retry_, traffic_},
      sheets_{sheets_api_},
      drive_{sheets_api_},
      bigquery_{cloud_api_} {}

}  // namespace sheetbq::app
