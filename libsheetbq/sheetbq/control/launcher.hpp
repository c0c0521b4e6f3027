#pragma once

#include "sheetbq/control/config.hpp"
#include "sheetbq/control/execution.hpp"
#include "sheetbq/core/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sheetbq::control {

/// What became of the request to start.
struct StartAnswer {
    enum class Kind {
        started,    ///< `execution` is set
        refused,    ///< certainly not started, and asking again will not help
        not_sent,   ///< certainly not started: the request never left
        ambiguous,  ///< maybe started; only a list of executions can tell
    };
    Kind kind = Kind::ambiguous;
    std::optional<Execution> execution{};
    std::optional<Error> error{};  ///< of every kind but `started`
};

/// Runs the job somewhere. Seam to Cloud Run and to local processes; safe to call from several
/// threads.
class Launcher {
public:
    Launcher() = default;
    Launcher(const Launcher&) = delete;
    Launcher& operator=(const Launcher&) = delete;
    virtual ~Launcher() = default;

    /// Where the executions run, for quotas and messages: `my-project/europe-west1`, `local`.
    virtual std::string place() const = 0;
    /// Executions live and die with this process: it must keep their lease while they run.
    virtual bool attached() const = 0;
    /// How long after a start its execution may still be missing from `list`.
    virtual std::chrono::milliseconds settle() const = 0;

    /// Asks once, never twice, to run the job with these variables on top of its own. Whatever
    /// happens is in the answer.
    /// @param patience  how long the answer may take.
    virtual StartAnswer start(const Variables& variables, std::chrono::milliseconds patience,
                              std::stop_token stop) = 0;
    /// Nothing when there is no such execution (any more, or yet).
    /// @throws Error when that cannot be found out.
    virtual std::optional<Execution> find(const std::string& name, std::stop_token stop) = 0;
    /// Executions created since then, in any order; complete or an error.
    /// @throws Error when the list cannot be had whole.
    virtual std::vector<Execution> list(Clock::TimePoint since, std::stop_token stop) = 0;
    /// Asks an execution to stop; one that ended or is gone is no error.
    virtual void cancel(const std::string& name, std::stop_token stop) = 0;
    /// What an ended execution left, as far as it is to be had now: its report may come later.
    virtual Aftermath aftermath(const Execution& execution, std::stop_token stop) = 0;
};

}  // namespace sheetbq::control
