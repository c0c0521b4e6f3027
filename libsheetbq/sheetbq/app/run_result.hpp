#pragma once

#include "sheetbq/app/printer.hpp"
#include "sheetbq/control/follow.hpp"
#include "sheetbq/control/run_record.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/etl/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sheetbq::app {

/// A run of this process as a record of it would be.
control::Run record_of(const etl::RunReport& report, Clock::TimePoint began,
                       Clock::TimePoint ended);

/// Writes an ending into a record, for runs that no store keeps.
void end_record(control::Run& run, const control::Ending& ending, Clock::TimePoint ended);

/// The failure of a run that has ended, in its job's words where it left a report; nothing for one
/// that succeeded or is live.
std::optional<Error> failure_of(const control::Run& run);

/// A program's end when what it was asked about still goes on.
constexpr int exit_pending = 8;

/// As a program that ran it ends: `exit_pending` while it is live.
int exit_code_of(const control::Run& run);

/// What became of a run, for people: what was loaded, where to, what it took, warnings, links.
std::vector<Detail> details_of(const control::Run& run);

/// An id that is the same for the same key and the same load, so that a repeat adopts what the
/// first one did. The destination belongs to it: a key that is used twice by mistake must not make
/// one table's load pass for another's.
std::string run_id_of_key(const std::string& key, const etl::Options& options);

}  // namespace sheetbq::app
