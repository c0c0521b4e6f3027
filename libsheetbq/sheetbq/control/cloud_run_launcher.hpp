#pragma once

#include "sheetbq/control/launcher.hpp"
#include "sheetbq/gcp/logging.hpp"
#include "sheetbq/gcp/run_jobs.hpp"

#include <memory>

namespace sheetbq::control {

/// Runs the job as executions of a Cloud Run Job.
/// @param logging  what its client spends on retries is what a missing report may cost.
/// @param settle  see Launcher::settle: 180 s is wise, 60 s the least; whoever reads it checks.
std::unique_ptr<Launcher> make_cloud_run_launcher(gcp::RunJobs& jobs, gcp::Logging& logging,
                                                  const gcp::JobName& job,
                                                  std::chrono::milliseconds settle, Clock& clock);

}  // namespace sheetbq::control
