#pragma once

#include "sheetbq/control/launcher.hpp"
#include "sheetbq/control/notify.hpp"
#include "sheetbq/control/store.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/log.hpp"

#include <functional>
#include <optional>
#include <set>
#include <stop_token>
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
    std::chrono::milliseconds due_slack{30'000};
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds start_guard{5'000};        ///< between intent and request at most
    std::chrono::milliseconds start_window{900'000};     ///< a job that starts later refuses
    std::chrono::milliseconds run_timeout{40 * 60'000};  ///< then it is cancelled
    std::chrono::hours keep_history{90 * 24};
    int digest_threshold = 5;
};

struct TickOrder {
    std::string tick_id{};
    std::optional<std::chrono::milliseconds> budget{};  ///< nothing: until all its runs have ended
    bool watch = true;  ///< false: return once everything that may start was started
    std::vector<int> only{};
    std::vector<int> exclude{};
};

/// What a tick did.
struct TickReport {
    enum class Status { done, partial, duplicate } status = Status::done;
    int claimed = 0;
    int started = 0;
    int reconciled = 0;
    int succeeded = 0;
    int failed = 0;
    int live = 0;  ///< runs it claimed that have not ended
    std::int64_t due_left = 0;
    double lateness_max = 0;          ///< seconds, of what it claimed
    std::vector<std::string> runs{};  ///< ids of what it claimed
};
std::string_view to_string(TickReport::Status status);

/// The leaderless reconciler: any number of these, in any number of processes, over one Store.
class Reconciler {
public:
    Reconciler(Store& store, Launcher& launcher, Notifier* notifier, ResolveLoad resolve,
               Clock& clock, Log log, ReconcileSettings settings);

    /// One tick: reconcile, claim, start, watch, notify, sweep. Failures of single runs are in the
    /// records, not thrown.
    /// @param stop  stops claiming and watching; a start in flight is finished and recorded.
    /// @throws Error database when PostgreSQL is out of reach.
    TickReport tick(const TickOrder& order, std::stop_token stop);

    /// Looks once at everything whose time has come. @returns how many runs were looked at.
    int reconcile_once(std::stop_token stop);

private:
    struct Pass;
    Store& store_;
    Launcher& launcher_;
    Notifier* notifier_;
    ResolveLoad resolve_;
    Clock& clock_;
    Log log_;
    ReconcileSettings settings_;
};

}  // namespace sheetbq::control
