#pragma once

#include "sheetbq/control/store.hpp"

#include <string>

namespace sheetbq::app {

/// The run that a person names: by its id, a beginning of it that no other run has, or the name of
/// its execution, with or without its path.
/// @throws Error not_found; usage naming the runs when several begin so.
control::Run find_run(control::Store& store, const std::string& word);

/// The name of an execution without its path.
std::string short_execution(const std::string& name);

/// As much of a run's id as people need to tell runs apart, those of one tick too.
std::string short_id(const std::string& run_id);

}  // namespace sheetbq::app
