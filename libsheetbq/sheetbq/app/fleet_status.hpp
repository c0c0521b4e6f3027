#pragma once

#include "sheetbq/app/status_page.hpp"
#include "sheetbq/control/store.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sheetbq::app {

/// All that `helper status` tells of the whole.
struct FleetStatus {
    control::PoolState pool{};
    std::vector<control::ConfigOverview> configs{};
    std::vector<control::Run> last{};  ///< newest runs
    double oldest_unseen_poll = 0;     ///< as in FleetMetrics
    std::int64_t messages_waiting = 0;
};

/// `sheetbq.status/v1`, without the word of the schema.
boost::json::object fleet_status_json(const FleetStatus& status);

/// One screen for a person.
std::string fleet_status_text(const FleetStatus& status, std::size_t width, bool colour);

}  // namespace sheetbq::app
