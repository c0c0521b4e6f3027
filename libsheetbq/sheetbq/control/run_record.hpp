#pragma once

#include "sheetbq/core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::control {

/// Where a run stands. The first four are live; a configuration has at most one live run.
enum class RunState {
    claimed,     ///< ours to start; nothing was asked of anyone yet
    starting,    ///< the intent is written; the start was, or may have been, asked for
    running,     ///< an execution is known
    cancelling,  ///< its execution was asked to stop
    succeeded,
    failed,
    cancelled,
    lost,       ///< nobody can prove how it ended; the next run heals it
    abandoned,  ///< given up before anything was started
};
std::string_view to_string(RunState state);
/// @throws Error internal for a word that is none of them.
RunState run_state(std::string_view word);
bool is_live(RunState state);

/// One run: a row of `sheetbq.run`.
struct Run {
    std::string run_id{};  ///< UUID, version 7
    int config_id = 0;
    std::string slot_key{};
    int attempt = 1;
    std::string trigger{};  ///< schedule | manual
    RunState state = RunState::claimed;
    std::int64_t fence = 0;  ///< moves whenever the lease changes hands
    std::optional<std::string> lease_owner{};
    Clock::TimePoint due_at{};
    Clock::TimePoint created_at{};
    std::optional<Clock::TimePoint> start_requested_at{};
    int start_tries = 0;
    std::optional<std::string> execution_name{};
    std::optional<Clock::TimePoint> started_at{};
    std::optional<Clock::TimePoint> finished_at{};
    std::optional<Clock::TimePoint> deadline_at{};
    std::optional<Clock::TimePoint> missing_since{};  ///< its execution was not found since
    bool cancel_requested = false;                    ///< by a person
    std::optional<Clock::TimePoint> cancel_requested_at{};
    std::string spreadsheet_id{};
    std::string project{};
    std::string config_hash{};
    std::optional<int> exit_code{};
    std::string error_class{};  ///< a word of `to_string(Code)`, or `infrastructure`
    std::string error_message{};
    std::string error_hint{};
    std::string log_uri{};
    std::string report{};  ///< the job's run_finished event, JSON; empty: none came back
};

}  // namespace sheetbq::control
