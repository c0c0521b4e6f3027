#include "sheetbq/app/fleet.hpp"

#include "sheetbq/app/console.hpp"
#include "sheetbq/app/job_program.hpp"
#include "sheetbq/app/secret_option.hpp"
#include "sheetbq/auth/metadata_server.hpp"
#include "sheetbq/control/cloud_run_launcher.hpp"
#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/process_launcher.hpp"
#include "sheetbq/control/stateless.hpp"
#include "sheetbq/etl/options.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sheetbq::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds least_settle{60};
constexpr std::size_t longest_job_line = 250'000;  // what Cloud Logging takes in one entry

/// What fails for longer than this is asked again in the next round or tick.
constexpr RetryPolicy patience{.attempts = 3,
                               .max_delay = milliseconds{4'000},
                               .quota_delay = milliseconds{8'000},
                               .budget = milliseconds{12'000}};

/// Passes a job's line on: as the event that it is, or its sentence to a terminal.
void pass_on(LogFormat format, std::string_view line) {
    std::string whole{line.substr(0, longest_job_line)};
    if (format == LogFormat::text) {
        boost::system::error_code broken;
        const auto event = boost::json::parse(whole, broken);
        const auto* const message =
            !broken && event.is_object() ? event.get_object().if_contains("message") : nullptr;
        if (message != nullptr && message->is_string())
            whole = fmt::format("  {}", std::string_view{message->get_string()});
    }
    write_all(format == LogFormat::text ? STDERR_FILENO : STDOUT_FILENO, whole + "\n");
}

void set_progress(control::Variables& variables, std::chrono::seconds every) {
    std::erase_if(variables, [](const auto& each) { return each.first == "PROGRESS_SECONDS"; });
    variables.emplace_back("PROGRESS_SECONDS", std::to_string(every.count()));
}

}  // namespace

std::set<std::string> configurable_options() {
    static constexpr std::array<std::string_view, 12> fixed{
        "CONFIG_ID",           "CONFIG_NAME",
        "GOOGLE_SHEET_URL",    "GOOGLE_SHEET_TAB_NAME",
        "BIGQUERY_DATASET_ID", "GOOGLE_CLOUD_PROJECT_ID",
        "BIGQUERY_TABLE_ID",   "SCHEMA_HANDLING",
        "CUSTOM_SCHEMA",       "SHEETBQ_RUN_ID",
        "SHEETBQ_ATTEMPT",     "SHEETBQ_START_BY"};
    std::set<std::string> names;
    for (const auto& option : etl::option_definitions()) names.emplace(option.name);
    for (const auto name : fixed) names.erase(std::string{name});
    return names;
}

Fleet::Fleet(const Settings& settings, const FlagValues& flags, Log log, std::stop_token stop)
    : settings_{settings},
      flags_{flags},
      log_{std::move(log)},
      stop_{std::move(stop)},
      on_line_{[format = settings.log_format](std::string_view, std::string_view line) {
          pass_on(format, line);
      }},
      network_{settings} {}

Fleet::~Fleet() = default;

Google& Fleet::google() {
    if (!google_) google_ = std::make_unique<Google>(network_, settings_, patience, log_, stop_);
    return *google_;
}

Secret Fleet::read_secret(const std::string& name) {
    return gcp::Secrets{google().cloud_api()}.access(name, stop_);
}

auth::Outside Fleet::outside() {
    return {network_.transport(), network_.clock(), network_.jitter()};
}

std::string Fleet::region() {
    if (auto given = flags_.text("region"); !given.empty()) return given;
    if (!environment_variable("K_SERVICE") && !environment_variable("CLOUD_RUN_JOB")) return {};
    // projects/NUMBER/regions/REGION
    const auto told = auth::metadata_value(outside(), settings_.credentials.metadata_host,
                                           "instance/region", stop_);
    return told.substr(told.rfind('/') + 1);
}

std::string Fleet::project() {
    if (auto given = flags_.text("project"); !given.empty()) return given;
    return auth::metadata_value(outside(), settings_.credentials.metadata_host,
                                "project/project-id", stop_);
}

void Fleet::watch_jobs(OnJobLine on_line, std::chrono::seconds progress_every) {
    on_line_ = std::move(on_line);
    progress_every_ = progress_every;
}

gcp::Logging& Fleet::logging() {
    if (!logging_) logging_ = std::make_unique<gcp::Logging>(google().cloud_api());
    return *logging_;
}

bool Fleet::on_cloud_run() {
    if (here_) return false;
    const auto word = flags_.text("launcher");
    if (word == "cloud-run") return true;
    if (word == "local") return false;
    if (word != "auto")
        throw Error{Code::usage, fmt::format("--launcher is \"{}\"", word)}
            .because("it knows auto, cloud-run and local")
            .fix("Write --launcher=cloud-run or --launcher=local.");
    return !region().empty();
}

std::unique_ptr<control::Launcher> Fleet::make_launcher() {
    if (!on_cloud_run()) {
        auto inherited = inherited_variables();
        if (progress_every_) set_progress(inherited, *progress_every_);
        return control::make_process_launcher(
            {.program = find_job_program(flags_.text("job-program")),
             .inherited = std::move(inherited)},
            network_.clock(), on_line_);
    }
    const auto settle = flags_.duration("settle");
    if (settle < least_settle && !control::fault_build)
        throw Error{Code::usage, "--settle is too short"}
            .because(
                "an execution may be missing from Cloud Run's list for a minute; looking "
                "earlier starts it twice")
            .fix("Write --settle=60s or more.");
    const auto job = job_name();
    return control::make_cloud_run_launcher(run_jobs(), logging(), job, settle, network_.clock());
}

gcp::JobName Fleet::job_name() {
    const auto where = region();
    if (where.empty())
        throw Error{Code::usage, "the region of the Cloud Run job is not known"}.fix(
            "Add --region, e.g. --region=europe-west1.");
    return {project(), where, flags_.text("job-name")};
}

gcp::RunJobs& Fleet::run_jobs() {
    if (!run_jobs_) run_jobs_ = std::make_unique<gcp::RunJobs>(google().cloud_api());
    return *run_jobs_;
}

control::Launcher& Fleet::launcher() {
    if (!launcher_) launcher_ = make_launcher();
    return *launcher_;
}

control::ReconcileSettings Fleet::reconcile_settings() {
    control::ReconcileSettings settings;
    settings.allowed_options = configurable_options();
    settings.sheets_account = on_cloud_run() ? flags_.text("job-name") : "local";
    settings.starts_per_second = flags_.rate("start-rate");
    settings.sheets_reads_per_second = flags_.rate("sheets-rate");
    settings.due_slack = flags_.duration("due-slack");
    settings.lease = flags_.duration("lease");
    settings.poll = flags_.duration("poll");
    // All are about how far behind Cloud Run's lists may be. A start that is waited for longer than
    // that could still arrive when the list has told that it did not.
    settings.start_guard = std::min(settings.start_guard, flags_.duration("settle") / 3);
    settings.start_patience = std::min(settings.start_patience, flags_.duration("settle") / 2);
    settings.missing = std::min(settings.missing, flags_.duration("settle"));
    settings.report_patience = std::min(settings.report_patience, flags_.duration("settle") / 9);
    settings.run_timeout = flags_.duration("timeout");
    settings.keep_history =
        std::chrono::duration_cast<std::chrono::hours>(flags_.duration("keep-history"));
    settings.digest_threshold = static_cast<int>(flags_.number("digest-threshold", 1, 1'000));
    return settings;
}

gcp::Slack* Fleet::slack() {
    if (slack_) return slack_.get();
    const auto webhook =
        secret_option(flags_, "slack-webhook", [&](const auto& name) { return read_secret(name); });
    if (!webhook.empty())
        slack_ = std::make_unique<gcp::Slack>(network_.transport(), webhook, network_.clock());
    return slack_.get();
}

control::Notifier* Fleet::notifier() {
    const auto mode = flags_.text("notify");
    if (mode != "failures" && mode != "all" && mode != "none")
        throw Error{Code::usage, fmt::format("--notify is \"{}\"", mode)}
            .because("it knows failures, all and none")
            .fix("Write --notify=failures.");
    if (mode == "none" || slack() == nullptr) return nullptr;
    notifier_ = std::make_unique<control::Notifier>(
        store(), *slack_, network_.clock(), log_,
        control::NotifySettings{.prefix = flags_.text("slack-channel-prefix"),
                                .ticks = mode == "all"});
    return notifier_.get();
}

control::Reconciler& Fleet::reconciler() {
    if (!reconciler_)
        reconciler_ = std::make_unique<control::Reconciler>(
            store(), launcher(), notifier(),
            [this](const auto& run, const auto& config) { return resolve_load(run, config); },
            network_.clock(), log_, reconcile_settings());
    return *reconciler_;
}

control::TickReport Fleet::tick_without_state(const control::TickOrder& order,
                                              const Interruption& interruption) {
    if (!stateless_store_) stateless_store_ = connect(false);
    const auto given = flags_.given("max-parallel-jobs");
    const int parallel = given ? static_cast<int>(flags_.number("max-parallel-jobs", 1, 10'000))
                               : control::first_max_running;
    return control::tick_without_state(*stateless_store_, launcher(), order, parallel,
                                       reconcile_settings(), network_.clock(), log_, interruption);
}

std::optional<bool> Fleet::resolve_load(const control::Run& run, const control::Config& config) {
    constexpr int most_jobs = 5;  // a run's load job and its repeats, numbered from 1
    try {
        gcp::BigQuery bigquery{google().cloud_api()};
        const auto location = bigquery.location(config.project, config.dataset, stop_);
        for (int n = 1; n <= most_jobs; ++n) {
            const auto job = bigquery.find_job(
                {config.project, location, fmt::format("sheetbq_{}_{}", run.run_id, n)}, stop_);
            if (!job) return n == 1 ? std::optional{false} : std::nullopt;
            if (job->done && !job->failed()) return true;
        }
        return false;
    } catch (const Error& error) {
        log_.notice("load_not_resolved", error.what(), {{"run_id", run.run_id}});
        return std::nullopt;
    }
}

}  // namespace sheetbq::app
