#include "sheetbq/app/google.hpp"

#include <fmt/format.h>

namespace sheetbq::app {

Google::Google(Network& network, const Settings& settings, const RetryPolicy& retry, const Log& log,
               std::stop_token stop)
    : credentials_{auth::application_default(settings.credentials, auth::default_scopes(),
                                             network.transport(), network.clock(), network.jitter(),
                                             stop)},
      on_retry_{[log](const Error& error, int attempt, std::chrono::milliseconds wait) {
          log.notice("request_retried",
                     fmt::format("{}; attempt {} follows in {:.1f} s", error.what(), attempt + 1,
                                 std::chrono::duration<double>(wait).count()),
                     {{"error_code", std::string{to_string(error.code())}},
                      {"attempt", std::int64_t{attempt}}});
      }},
      sheets_api_{network.transport(),
                  *credentials_.sheets,
                  network.clock(),
                  retry,
                  network.jitter(),
                  on_retry_,
                  traffic_},
      cloud_api_{network.transport(), *credentials_.cloud, network.clock(), retry,
                 network.jitter(),    on_retry_,           traffic_} {}

}  // namespace sheetbq::app
