#pragma once

#include "sheetbq/app/doctor.hpp"
#include "sheetbq/control/store.hpp"
#include "sheetbq/core/clock.hpp"

#include <functional>

namespace sheetbq::app {

/// PostgreSQL: whether it answers and how old it is, its clock against this machine's, the schema's
/// version, the owner's table and our rights, runs that are stuck, and whether runs are paused.
/// @param connect  gives the store; may throw.
Diagnoses check_database(const std::function<control::Store&()>& connect, const Clock& clock);

}  // namespace sheetbq::app
