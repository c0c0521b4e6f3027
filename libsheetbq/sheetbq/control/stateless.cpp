#include "sheetbq/control/stateless.hpp"

#include "sheetbq/core/run_together.hpp"
#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace sheetbq::control {
namespace {

using std::chrono::milliseconds;

constexpr int most_at_once = 4;  // the store has five connections

class StatelessTick {
public:
    StatelessTick(Store& store, Launcher& launcher, const ReconcileSettings& settings, Clock& clock,
                  const Log& log, const Interruption& interruption)
        : store_{store},
          launcher_{launcher},
          settings_{settings},
          clock_{clock},
          log_{log},
          interruption_{interruption} {}

    TickReport run(const TickOrder& order, int parallel) {
        order_ = {.tick_id = order.tick_id,
                  .due_slack = settings_.due_slack,
                  .only = order.only,
                  .exclude = order.exclude};
        for (const auto& line : store_.due(order_, most_due))
            if (line.due) due_.push_back(line.config.id);
        const auto stages = static_cast<std::size_t>(std::clamp(parallel, 1, most_at_once));
        run_together(interruption_.stop,
                     std::vector<Stage>(stages, [this](std::stop_token stop) { work(stop); }));
        report_.due_left =
            static_cast<std::int64_t>(due_.size() - std::min(next_.load(), due_.size()));
        return report_;
    }

private:
    static constexpr int most_due = 1'000'000;

    void work(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto mine = next_++;
            if (mine >= due_.size()) return;
            const auto lock = store_.lock_due(due_[mine], order_);
            if (!lock) continue;  // another orchestrator has it, or just had it
            {
                const std::lock_guard guard{mutex_};
                ++report_.claimed;
            }
            const auto ending = run_config(lock->config(), stop);
            const bool good = ending.state == RunState::succeeded;
            if (good) lock->succeeded();
            const std::lock_guard guard{mutex_};
            ++(good ? report_.succeeded : report_.failed);
            tell(lock->config(), ending);
        }
    }

    void tell(const Config& config, const Ending& ending) {
        if (ending.state == RunState::succeeded)
            log_.notice("run_ended", fmt::format("configuration {} succeeded", config.id));
        else
            log_.warning("run_ended",
                         fmt::format("configuration {} {}: {}", config.id, to_string(ending.state),
                                     ending.message),
                         {{"hint", ending.hint}});
    }

    static Ending failed(const Error& error) {
        Ending ending;
        ending.code = error.code();
        ending.message = error.what();
        ending.hint = error.hint();
        return ending;
    }

    Ending run_config(const Config& config, const std::stop_token& stop) {
        try {
            auto variables = job_variables(config, settings_.allowed_options);
            Run run;
            run.run_id = make_uuid(clock_);
            run.config_id = config.id;
            variables.emplace_back("SHEETBQ_RUN_ID", run.run_id);
            const auto answer =
                launcher_.start(variables, settings_.start_patience, interruption_.give_up);
            if (answer.kind != StartAnswer::Kind::started) return failed(*answer.error);
            {
                const std::lock_guard guard{mutex_};
                ++report_.started;
            }
            return follow(run, *answer.execution, stop);
        } catch (const Error& error) {
            return failed(error);
        }
    }

    Ending follow(Run& run, Execution execution, const std::stop_token& stop) {
        const auto deadline = clock_.monotonic() + settings_.run_timeout;
        const auto pause = launcher_.attached() ? milliseconds{100} : settings_.poll;
        while (judge(execution) == Verdict::running) {
            const bool late = clock_.monotonic() > deadline;
            if (late || stop.stop_requested()) launcher_.cancel(execution.name, {});
            if (interruption_.give_up.stop_requested()) break;
            clock_.sleep(pause, interruption_.give_up);
            if (auto now = launcher_.find(execution.name, interruption_.give_up)) execution = *now;
        }
        return ending_of(run, execution, launcher_.aftermath(execution, {}),
                         clock_.monotonic() > deadline);
    }

    Store& store_;
    Launcher& launcher_;
    const ReconcileSettings& settings_;
    Clock& clock_;
    const Log& log_;
    const Interruption& interruption_;
    ClaimOrder order_;
    std::vector<int> due_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    TickReport report_;
};

}  // namespace

TickReport tick_without_state(Store& store, Launcher& launcher, const TickOrder& order,
                              int parallel, const ReconcileSettings& settings, Clock& clock,
                              const Log& log, const Interruption& interruption) {
    return StatelessTick{store, launcher, settings, clock, log, interruption}.run(order, parallel);
}

}  // namespace sheetbq::control
