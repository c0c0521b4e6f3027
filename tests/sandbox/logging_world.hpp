#pragma once

#include "sheetbq/core/clock.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// A log entry as entries.list shows it.
struct LogEntry {
    std::string project;
    Clock::TimePoint timestamp;
    std::string insert_id;         ///< orders entries of the same time
    Clock::TimePoint received;     ///< it cannot be found before
    boost::json::object resource;  ///< LogEntry of the API
};

/// Cloud Logging as the sandbox knows it.
struct LoggingWorld {
    std::deque<LogEntry> entries;
    std::chrono::milliseconds lag{0};    ///< from writing to being found
    int page_size = 1000;                ///< entries in one answer at most
    int empty_pages = 0;                 ///< so many answers without entries begin every list
    std::set<std::string> readers{"*"};  ///< accounts with logging.logEntries.list
    std::function<void(const LogEntry&)> on_entry;  ///< called under the lock, found or not
};

/// Where a line comes from.
struct LineSource {
    std::string project;
    std::string region;
    std::string job;
    std::string execution;  ///< short name
    int task = 0;
    int attempt = 0;
    bool is_stderr = false;
};

/// Takes a line as Cloud Run's log agent does: a JSON object becomes jsonPayload, its special
/// fields those of the entry; anything else is textPayload.
void write_line(LoggingWorld& world, const LineSource& source, std::string_view line,
                Clock::TimePoint now);

}  // namespace sheetbq::sandbox
