#pragma once

#include "sheetbq/control/store.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace sheetbq::app {

/// Whether a configuration is due, and why, in words: `last run 25 h ago, every 24 h`.
std::string why_due(const control::DueLine& line, Clock::TimePoint now);
/// What keeps a due configuration from starting; empty: nothing.
std::string blocked_by(const control::DueLine& line, Clock::TimePoint now);

/// One line of it, as in `sheetbq.due/v1`.
boost::json::object to_json(const control::DueLine& line);

/// A dry run for people: id, name, due or not, why, in what order, what blocks it.
std::string due_table(const std::vector<control::DueLine>& lines, Clock::TimePoint now,
                      bool paused);
/// The same for programs: `{"schema":"sheetbq.due/v1","configs":[...]}`.
std::string due_json(const std::vector<control::DueLine>& lines);

}  // namespace sheetbq::app
