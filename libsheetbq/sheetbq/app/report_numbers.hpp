#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sheetbq::app {

/// What the status page shows of a run's report.
struct ReportNumbers {
    std::optional<std::int64_t> rows{};
    std::optional<double> seconds{};  ///< of all phases together
};

/// @param report  JSON; whatever it lacks, or has in another form, stays empty.
ReportNumbers read_report_numbers(std::string_view report);

}  // namespace sheetbq::app
