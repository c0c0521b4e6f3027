#pragma once

#include "sheetbq/control/config.hpp"
#include "sheetbq/control/run_record.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/core/retry.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sheetbq::control {

/// How a run ended, as it will be recorded.
struct Ending {
    RunState state = RunState::failed;
    std::optional<int> exit_code{};
    /// The class of the failure; nothing on success. `infrastructure` in Run::error_class when
    /// `blameless`.
    std::optional<Code> code{};
    /// Not the configuration's fault (start refused, cancelled, lost): its failures do not count.
    bool blameless = false;
    std::string message{};
    std::string hint{};
    std::string log_uri{};
    std::string report{};     ///< run_finished, JSON; empty: none
    int sheets_requests = 0;  ///< learned cost of a run; 0: nothing learned
};

/// What the runs of a configuration have led to: a row of `sheetbq.config_state`.
struct ConfigState {
    int failures = 0;                              ///< in a row
    std::optional<Clock::TimePoint> not_before{};  ///< backing off until then
    std::string config_hash{};                     ///< of the configuration that failed
    std::optional<Clock::TimePoint> failing_since{};
    std::string last_error_class{};
    std::string last_error{};
    std::string last_hint{};
    std::string incident_id{};  ///< open incident; empty: none
    std::optional<Clock::TimePoint> incident_opened_at{};
    std::optional<Clock::TimePoint> last_notified_at{};
    int reminders = 0;
    int sheets_requests = 0;  ///< what the last success cost; 0: not known
    std::optional<Clock::TimePoint> run_requested_at{};  ///< a person asked for a run
};

/// A message to be sent: a row of `sheetbq.outbox`.
struct Message {
    std::string dedup_key{};  ///< `incident:<id>:open` ...
    std::string kind{};       ///< opened | reminder | recovered | digest | pool
    std::string payload{};    ///< JSON, all that its text needs
};

/// The class of a job's failure by its exit code; `internal` for a code nobody documents.
Code code_of_exit(int exit_code);

/// What follows from an ending: backoff, incident, messages. Pure; the database's `now`.
struct Consequence {
    ConfigState state;
    std::vector<Message> messages;
};
/// @param config  nothing when the row was deleted meanwhile.
/// @param incident_id  used when an incident opens now.
Consequence consequence(const ConfigState& before, const Run& run, const Ending& ending,
                        const std::optional<Config>& config, Clock::TimePoint now,
                        const Jitter& jitter, const std::string& incident_id);

/// How long a configuration waits after its `failures`-th failure in a row of this class.
/// @param interval  nothing: it runs once a tick.
std::chrono::milliseconds backoff(Code code, int failures,
                                  std::optional<std::chrono::hours> interval, const Jitter& jitter);

}  // namespace sheetbq::control
