#pragma once

#include "sheetbq/control/launcher.hpp"
#include "sheetbq/control/store.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/interruption.hpp"
#include "sheetbq/core/log.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sheetbq::control {

/// Asks BigQuery whether a run loaded, when its execution cannot be asked any more. Nothing: that
/// cannot be found out either.
using ResolveLoad = std::function<std::optional<bool>(const Run& run, const Config& config)>;

/// How a reconciler works. docs/configuration.md tells what each is for.
struct ReconcileSettings {
    std::set<std::string> allowed_options{};  ///< see job_variables
    std::string sheets_account{};             ///< whose reads the quota counts
    double starts_per_second = 1.0;
    double sheets_reads_per_second = 1.0;
    std::chrono::milliseconds due_slack{30'000};
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds start_guard{5'000};  ///< at most between intent and request
    std::chrono::milliseconds start_patience{30'000};
    std::chrono::milliseconds start_window{900'000};     ///< a job that starts later refuses
    std::chrono::milliseconds run_timeout{40 * 60'000};  ///< then it is cancelled
    std::chrono::milliseconds poll{10'000};              ///< between two looks at an execution
    std::chrono::milliseconds missing{60'000};  ///< an execution not found for that long is gone
    std::chrono::milliseconds report_patience{20'000};  ///< for the job's report after its end
    std::chrono::hours keep_history{90 * 24};
    int batch = 50;  ///< runs leased or claimed at once
    int digest_threshold = 5;
};

/// What one step did to a run.
struct Step {
    enum class Kind {
        waiting,  ///< looked at; somebody looks again later
        started,
        held,   ///< started, and this process has to keep its lease
        ended,  ///< see `ending`
    };
    Kind kind = Kind::waiting;
    std::optional<Ending> ending{};
    std::optional<Run> held{};       ///< as recorded, fence included
    std::optional<Error> refused{};  ///< nothing can be started here at the moment
};

/// Takes single runs one step further. Whatever happens in between, a run is left recorded, or to
/// whoever leases it next.
class Follower {
public:
    /// @param ahead  how much the database's clock is ahead of `clock`.
    /// @param give_up  ends whatever is being asked of the launcher.
    Follower(Store& store, Launcher& launcher, const ResolveLoad& resolve, Clock& clock, Log log,
             const ReconcileSettings& settings, std::chrono::nanoseconds ahead,
             std::stop_token give_up);

    /// One step of a run whose lease is ours.
    /// @throws Error database.
    Step step(const Run& run, const Interruption& interruption);
    /// One look at a run that this process keeps: nothing but an end changes it.
    Step look(const Run& run, const Interruption& interruption);

    /// Executions listed for one run serve the others of a pass; call between two passes.
    /// @param leased  what will be stepped next.
    void begin_pass(const std::vector<Run>& leased);

    Clock::TimePoint database_now() const;

private:
    Step start(const Run& run, const Interruption& interruption);
    std::optional<std::chrono::milliseconds> wait_for_quota(const Config& config);
    Step launch(const Run& run, const Config& config, const Variables& given,
                const Interruption& interruption);
    Step take_answer(const Run& run, const StartAnswer& answer);
    Step record(const Run& run, const Execution& execution);
    Step refused(const Run& run, const Error& error);
    Step settle(const Run& run, const Interruption& interruption);
    Step adopt(const Run& run, std::vector<Execution> found);
    Step follow(const Run& run, const Interruption& interruption);
    Step gone(const Run& run);
    Step end(const Run& run, const Execution& execution, bool may_wait);
    Step finish(const Run& run, Ending ending);
    Step postpone(const Run& run, std::chrono::milliseconds wait);
    std::optional<Execution> find(const std::string& name);
    const std::vector<Execution>& listed(Clock::TimePoint since);
    void cancel_quietly(const std::string& execution);

    Store& store_;
    Launcher& launcher_;
    const ResolveLoad& resolve_;
    Clock& clock_;
    Log log_;
    const ReconcileSettings& settings_;
    std::chrono::nanoseconds ahead_;
    std::stop_token give_up_;
    std::optional<Clock::TimePoint> list_since_;  ///< list, rather than ask one by one
    std::optional<std::vector<Execution>> list_;
    Clock::TimePoint list_from_{};
};

/// What a token bucket of this refill holds: a minute's worth.
double bucket_capacity(double per_second);

/// The ending that an ended execution and what it left behind amount to.
Ending ending_of(const Run& run, const Execution& execution, const Aftermath& aftermath,
                 bool past_deadline);

}  // namespace sheetbq::control
