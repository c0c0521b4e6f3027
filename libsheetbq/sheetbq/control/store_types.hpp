#pragma once

#include "sheetbq/control/config.hpp"
#include "sheetbq/control/policy.hpp"
#include "sheetbq/control/run_record.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a Store takes and answers.
namespace sheetbq::control {

using std::chrono::milliseconds;

/// The cap of a new schema.
inline constexpr int first_max_running = 3;

/// What a look at the database tells.
struct Hello {
    Clock::TimePoint now{};  ///< the database's clock, which decides everything
    bool schema_ready = false;
    bool paused = false;
    int max_running = 0;
    bool breaker_tripped = false;
    std::string server_version{};  ///< of PostgreSQL, e.g. `15.20`
};

/// What to claim.
struct ClaimOrder {
    std::string tick_id{};
    int batch = 100;  ///< at most so many at once
    milliseconds due_slack{30'000};
    milliseconds lease{60'000};
    std::vector<int> only{};  ///< empty: all
    std::vector<int> exclude{};
};

/// One configuration as a dry run sees it.
struct DueLine {
    Config config;
    bool due = false;
    std::optional<Clock::TimePoint> due_at{};      ///< when it is, or becomes, due
    std::optional<Clock::TimePoint> not_before{};  ///< backing off
    int failures = 0;
    std::string live_run{};     ///< run id of its live run
    bool sheet_busy = false;    ///< another configuration's live run reads the same spreadsheet
    bool sheet_queued = false;  ///< another due configuration of the same spreadsheet is first
    int order = 0;              ///< 1, 2 ... as they would be started; 0: would not be
    bool over_cap = false;      ///< due and next, but the cap is reached
};

/// One configuration as the status page shows it.
struct ConfigOverview {
    Config config;
    ConfigState state;
    std::optional<Clock::TimePoint> due_at{};
    std::optional<Run> live{};
    std::vector<Run> recent{};  ///< finished runs, newest first
};

/// Numbers over all instances, for /metrics.
struct FleetMetrics {
    std::map<std::string, std::int64_t> live{};      ///< by state
    std::map<std::string, std::int64_t> finished{};  ///< by state, last 24 hours
    std::int64_t configs = 0;
    std::int64_t active = 0;
    std::int64_t failing = 0;
    std::int64_t due = 0;
    std::int64_t open_incidents = 0;
    std::int64_t outbox_pending = 0;
    std::int64_t duplicate_executions = 0;
    double lateness_p50 = 0;  ///< seconds, runs created in the last 24 hours
    double lateness_p99 = 0;
    double lateness_max = 0;        ///< of what is due now
    double oldest_unseen_poll = 0;  ///< seconds since the oldest live run's next_poll_at passed
};

struct RunFilter {
    std::optional<int> config_id{};
    std::vector<RunState> states{};           ///< empty: all
    std::optional<Clock::TimePoint> since{};  ///< created
    int limit = 20;
    bool newest_first = true;
};

/// Which configurations; nothing set: all.
struct ConfigFilter {
    std::vector<int> ids{};
    std::string name{};  ///< without regard to case
};

/// Whether runs start, and what all instances know about it.
struct PoolState {
    Clock::TimePoint now{};
    int max_running = 0;
    int live = 0;
    bool paused = false;
    std::string paused_reason{};
    std::string paused_by{};
    std::optional<Clock::TimePoint> paused_at{};
    int breaker_trips = 0;  ///< starts failed so often; 0: they do not
    std::optional<Clock::TimePoint> breaker_since{};
    std::optional<Clock::TimePoint> breaker_until{};
    std::string breaker_reason{};
    std::string breaker_hint{};
};

/// A message of the outbox, with what became of it.
struct OutboxLine {
    std::int64_t id = 0;
    Message message;
    Clock::TimePoint created_at{};
    Clock::TimePoint not_before{};  ///< the next attempt
    int attempts = 0;
    bool dead = false;  ///< given up
    std::optional<Clock::TimePoint> sent_at{};
    std::string last_error{};
};

struct OutboxFilter {
    bool waiting = false;  ///< only what is not sent
    std::string run_id{};  ///< only what tells of this run; empty: all
    int limit = 1'000;
};

/// A step of the schema, as the database has it.
struct SchemaStep {
    int version = 0;
    std::string name{};
    std::optional<Clock::TimePoint> applied_at{};  ///< nothing: not yet
    bool sound = true;                             ///< it is the step that this program knows
};

/// What a check of the database found.
struct Finding {
    enum class Level { ok, warning, failed };
    Level level = Level::ok;
    std::string check{};  ///< a word or two
    std::string text{};   ///< a sentence
    std::string fix{};    ///< what to type; empty when ok
};

/// A message taken from the outbox for sending.
struct LeasedMessage {
    std::int64_t id = 0;
    Message message;
    int attempts = 0;
};

/// What recording an execution found.
enum class Recorded { recorded, slot_taken };

}  // namespace sheetbq::control
