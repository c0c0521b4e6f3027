#pragma once

#include "sheetbq/core/clock.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sheetbq::control {

/// A configuration: one row of the owner's table, as it was when it was read.
struct Config {
    int id = 0;
    std::string name{};
    std::string sheet_url{};
    std::optional<std::string> tab{};
    std::string project{};
    std::string dataset{};
    std::string table{};
    std::string schema_handling{};
    std::optional<std::string> custom_schema{};  ///< JSON
    std::optional<std::string> options{};        ///< JSON; the column is optional
    bool active = true;
    std::optional<Clock::TimePoint> last_run{};
    std::optional<int> frequency_hours{};  ///< nothing or <= 0: once a tick
    std::optional<Clock::TimePoint> created_at{};
    std::string hash{};  ///< hexadecimal; changes when the owner edits what a run depends on

    /// Nothing for a configuration that runs once a tick.
    std::optional<std::chrono::hours> interval() const;
    /// `project.dataset.table`.
    std::string target() const { return project + "." + dataset + "." + table; }
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The job's variables for this configuration: the nine, and its options in upper case.
///
/// @param allowed_options  names of the job's options, e.g. `HEADER_ROW`; anything else is refused,
///     so that a row cannot set a variable of the machine.
/// @throws Error bad_config with every problem at once: an unknown option, options that are no JSON
///     object, a value over the 32 KiB that Cloud Run takes in one variable.
Variables job_variables(const Config& config, const std::set<std::string>& allowed_options);

}  // namespace sheetbq::control
