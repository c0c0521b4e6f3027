#pragma once

#include "sheetbq/app/printer.hpp"
#include "sheetbq/control/store.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sheetbq::app {

/// How a state looks.
Tone tone_of(control::RunState state);

/// How many rows it wrote; nothing of a run that did not succeed.
std::optional<std::int64_t> loaded_rows(const control::Run& run);

/// Names of configurations by id.
using ConfigNames = std::map<int, std::string>;
/// Of those that the runs belong to.
ConfigNames config_names(control::Store& store, const std::vector<control::Run>& runs);

/// to_json of the run, and `config_name`, `rows` and `seconds`: null where they are not known.
boost::json::object run_json(const control::Run& run, const ConfigNames& names);

/// Runs as `sheetbq.run/v1`. @param wide  there is room for what went wrong.
Listing run_listing(const std::vector<control::Run>& runs, const ConfigNames& names,
                    Clock::TimePoint now, bool wide);

/// How a run stands, and what to type next.
std::vector<Detail> run_details(const control::Run& run,
                                const std::optional<control::Config>& config, Clock::TimePoint now);
/// What else is known of it: its report, columns and seconds by phase.
std::vector<Detail> report_details(const control::Run& run);

/// A sentence of an error in its parts: what, why, what to do; a line each.
Shown error_shown(const control::Run& run);

}  // namespace sheetbq::app
