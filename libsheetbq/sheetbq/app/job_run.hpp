#pragma once

#include "sheetbq/app/interrupter.hpp"
#include "sheetbq/app/settings.hpp"
#include "sheetbq/etl/run.hpp"

namespace sheetbq::app {

/// One run of the job in this process. Failures, also of the configuration, are in the report,
/// never thrown as Error.
/// @param lookup  the job's variables, wherever they come from.
/// @param preview_rows  first rows that a dry run shows.
/// @param interrupter  gets the run's time limit; its signal ends the run and is in the report.
etl::RunReport run_job(Settings settings, const etl::Lookup& lookup, etl::Mode mode,
                       std::size_t preview_rows, const Log& log, const etl::OnProgress& progress,
                       Interrupter& interrupter);

}  // namespace sheetbq::app
