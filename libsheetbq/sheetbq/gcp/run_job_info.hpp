#pragma once

#include "sheetbq/gcp/run_jobs.hpp"

#include <chrono>
#include <string>

namespace sheetbq::gcp {

/// A Cloud Run job as jobs.get tells of it.
struct RunJobInfo {
    std::string image{};
    std::string service_account{};
    std::chrono::seconds timeout{600};  ///< of an attempt
    int max_retries = 3;
    int tasks = 1;
    int containers = 1;
};

/// @throws Error not_found with how to create it; permission_denied with the role to grant.
RunJobInfo run_job_info(ApiClient& api, const JobName& job, std::stop_token stop);

}  // namespace sheetbq::gcp
