#pragma once

#include "sheetbq/control/follow.hpp"
#include "sheetbq/control/notify.hpp"
#include "sheetbq/core/interruption.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::control {

/// What a tick is asked for.
struct TickOrder {
    std::string tick_id{};  ///< a repeat with the same id claims nothing
    std::optional<std::chrono::milliseconds> budget{};  ///< nothing: until all its runs have ended
    bool watch = true;  ///< false: return once everything that may start was started
    std::vector<int> only{};
    std::vector<int> exclude{};
    /// Takes runs of `only` further, and leaves all others to other ticks: for who runs single
    /// configurations, perhaps elsewhere than the rest.
    bool alone = false;
};

/// What a tick did.
struct TickReport {
    enum class Status { done, partial, duplicate } status = Status::done;
    int claimed = 0;
    int started = 0;
    int reconciled = 0;  ///< looks at live runs, whoever claimed them
    int succeeded = 0;
    int failed = 0;  ///< in any way but success
    int live = 0;    ///< runs it claimed that have not ended
    std::int64_t due_left = 0;
    double lateness_max = 0;          ///< seconds, of what it claimed
    std::vector<std::string> runs{};  ///< ids of what it claimed
    std::string refusal{};            ///< why nothing can be started now; empty: no such reason
};
std::string_view to_string(TickReport::Status status);
/// The report as one JSON object.
std::string to_json(const TickReport& report);

/// The leaderless reconciler: any number of these, in any number of processes, over one Store.
///
/// Nothing it does needs the process that did the step before; what a killed process leaves behind
/// is found by the next tick of any.
class Reconciler {
public:
    /// @param notifier  null: messages stay in the outbox.
    Reconciler(Store& store, Launcher& launcher, Notifier* notifier, ResolveLoad resolve,
               Clock& clock, Log log, ReconcileSettings settings);

    /// One tick: reconcile, claim, start, watch, notify, sweep. Failures of single runs are in the
    /// records, not thrown.
    /// @param interruption  `stop` ends claiming and watching; a start in flight is finished and
    ///     recorded, unless `give_up` comes.
    /// @throws Error database when PostgreSQL stays out of reach.
    TickReport tick(const TickOrder& order, const Interruption& interruption);

    /// What a tick would do; writes nothing.
    std::vector<DueLine> preview(const TickOrder& order, int max_running);

private:
    friend class Tick;
    Store& store_;
    Launcher& launcher_;
    Notifier* notifier_;
    ResolveLoad resolve_;
    Clock& clock_;
    Log log_;
    ReconcileSettings settings_;
};

}  // namespace sheetbq::control
