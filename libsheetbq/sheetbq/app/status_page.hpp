#pragma once

#include "sheetbq/control/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// What the page is asked for: `?state=failing&q=orders&sort=lateness`.
struct StatusQuery {
    std::string state{};  ///< all | ok | failing | running | late | paused
    std::string text{};   ///< part of a name, sheet or table
    std::string sort{};   ///< name | state | last | next | lateness | rows | duration
};
/// Reads a query string; unknown words mean the default.
StatusQuery read_status_query(std::string_view query);

struct StatusView {
    std::vector<control::ConfigOverview> configs;
    Clock::TimePoint now{};
    bool paused = false;
    int live = 0;
    int max_running = 0;
    std::string version{};
};

/// The status page: HTML with everything in it, no script, light and dark.
std::string status_page(const StatusView& view, const StatusQuery& query);

}  // namespace sheetbq::app
