#include "execute.hpp"
#include "job_watch.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/run_result.hpp"
#include "sheetbq/core/uuid.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

namespace sheetbq::helper {
namespace {

using control::Config;
using control::Run;
using control::RunState;
using control::TickReport;

constexpr int most_runs = 1'000;  // that are looked through for a key
constexpr std::chrono::seconds local_progress{1};

std::string last_segment(const std::string& name) { return name.substr(name.rfind('/') + 1); }

/// One run of a configuration, asked for, started and followed as an orchestrator does it.
class RecordedRun {
public:
    RecordedRun(World& world, Config config)
        : world_{world},
          store_{world.fleet().store()},
          config_{std::move(config)},
          local_{!world.fleet().on_cloud_run()},
          watch_{std::make_shared<JobWatch>(world)} {
        key_ = world.flags.text("idempotency-key");
        if (key_.empty()) key_ = make_uuid(world.fleet().clock());
        world.fleet().watch_jobs(
            [watch = watch_](std::string_view, std::string_view line) { watch->line(line); },
            world.settings.progress ? local_progress : world.settings.progress_every);
    }

    int execute() {
        auto known = find();
        foreign_ = known.has_value();
        if (known && !is_live(known->state)) return show(*known);
        if (!known) {
            refuse_while_live();
            store_.request_run(config_.id, key_);
        }
        return follow();
    }

private:
    /// What was made of the request; nothing yet.
    std::optional<Run> find() {
        const auto slot = "manual:" + key_;
        for (auto& run : store_.runs({.config_id = config_.id, .limit = most_runs}))
            if (run.slot_key == slot) return run;
        return std::nullopt;
    }

    /// A local launcher knows nothing of executions elsewhere, and there is one run at a time.
    void refuse_while_live() {
        const auto live = store_.runs({.config_id = config_.id,
                                       .states = {RunState::claimed, RunState::starting,
                                                  RunState::running, RunState::cancelling},
                                       .limit = 1});
        if (live.empty()) return;
        const auto& run = live.front();
        throw Error{Code::conflict, fmt::format("{} is running already", config_.name)}
            .because(fmt::format("its run {} is {}", run.run_id, to_string(run.state)))
            .fix(fmt::format("Wait for it: helper status {0} --watch   or end it: helper cancel "
                             "{0}",
                             run.run_id));
    }

    int follow() {
        const SayStopping said{world_, local_ ? "stopping the run; Ctrl-C again ends at once" : ""};
        auto& clock = world_.fleet().clock();
        for (;;) {
            const auto report = foreign_ && local_ ? TickReport{} : tick();
            const auto run = find();
            if (!run) return explain_waiting(report);
            if (!is_live(run->state)) return show(*run);
            const bool stopped = world_.stop().stop_requested();
            if (stopped && local_) return 128 + world_.interrupter.signal();
            if (stopped || !world_.flags.on("wait"))
                return leave_running(world_, *run, names(), run->run_id);
            clock.sleep(world_.flags.duration("poll"), world_.stop());
        }
    }

    TickReport tick() {
        auto& reconciler = world_.fleet().reconciler();
        std::jthread teller;
        if (world_.flags.on("wait"))
            teller = std::jthread{[this](std::stop_token end) { tell(std::move(end)); }};
        return reconciler.tick({.tick_id = "execute:" + make_uuid(world_.fleet().clock()),
                                .watch = world_.flags.on("wait"),
                                .only = {config_.id},
                                .alone = true},
                               world_.interrupter.interruption());
    }

    /// Tells how the run goes while the tick takes care of it.
    void tell(std::stop_token end) {
        auto& clock = world_.fleet().clock();
        const auto pause =
            std::min(world_.flags.duration("poll"), std::chrono::milliseconds{1'000});
        while (!end.stop_requested()) {
            try {
                if (const auto run = find()) tell(*run, end);
            } catch (const Error&) {
                // The tick meets the same, and says so.
            }
            clock.sleep(pause, end);
        }
    }

    void tell(const Run& run, std::stop_token end) {
        if (run.execution_name && !local_) {
            watch_->state(
                fmt::format("started as execution {}", last_segment(*run.execution_name)));
            watch_->look(*run.execution_name, run.created_at, std::move(end));
        }
        watch_->waiting(fmt::format("run {} is {}", run.run_id, to_string(run.state)));
    }

    app::ConfigNames names() const { return {{config_.id, config_.name}}; }

    int show(const Run& run) const {
        const int code = show_result(world_, run, names());
        const int signal = world_.interrupter.signal();
        return signal != 0 && run.state == RunState::cancelled ? 128 + signal : code;
    }

    std::string waits_for(const TickReport& report) {
        const auto pool = store_.pool_state();
        if (pool.paused)
            return "runs are paused" +
                   (pool.paused_reason.empty() ? "" : ": " + pool.paused_reason);
        if (!report.refusal.empty()) return "starts fail at the moment: " + pool.breaker_reason;
        for (const auto& line : store_.due({.only = {config_.id}}, pool.max_running)) {
            if (line.over_cap)
                return fmt::format("{} of at most {} runs are live", pool.live, pool.max_running);
            if (line.sheet_busy || line.sheet_queued)
                return "another configuration's run reads the same spreadsheet";
        }
        return "no orchestrator has taken it yet";
    }

    int explain_waiting(const TickReport& report) {
        world_.console.erase();
        const auto reason = waits_for(report);
        const bool paused = store_.pool_state().paused;
        const auto again =
            fmt::format("helper execute --config-id {} --idempotency-key {}", config_.id, key_);
        world_.printer.one("sheetbq.request/v1",
                           {{"config_id", config_.id},
                            {"config_name", config_.name},
                            {"key", key_},
                            {"waits_for", reason}},
                           "key",
                           {{"asked", {fmt::format("for a run of {}", config_.name)}},
                            {"waits", {reason, app::Tone::warning}},
                            {"when", {"the next tick that may, before all that is due"}},
                            {"next", {(paused ? "helper resume   then: " : "") + again}}});
        return app::exit_pending;
    }

    World& world_;
    control::Store& store_;
    Config config_;
    bool local_;
    bool foreign_ = false;  // an earlier call with the same key asked for it
    std::string key_;
    std::shared_ptr<JobWatch> watch_;  // a job that is being stopped may still tell of itself
};

}  // namespace

int execute_config(World& world, const LoadSource& source) {
    if (!world.flags.all("set").empty())
        throw Error{Code::usage, "--set does not go with a configuration of the database"}
            .because("its recorded runs are what its row says")
            .fix(fmt::format("Try it out: helper preview {0} --set ...   and then change the row: "
                             "helper configs update {0}",
                             source.config));
    auto config = app::find_config(world.fleet().store(), source.config);
    choose_place(world);
    return RecordedRun{world, std::move(config)}.execute();
}

}  // namespace sheetbq::helper
