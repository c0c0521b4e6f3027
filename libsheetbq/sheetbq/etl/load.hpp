#pragma once

#include "sheetbq/core/interruption.hpp"
#include "sheetbq/etl/verdict.hpp"
#include "sheetbq/gcp/bigquery.hpp"

#include <cstdint>
#include <string>

namespace sheetbq::etl {

/// What a load did.
struct LoadOutcome {
    gcp::JobId job;
    std::uint64_t output_rows = 0;
    bool adopted = false;    ///< an earlier attempt of this run had loaded already
    std::uint64_t jobs = 0;  ///< load jobs begun, failed ones included
};

/// Puts the spooled CSV into the table by one load job: whole, or not at all.
///
/// Job ids derive from the run id, so repeats of one run never load twice. On an interruption the
/// job, if one runs, is cancelled before Error cancelled is thrown.
/// @throws Error of any class; unavailable when `outputRows` is not the number of rows sent.
LoadOutcome load(gcp::BigQuery& bigquery, const Source& source, const Destination& destination,
                 const ReadResult& read, const Verdict& verdict, const Spool& spool,
                 const Options& options, const Log& log, const OnProgress& progress,
                 const Interruption& interruption);

}  // namespace sheetbq::etl
