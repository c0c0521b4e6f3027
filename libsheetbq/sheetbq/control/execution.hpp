#pragma once

#include "sheetbq/core/clock.hpp"

#include <optional>
#include <string>

namespace sheetbq::control {

/// A started job, as whoever runs it tells of it.
struct Execution {
    std::string name{};    ///< of the launcher's own making; unique
    std::string uid{};     ///< may be empty
    std::string run_id{};  ///< its SHEETBQ_RUN_ID; empty: not one of ours
    Clock::TimePoint created_at{};
    std::optional<Clock::TimePoint> completed_at{};  ///< set: it has ended, one way or another
    int tasks = 1;
    int succeeded = 0;
    int failed = 0;
    int cancelled = 0;
    std::string reason{};   ///< a word, e.g. NON_ZERO_EXIT_CODE, CANCELLED
    std::string message{};  ///< a sentence
    std::string log_uri{};  ///< where a person can read its log
};

/// How an execution stands.
enum class Verdict { running, succeeded, failed, cancelled };

/// Judges by the counts of the execution alone: success is an end with every task succeeded.
Verdict judge(const Execution& execution);

/// What an ended execution left behind.
struct Aftermath {
    std::optional<int> exit_code{};
    int signal = 0;          ///< that ended it, e.g. 9 when memory ran out
    std::string report{};    ///< the run_finished event, JSON object; empty: not (yet) to be had
    bool timed_out = false;  ///< it was stopped because it took longer than a task may
};

}  // namespace sheetbq::control
