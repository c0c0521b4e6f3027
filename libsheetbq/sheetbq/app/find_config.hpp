#pragma once

#include "sheetbq/control/store.hpp"

#include <string>

namespace sheetbq::app {

/// The configuration that a person names: digits are an id, anything else a name, as it is spelled
/// or else without regard to case.
/// @throws Error not_found with the nearest name; usage with the ids when several rows bear the
///     name.
control::Config find_config(control::Store& store, const std::string& id_or_name);

}  // namespace sheetbq::app
