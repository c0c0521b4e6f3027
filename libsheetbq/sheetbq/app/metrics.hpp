#pragma once

#include "sheetbq/control/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sheetbq::app {

/// The Content-Type of `open_metrics`.
inline constexpr std::string_view open_metrics_type =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What this process itself has used.
struct ProcessCounters {
    double cpu_seconds = 0;
    std::uint64_t peak_memory_bytes = 0;
    std::string version{};
};
ProcessCounters read_process_counters();

/// Numbers over all instances, and of this process, in OpenMetrics 1.0.
std::string open_metrics(const control::FleetMetrics& fleet,
                         const ProcessCounters& process = read_process_counters());

}  // namespace sheetbq::app
