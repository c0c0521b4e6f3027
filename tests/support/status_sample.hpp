#pragma once

#include "sheetbq/app/status_page.hpp"

namespace sheetbq::testing {

/// The moment at which the sample is seen: 2026-01-31 08:00:05 UTC.
Clock::TimePoint sample_now();

/// A finished run, `ago` before then.
control::Run sample_run(control::RunState state, std::chrono::seconds ago,
                        std::chrono::milliseconds length, std::int64_t rows);

/// A configuration that runs daily and always did, with 20 runs.
control::ConfigOverview sample_config(int id, const std::string& name);

/// Twenty configurations in every state, with long, foreign and hostile names.
app::StatusView sample_view();

/// Numbers of a fleet, each another one.
control::FleetMetrics sample_metrics();

/// Very many of them.
app::StatusView large_view(int configs);

}  // namespace sheetbq::testing
