#pragma once

#include "sheetbq/etl/load.hpp"
#include "sheetbq/etl/options.hpp"
#include "sheetbq/etl/report.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "sheetbq/gcp/drive.hpp"
#include "sheetbq/gcp/sheets.hpp"

namespace sheetbq::etl {

/// The parts of the world that a run works on.
struct Services {
    gcp::Sheets& sheets;
    gcp::Drive& drive;
    gcp::BigQuery& bigquery;
    Clock& clock;
    gcp::Traffic& traffic;
};

enum class Mode { load, dry_run };

/// One run: look, read, judge, load. Failures are in the report, never thrown as Error.
///
/// @param options  `run_id` must be set. Under Mode::dry_run nothing is written anywhere.
RunReport run(const Services& services, const Options& options, Mode mode, const Log& log,
              const OnProgress& progress, const Interruption& interruption);

/// A run id for a run that was given none: time-ordered and unique.
std::string make_run_id(Clock& clock);

}  // namespace sheetbq::etl
