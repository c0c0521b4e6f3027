#pragma once

#include "sheetbq/gcp/api_client.hpp"

#include <string>
#include <vector>

namespace sheetbq::gcp {

/// A job of Cloud Scheduler that calls an address; times as the service writes them (RFC 3339),
/// empty: not set.
struct ScheduledCall {
    std::string name;      ///< `projects/P/locations/R/jobs/J`
    std::string state;     ///< ENABLED, PAUSED, DISABLED, UPDATE_FAILED
    std::string schedule;  ///< e.g. `*/5 * * * *`
    std::string time_zone;
    std::string uri;
    std::string account;  ///< whose identity token is sent; empty: none
    std::string last_attempt;
    std::string next_attempt;
    int code = 0;         ///< how the last attempt ended: google.rpc.Code, 0: well
    std::string message;  ///< of it

    std::string short_name() const { return name.substr(name.rfind('/') + 1); }
};

/// Those of a region.
/// @throws Error permission_denied with the role to grant, or the API to switch on.
std::vector<ScheduledCall> scheduled_calls(ApiClient& api, const std::string& project,
                                           const std::string& region, std::stop_token stop);

}  // namespace sheetbq::gcp
