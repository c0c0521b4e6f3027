#pragma once

#include "sheetbq/core/clock.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace sheetbq::sandbox {

/// A job of Cloud Scheduler with an HTTP target.
struct SchedulerJob {
    std::string uri = "https://orchestrator-abc-ew.a.run.app/tick";
    std::string state = "ENABLED";
    std::string schedule = "*/5 * * * *";
    std::string time_zone = "Etc/UTC";
    std::string oidc_account = "scheduler@demo-project.iam.gserviceaccount.com";  ///< empty: none
    std::optional<Clock::TimePoint> last_attempt{};
    int code = 0;  ///< google.rpc.Code of the last attempt
    std::string message{};
};

/// Cloud Scheduler, as far as it is looked at. Nothing is ever called by it here.
struct SchedulerWorld {
    std::map<std::string, SchedulerJob> jobs{};  ///< by `projects/P/locations/R/jobs/J`
    std::set<std::string> readers{"*"};          ///< with cloudscheduler.jobs.list and .get
    int page_size = 500;                         ///< jobs in one answer at most
};

}  // namespace sheetbq::sandbox
