#pragma once

#include "sheetbq/app/printer.hpp"
#include "sheetbq/control/store.hpp"

#include <vector>

namespace sheetbq::app {

/// The life of a run as `sheetbq.event/v1`, in the order in which it happened: from its row, and
/// from the messages that tell of it.
Listing run_events(const control::Run& run, const std::vector<control::OutboxLine>& messages,
                   Clock::TimePoint now);

}  // namespace sheetbq::app
