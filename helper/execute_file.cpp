#include "execute.hpp"
#include "job_watch.hpp"
#include "sheetbq/app/job_run.hpp"
#include "sheetbq/app/run_result.hpp"
#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::helper {
namespace {

using app::ConfigFile;
using control::Execution;
using control::Run;
using control::RunState;
using control::Variables;
using control::Verdict;
using std::chrono::milliseconds;

constexpr milliseconds start_patience{30'000};
constexpr std::chrono::minutes start_window{15};  // a job that starts later refuses
constexpr std::chrono::hours remembered{48};      // for repeats with the same key
constexpr milliseconds missing_patience{60'000};
constexpr milliseconds report_patience{20'000};

std::string last_segment(const std::string& name) { return name.substr(name.rfind('/') + 1); }

/// The run's id: the key's, if there is one.
std::string run_id_for(World& world, const ConfigFile& file) {
    const auto key = world.flags.text("idempotency-key");
    return key.empty() ? make_uuid(world.fleet().clock()) : app::run_id_of_key(key, file.options);
}

// Here -------------------------------------------------------------------------------------------

int execute_here(World& world, ConfigFile file) {
    auto& clock = world.fleet().clock();
    app::override_variables(file.variables, {{"SHEETBQ_RUN_ID", run_id_for(world, file)}});
    if (world.flags.typed("timeout")) {
        const auto timeout =
            std::chrono::ceil<std::chrono::seconds>(world.flags.duration("timeout"));
        app::override_variables(file.variables,
                                {{"RUN_TIMEOUT_SECONDS", std::to_string(timeout.count())}});
    }
    const SayStopping said{world, "stopping the run; Ctrl-C again ends at once"};
    const auto began = clock.now();
    const auto report = app::run_job(
        world.settings, file.lookup(), etl::Mode::load, 0,
        world.console.log(world.flags.on("follow") ? Level::info : Level::error),
        [&](const etl::Progress& progress) { world.console.progress(progress); },
        world.interrupter);
    return show_result(world, app::record_of(report, began, clock.now()),
                       {{0, file.options.config_name}});
}

// On Cloud Run -----------------------------------------------------------------------------------

/// One execution that no store knows of.
class LoneExecution {
public:
    LoneExecution(World& world, const ConfigFile& file)
        : world_{world},
          clock_{world.fleet().clock()},
          launcher_{world.fleet().launcher()},
          watch_{world},
          variables_{file.variables},
          names_{{0, file.options.config_name}} {
        run_.run_id = run_id_for(world, file);
        run_.trigger = "manual";
        run_.state = RunState::starting;
        run_.project = file.options.destination.project;
        run_.spreadsheet_id = file.options.sheet.spreadsheet_id;
        run_.due_at = run_.created_at = clock_.now();
    }

    int execute() {
        const auto known = known_execution();
        take(known ? *known : start());
        watch_.state(fmt::format("{} as execution {}", known ? "had been started" : "started",
                                 last_segment(*run_.execution_name)));
        if (!world_.flags.on("wait")) return leave();
        return follow();
    }

private:
    int leave() const {
        return leave_running(world_, run_, names_, last_segment(run_.execution_name.value_or("")));
    }

    std::optional<Execution> listed(Clock::TimePoint since, bool failed_too) {
        for (const auto& execution : launcher_.list(since, world_.stop())) {
            const auto verdict = judge(execution);
            const bool good = verdict == Verdict::running || verdict == Verdict::succeeded;
            if (execution.run_id == run_.run_id && (good || failed_too)) return execution;
        }
        return std::nullopt;
    }

    /// What an earlier call with the same key has started.
    std::optional<Execution> known_execution() {
        if (world_.flags.text("idempotency-key").empty()) return std::nullopt;
        return listed(clock_.now() - remembered, false);
    }

    Execution start() {
        using Kind = control::StartAnswer::Kind;
        app::override_variables(variables_,
                                {{"SHEETBQ_RUN_ID", run_.run_id},
                                 {"SHEETBQ_ATTEMPT", "1"},
                                 {"SHEETBQ_START_BY", to_rfc3339(clock_.now() + start_window)}});
        world_.console.progress("asking Cloud Run for an execution");
        run_.start_requested_at = clock_.now();
        auto answer =
            launcher_.start(variables_, start_patience, world_.interrupter.interruption().give_up);
        if (answer.kind == Kind::started) return *answer.execution;
        if (answer.kind != Kind::ambiguous) throw Error{*answer.error};
        return settle(*answer.error);
    }

    /// Nobody knows whether it started; the list will tell.
    Execution settle(const Error& error) {
        watch_.state(fmt::format("{}; looking whether it started", error.what()));
        const auto until = clock_.monotonic() + launcher_.settle();
        while (clock_.monotonic() < until && !world_.stop().stop_requested()) {
            if (const auto found = listed(*run_.start_requested_at - remembered, true))
                return *found;
            clock_.sleep(poll(), world_.stop());
        }
        throw Error{Code::unavailable, "nobody can say whether the execution started"}
            .because(error.what())
            .fix(
                "Run it again; a tab is loaded whole, so that nothing is lost or doubled unless "
                "write_mode is append. With --idempotency-key it never is.");
    }

    milliseconds poll() const { return world_.flags.duration("poll"); }

    void take(const Execution& execution) {
        run_.execution_name = execution.name;
        run_.log_uri = execution.log_uri;
        run_.state = RunState::running;
        run_.started_at = execution.created_at;
        run_.deadline_at = execution.created_at + world_.flags.duration("timeout");
    }

    int follow() {
        std::optional<std::chrono::nanoseconds> missing_since;
        try {
            while (!world_.stop().stop_requested()) {
                const auto execution = launcher_.find(*run_.execution_name, world_.stop());
                if (execution && judge(*execution) != Verdict::running) return end(*execution);
                check_missing(execution.has_value(), missing_since);
                cancel_late();
                watch_.look(*run_.execution_name, run_.created_at, world_.stop());
                watch_.waiting(
                    fmt::format("execution {} runs", last_segment(*run_.execution_name)));
                clock_.sleep(poll(), world_.stop());
            }
        } catch (const Error& error) {
            if (error.code() != Code::cancelled || world_.interrupter.signal() == 0) throw;
        }
        return leave();
    }

    void check_missing(bool found, std::optional<std::chrono::nanoseconds>& since) const {
        if (found) return since.reset();
        since = since.value_or(clock_.monotonic());
        if (clock_.monotonic() - *since < missing_patience) return;
        throw Error{Code::not_found,
                    fmt::format("the execution {} is gone", last_segment(*run_.execution_name))}
            .because("Cloud Run does not know it any more; somebody deleted it or its job")
            .fix("Look at the table, and run it again if it has not changed.");
    }

    void cancel_late() {
        if (clock_.now() < *run_.deadline_at || run_.state == RunState::cancelling) return;
        watch_.state("it takes longer than --timeout allows; cancelling it");
        launcher_.cancel(*run_.execution_name, world_.stop());
        run_.state = RunState::cancelling;
    }

    int end(const Execution& execution) {
        const auto until = clock_.monotonic() + report_patience;
        auto left = launcher_.aftermath(execution, world_.stop());
        while (left.report.empty() && clock_.monotonic() < until &&
               !world_.stop().stop_requested()) {
            clock_.sleep(std::min(poll(), milliseconds{3'000}), world_.stop());
            left = launcher_.aftermath(execution, world_.stop());
        }
        if (world_.flags.on("follow"))
            watch_.last_look(*run_.execution_name, run_.created_at, world_.stop());
        app::end_record(
            run_, control::ending_of(run_, execution, left, run_.state == RunState::cancelling),
            execution.completed_at.value_or(clock_.now()));
        return show_result(world_, run_, names_);
    }

    World& world_;
    Clock& clock_;
    control::Launcher& launcher_;
    JobWatch watch_;
    Variables variables_;
    Run run_;
    app::ConfigNames names_;
};

}  // namespace

int execute_file(World& world, const LoadSource& source) {
    auto file = read_source_file(world, source);
    choose_place(world);
    if (world.fleet().on_cloud_run()) return LoneExecution{world, file}.execute();
    return execute_here(world, std::move(file));
}

}  // namespace sheetbq::helper
