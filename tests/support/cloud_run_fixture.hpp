#pragma once

#include "sandbox/sandbox.hpp"
#include "sheetbq/control/cloud_run_launcher.hpp"
#include "support/fake_clock.hpp"
#include "support/job_fixture.hpp"

#include <memory>
#include <string>

namespace sheetbq::testing {

/// A Cloud Run job in the sandbox, the clients for it and a launcher; one attempt a call, so that
/// nothing waits.
class CloudRun {
public:
    explicit CloudRun(http::Transport* transport = nullptr)
        : tokens{google, clock},
          api{transport == nullptr ? google : *transport,        tokens, clock,  {.attempts = 1},
              [](auto) { return std::chrono::milliseconds{0}; }, {},     traffic} {
        google.run.jobs[job.path()].max_retries = 0;
    }

    control::Launcher& launcher() { return *launcher_; }
    sandbox::CloudRunJob& cloud_job() { return google.run.jobs.at(job.path()); }
    control::StartAnswer start(const std::string& run_id = "run-1") {
        return launcher().start({{"SHEETBQ_RUN_ID", run_id}, {"CONFIG_ID", "7"}},
                                std::chrono::seconds{30}, {});
    }
    /// The execution of a start that went well.
    control::Execution started(const std::string& run_id = "run-1") {
        return start(run_id).execution.value();
    }

    FakeClock clock;
    sandbox::Sandbox google{clock};
    gcp::JobName job{.project = "demo-project", .region = "europe-west1", .job = "sheetbq-job"};
    SandboxTokens tokens;
    gcp::Traffic traffic;
    gcp::ApiClient api;
    gcp::RunJobs jobs{api};
    gcp::Logging logging{api};

private:
    std::unique_ptr<control::Launcher> launcher_ =
        control::make_cloud_run_launcher(jobs, logging, job, std::chrono::seconds{180}, clock);
};

}  // namespace sheetbq::testing
