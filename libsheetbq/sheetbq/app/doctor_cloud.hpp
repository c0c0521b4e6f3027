#pragma once

#include "sheetbq/app/doctor.hpp"
#include "sheetbq/gcp/run_job_info.hpp"
#include "sheetbq/gcp/run_jobs.hpp"

#include <chrono>
#include <optional>
#include <string>

/// What runs the copies: Cloud Run, Cloud Scheduler, Secret Manager. As in doctor_google.hpp.
namespace sheetbq::app {

/// The Cloud Run job: whether it is there, and fit for our runs.
/// @param run_timeout  after which an orchestrator cancels a run.
/// @param found  set when it is there.
Diagnoses check_run_job(gcp::ApiClient& api, const gcp::JobName& job,
                        std::chrono::seconds run_timeout, std::optional<gcp::RunJobInfo>& found,
                        std::stop_token stop);

/// Whether we may start, follow and stop its executions, and read their log.
Diagnoses check_run_rights(gcp::ApiClient& api, const gcp::JobName& job, std::stop_token stop);

/// Starts an execution that does nothing, reads its variables back, and cancels it.
/// @param probe  a text that no other execution has.
Diagnoses check_overrides(gcp::ApiClient& api, const gcp::JobName& job, const std::string& probe,
                          std::stop_token stop);

/// The job of Cloud Scheduler that calls the orchestrator.
/// @param name  its short name; empty: whichever calls something that looks like one.
Diagnoses check_scheduler(gcp::ApiClient& api, const std::string& project,
                          const std::string& region, const std::string& name, std::stop_token stop);

/// Whether we may read a secret. @param name  `projects/P/secrets/S/versions/V`.
Diagnoses check_secret(gcp::ApiClient& api, const std::string& name, std::stop_token stop);

}  // namespace sheetbq::app
