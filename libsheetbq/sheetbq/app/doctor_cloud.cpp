#include "sheetbq/app/doctor_cloud.hpp"

#include "sheetbq/app/humane.hpp"
#include "sheetbq/gcp/permissions.hpp"
#include "sheetbq/gcp/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

constexpr std::string_view probe_variable = "SHEETBQ_DOCTOR_PROBE";
constexpr std::chrono::seconds start_patience{30};
constexpr int most_looks = 10;
constexpr std::chrono::seconds between_looks{1};

std::string update_job(const gcp::JobName& job, std::string_view change) {
    return fmt::format("Run: gcloud run jobs update {} --project={} --region={} {}", job.job,
                       job.project, job.region, change);
}

std::string list_of(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

/// What of a job's settings does not fit our runs.
Diagnoses unfit(const gcp::JobName& job, const gcp::RunJobInfo& info,
                std::chrono::seconds run_timeout) {
    const auto check = "Cloud Run job " + job.job;
    Diagnoses found;
    if (info.tasks != 1)
        found.push_back({check, Health::failed, fmt::format("has {} tasks", info.tasks),
                         "each task would load the same sheet into the same table",
                         update_job(job, "--tasks=1")});
    // A second attempt is harmless: its load job has the id of the first.
    if (info.max_retries > 1)
        found.push_back({check, Health::warning,
                         fmt::format("is tried {} times", info.max_retries + 1),
                         "a sheet that is refused once is refused each time, and failures are told "
                         "late",
                         update_job(job, "--max-retries=0")});
    if (info.timeout < run_timeout)
        found.push_back({check, Health::warning,
                         fmt::format("is stopped by Cloud Run after {}", span_text(info.timeout)),
                         fmt::format("a run may take {} (--timeout)", span_text(run_timeout)),
                         update_job(job, fmt::format("--task-timeout={}s", run_timeout.count()))});
    if (info.service_account.empty() ||
        info.service_account.ends_with("-compute@developer.gserviceaccount.com"))
        found.push_back({check, Health::warning, "runs as the default service account",
                         "that account may do far more than a copy needs",
                         update_job(job, fmt::format("--service-account=sheetbq-job@{}.iam."
                                                     "gserviceaccount.com",
                                                     job.project))});
    return found;
}

std::string bind_job(const gcp::JobName& job, const std::string& account, std::string_view role) {
    return fmt::format(
        "Run: gcloud run jobs add-iam-policy-binding {} --project={} --region={} --member={} "
        "--role={}",
        job.job, job.project, job.region, gcp::iam_member(account), role);
}

bool starts_or_stops(const std::string& permission) {
    static constexpr std::array<std::string_view, 3> known{
        "run.jobs.run", "run.jobs.runWithOverrides", "run.executions.cancel"};
    return std::find(known.begin(), known.end(), permission) != known.end();
}

Diagnosis lacking(const std::string& check, const std::string& account,
                  const std::vector<std::string>& missing, std::string why, std::string fix) {
    return {check, Health::failed, fmt::format("{} lacks {}", account, list_of(missing)),
            std::move(why), std::move(fix)};
}

/// The variable of an execution; nothing while Cloud Run does not show it.
std::optional<std::string> read_back(gcp::RunJobs& jobs, const std::string& name, Clock& clock,
                                     const std::stop_token& stop) {
    for (int look = 0; look < most_looks && !stop.stop_requested(); ++look) {
        if (look > 0) clock.sleep(between_looks, stop);
        const auto found = jobs.find_execution(name, stop);
        if (!found) continue;
        for (const auto& [key, value] : found->env)
            if (key == probe_variable) return value;
        return "";
    }
    return std::nullopt;
}

bool looks_like_ours(const gcp::ScheduledCall& call) {
    return call.uri.ends_with("/tick") || call.name.find("sheet") != std::string::npos ||
           call.uri.find("sheet") != std::string::npos;
}

Diagnosis judge_call(const gcp::ScheduledCall& call, const std::string& region) {
    const auto check = "scheduler " + call.short_name();
    if (call.state != "ENABLED")
        return {check, call.state == "PAUSED" ? Health::warning : Health::failed,
                fmt::format("is {}", call.state), "it calls nobody as long as it is",
                fmt::format("Run: gcloud scheduler jobs resume {} --location={}", call.short_name(),
                            region)};
    if (call.code != 0)
        return {
            check, Health::failed, fmt::format("its last call of {} failed", call.uri),
            fmt::format("code {}{}{}", call.code, call.message.empty() ? "" : ": ", call.message),
            "Look at the orchestrator's log, and whether the scheduler's account has "
            "roles/run.servicesInvoker on the service."};
    if (call.account.empty() || !call.uri.starts_with("https://"))
        return {check, Health::warning, fmt::format("calls {} without an identity", call.uri),
                "the orchestrator cannot tell its calls from a stranger's",
                fmt::format("Run: gcloud scheduler jobs update http {} --location={} "
                            "--oidc-service-account-email=ACCOUNT --oidc-token-audience=URL",
                            call.short_name(), region)};
    return {check, Health::ok,
            fmt::format("calls {} at {} {}, last {}", call.uri, call.schedule, call.time_zone,
                        call.last_attempt.empty() ? "never" : call.last_attempt)};
}

}  // namespace

Diagnoses check_run_job(gcp::ApiClient& api, const gcp::JobName& job,
                        std::chrono::seconds run_timeout, std::optional<gcp::RunJobInfo>& found,
                        std::stop_token stop) {
    const auto check = "Cloud Run job " + job.job;
    return examined(check, [&]() -> Diagnoses {
        found = gcp::run_job_info(api, job, stop);
        auto problems = unfit(job, *found, run_timeout);
        problems.insert(
            problems.begin(),
            {check, Health::ok,
             fmt::format(
                 "is in {} of {}, image {}, runs as {}", job.region, job.project, found->image,
                 found->service_account.empty() ? "the default account" : found->service_account)});
        return problems;
    });
}

