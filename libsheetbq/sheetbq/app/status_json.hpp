#pragma once

#include "sheetbq/control/store.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace sheetbq::app {

/// All of a run, `null` where it has nothing; times in RFC 3339, its report as an object.
boost::json::object to_json(const control::Run& run);

/// A configuration as its owner wrote it, with what its runs have led to.
boost::json::object to_json(const control::ConfigOverview& overview);

/// `{"schema":"sheetbq.config/v1","configs":[...]}`: each as its owner wrote it, with what its runs
/// have led to, its live run and its recent ones.
std::string configs_json(const std::vector<control::ConfigOverview>& configs);

/// `{"schema":"sheetbq.run/v1","runs":[...]}`.
std::string runs_json(const std::vector<control::Run>& runs);

}  // namespace sheetbq::app
