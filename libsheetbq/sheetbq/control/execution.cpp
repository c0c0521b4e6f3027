#include "sheetbq/control/execution.hpp"

namespace sheetbq::control {

Verdict judge(const Execution& execution) {
    if (!execution.completed_at) return Verdict::running;
    if (execution.cancelled > 0 || execution.reason == "CANCELLED") return Verdict::cancelled;
    if (execution.tasks > 0 && execution.succeeded == execution.tasks) return Verdict::succeeded;
    return execution.reason == "CANCELLING" ? Verdict::cancelled : Verdict::failed;
}

}  // namespace sheetbq::control