Diagnoses check_run_rights(gcp::ApiClient& api, const gcp::JobName& job, std::stop_token stop) {
    const std::string check = "rights on the job";
    auto found = examined(check, [&]() -> Diagnoses {
        const auto account = api.account(stop);
        const auto missing = gcp::missing_permissions(
            api, gcp::iam_run_job(job),
            {"run.jobs.get", "run.jobs.run", "run.jobs.runWithOverrides", "run.executions.get",
             "run.executions.list", "run.executions.cancel", "run.tasks.list"},
            stop);
        std::vector<std::string> to_act;
        std::vector<std::string> to_look;
        for (const auto& each : missing) (starts_or_stops(each) ? to_act : to_look).push_back(each);
        Diagnoses lacks;
        if (!to_act.empty())
            lacks.push_back(lacking(check, account, to_act,
                                    "runs could be neither started nor stopped",
                                    bind_job(job, account, "roles/run.jobsExecutorWithOverrides")));
        if (!to_look.empty())
            lacks.push_back(lacking(check, account, to_look, "runs could not be followed",
                                    bind_job(job, account, "roles/run.viewer")));
        if (!lacks.empty()) return lacks;
        return {{check, Health::ok,
                 fmt::format("{} may start, follow and stop its executions", account)}};
    });
    const std::string logs = "rights on its log";
    for (auto& each : examined(logs, [&]() -> Diagnoses {
             const auto account = api.account(stop);
             const auto missing = gcp::missing_permissions(api, gcp::iam_project(job.project),
                                                           {"logging.logEntries.list"}, stop);
             if (missing.empty())
                 return {{logs, Health::ok, fmt::format("{} may read it", account)}};
             return {lacking(logs, account, missing, "the report of a run is a line of its log",
                             fmt::format("Run: gcloud projects add-iam-policy-binding {} "
                                         "--member={} --role=roles/logging.viewer",
                                         job.project, gcp::iam_member(account)))};
         }))
        found.push_back(std::move(each));
    return found;
}

Diagnoses check_overrides(gcp::ApiClient& api, const gcp::JobName& job, const std::string& probe,
                          std::stop_token stop) {
    const std::string check = "overrides";
    return examined(check, [&]() -> Diagnoses {
        gcp::RunJobs jobs{api};
        // Started too late by its own watch, the job ends without touching anything.
        const auto answer = jobs.run(
            job,
            {{std::string{probe_variable}, probe}, {"SHEETBQ_START_BY", "2000-01-01T00:00:00Z"}},
            start_patience, stop);
        const auto execution =
            answer.status / 100 == 2 ? gcp::RunJobs::started(answer) : std::nullopt;
        if (!execution) return {failed(check, jobs.refusal(job, answer, stop))};
        const auto seen = read_back(jobs, execution->name, api.clock(), stop);
        jobs.cancel_execution(execution->name, stop);
        const auto name = execution->name.substr(execution->name.rfind('/') + 1);
        if (seen == probe)
            return {{check, Health::ok,
                     fmt::format("variables of {} can be read back; it was cancelled", name)}};
        return {{check, Health::failed,
                 fmt::format("the variables of {} cannot be read back", name),
                 seen ? "Cloud Run shows the execution without them"
                      : "Cloud Run did not show the execution within 10 s",
                 "A start whose answer is lost cannot be found again then: report this, and use "
                 "--launcher=local until it is understood."}};
    });
}

Diagnoses check_scheduler(gcp::ApiClient& api, const std::string& project,
                          const std::string& region, const std::string& name,
                          std::stop_token stop) {
    const std::string check = "scheduler";
    try {
        Diagnoses found;
        for (const auto& call : gcp::scheduled_calls(api, project, region, stop))
            if (name.empty() ? looks_like_ours(call) : call.short_name() == name)
                found.push_back(judge_call(call, region));
        if (!found.empty()) return found;
        return {{check, name.empty() ? Health::warning : Health::failed,
                 name.empty() ? fmt::format("no job of Cloud Scheduler in {} of {} calls an "
                                            "orchestrator",
                                            region, project)
                              : fmt::format("there is no job {} of Cloud Scheduler in {} of {}",
                                            name, region, project),
                 "nothing runs by itself, unless cron or --loop does it",
                 "helper example --kind=scheduler prints the commands that make one."}};
    } catch (const Error& error) {
        return {warned(check, error)};
    }
}

Diagnoses check_secret(gcp::ApiClient& api, const std::string& name, std::stop_token stop) {
    const auto secret = name.substr(0, name.find("/versions/"));
    const auto check = "secret " + secret.substr(secret.rfind('/') + 1);
    return examined(check, [&]() -> Diagnoses {
        const auto account = api.account(stop);
        const std::vector<std::string> wanted{"secretmanager.versions.access"};
        const auto missing = gcp::missing_permissions(api, gcp::iam_secret(name), wanted, stop);
        if (missing.empty()) return {{check, Health::ok, fmt::format("{} may read it", account)}};
        return {lacking(check, account, missing, "it is used as a password or webhook",
                        fmt::format("Run: gcloud secrets add-iam-policy-binding {} --member={} "
                                    "--role=roles/secretmanager.secretAccessor",
                                    secret, gcp::iam_member(account)))};
    });
}

}  // namespace sheetbq::app
