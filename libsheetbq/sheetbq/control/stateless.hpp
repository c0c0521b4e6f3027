#pragma once

#include "sheetbq/control/follow.hpp"
#include "sheetbq/control/reconcile.hpp"

#include <vector>

namespace sheetbq::control {

/// One tick without the schema `sheetbq`: runs what is due, and remembers nothing but `last_run`.
///
/// Each configuration is locked while it runs, so that two of these never run it at once. What the
/// schema is for is missing: history, backoff, incidents, a cap over all instances, and finding a
/// start whose answer got lost.
/// @param parallel  at most so many at once, 4 in all: each holds a connection.
TickReport tick_without_state(Store& store, Launcher& launcher, const TickOrder& order,
                              int parallel, const ReconcileSettings& settings, Clock& clock,
                              const Log& log, const Interruption& interruption);

}  // namespace sheetbq::control
