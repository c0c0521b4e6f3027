#pragma once

#include "sheetbq/app/flags.hpp"
#include "sheetbq/app/google.hpp"
#include "sheetbq/auth/outside.hpp"
#include "sheetbq/control/notify.hpp"
#include "sheetbq/control/pg_store.hpp"
#include "sheetbq/control/reconcile.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "sheetbq/gcp/logging.hpp"
#include "sheetbq/gcp/run_jobs.hpp"
#include "sheetbq/gcp/secrets.hpp"
#include "sheetbq/gcp/slack.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace sheetbq::app {

/// Takes each line that a job writes, with its run id.
using OnJobLine = std::function<void(std::string_view run_id, std::string_view line)>;

/// The composition root of everything that works on many configurations: PostgreSQL, a launcher,
/// notifications. Parts are made when they are first asked for, so that what needs no credentials
/// works without.
class Fleet {
public:
    /// @param flags  holds at least postgres_flags; for more than the store, run_flags and
    ///     notify_flags too.
    Fleet(const Settings& settings, const FlagValues& flags, Log log, std::stop_token stop);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    Clock& clock() { return network_.clock(); }
    http::Transport& transport() { return network_.transport(); }

    /// Connects, checks the owner's table, and brings the schema up to date unless
    /// `--no-auto-migrate` forbids it.
    control::Store& store();
    /// The same in READ ONLY transactions, whatever the schema's state.
    control::Store& read_only_store();
    /// Runs are to be processes of this machine, whatever the flags say.
    void run_here() { here_ = true; }
    /// What the lines of local jobs go to; call before anything runs.
    /// @param on_line  see control::make_process_launcher.
    /// @param progress_every  between two events `progress` of theirs.
    void watch_jobs(OnJobLine on_line, std::chrono::seconds progress_every);
    /// The same, writable, and the schema is left as it is.
    control::Store& bare_store();
    /// Whether a flag, a variable or a settings file says anything about PostgreSQL.
    bool knows_postgres() const;
    /// Whether runs are executions of Cloud Run.
    bool on_cloud_run();
    control::Launcher& launcher();
    /// The Cloud Run job. @throws Error usage when its region is not known.
    gcp::JobName job_name();
    /// Cloud Run's API, for looking at executions without a launcher.
    gcp::RunJobs& run_jobs();
    /// Cloud Logging, as far as it is read.
    gcp::Logging& logging();
    /// Google, as whoever runs this program.
    Google& google();
    /// Nothing: no webhook is given.
    gcp::Slack* slack();
    control::Reconciler& reconciler();
    /// One tick without the schema `sheetbq`.
    control::TickReport tick_without_state(const control::TickOrder& order,
                                           const Interruption& interruption);

private:
    Secret read_secret(const std::string& name);
    auth::Outside outside();
    std::string region();
    std::string project();
    std::unique_ptr<control::Store> connect(bool read_only);
    std::unique_ptr<control::Launcher> make_launcher();
    control::ReconcileSettings reconcile_settings();
    control::Notifier* notifier();
    std::optional<bool> resolve_load(const control::Run& run, const control::Config& config);

    const Settings& settings_;
    const FlagValues& flags_;
    Log log_;
    std::stop_token stop_;
    bool here_ = false;
    OnJobLine on_line_;
    std::optional<std::chrono::seconds> progress_every_;
    Network network_;
    std::unique_ptr<Google> google_;
    std::unique_ptr<gcp::Logging> logging_;
    std::unique_ptr<gcp::RunJobs> run_jobs_;
    std::unique_ptr<control::Store> stateless_store_;
    std::unique_ptr<control::Store> store_;
    std::unique_ptr<control::Store> read_only_store_;
    std::unique_ptr<control::Store> bare_store_;
    std::unique_ptr<control::Launcher> launcher_;
    std::unique_ptr<gcp::Slack> slack_;
    std::unique_ptr<control::Notifier> notifier_;
    std::unique_ptr<control::Reconciler> reconciler_;
};

/// The job's options that a configuration may set: all but what names the run and its source and
/// destination.
std::set<std::string> configurable_options();

}  // namespace sheetbq::app
