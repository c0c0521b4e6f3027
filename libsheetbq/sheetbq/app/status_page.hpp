#pragma once

#include "sheetbq/control/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// What the page is asked for: `?state=failing&q=orders&sort=lateness&page=2`.
struct StatusQuery {
    std::string state{};  ///< all | ok | failing | running | late | paused | never | inactive
    std::string text{};   ///< part of a name, sheet or table, or an id
    /// state (the default: what needs a look first) | name | last | next | lateness | rows |
    /// duration; `-` before it turns the order round.
    std::string sort{};
    int page = 1;         ///< of 100 configurations each
    bool reload = false;  ///< the page loads itself anew every minute
};
/// Reads a query string; unknown words mean the default.
StatusQuery read_status_query(std::string_view query);

struct StatusView {
    std::vector<control::ConfigOverview> configs{};
    Clock::TimePoint now{};
    bool paused = false;
    int live = 0;
    int max_running = 0;
    std::string version{};
};

/// The status page: HTML with everything in it, no script, light and dark.
std::string status_page(const StatusView& view, const StatusQuery& query);

/// The Content-Security-Policy that the page needs: its own style and nothing else.
std::string_view status_page_policy();

}  // namespace sheetbq::app
