#pragma once

#include "sheetbq/core/log.hpp"
#include "sheetbq/etl/read.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace sheetbq::app {

/// How far a run is, for people: `reading 40 %: 1,200,000 rows, window 5 of 12, 14.2 MB`.
std::string progress_text(const etl::Progress& progress);

/// The fields of the event `progress`.
Fields progress_fields(const etl::Progress& progress);

/// Reads an event that a job has written. @returns nothing for any other event.
std::optional<etl::Progress> read_progress(const boost::json::object& event);

}  // namespace sheetbq::app
