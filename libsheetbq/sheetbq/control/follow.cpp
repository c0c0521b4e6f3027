#include "sheetbq/control/follow.hpp"

#include "sheetbq/control/crash_point.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sheetbq::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t many = 20;   // from here on one list costs less than single questions
constexpr minutes list_margin{5};  // creation times are not in the order of events
constexpr int most_start_tries = 3;
constexpr int usual_sheets_requests = 4;
constexpr milliseconds soon{10'000};

Fields facts(const Run& run) {
    return {{"run_id", run.run_id},
            {"config_id", std::int64_t{run.config_id}},
            {"state", std::string{to_string(run.state)}}};
}

Ending not_started(RunState state, Code code, std::string message, std::string hint) {
    Ending ending;
    ending.state = state;
    ending.code = code;
    ending.blameless = true;
    ending.message = std::move(message);
    ending.hint = std::move(hint);
    return ending;
}

Ending failure_of(const Error& error) {
    Ending ending;
    ending.code = error.code();
    ending.message = error.what();
    ending.hint = error.hint();
    return ending;
}

std::string to_json(const Variables& variables) {
    boost::json::object out;
    for (const auto& [name, value] : variables) out[name] = value;
    return boost::json::serialize(out);
}

}  // namespace

double bucket_capacity(double per_second) { return std::max(1.0, per_second * 60); }

Follower::Follower(Store& store, Launcher& launcher, const ResolveLoad& resolve, Clock& clock,
                   Log log, const ReconcileSettings& settings, std::chrono::nanoseconds ahead,
                   std::stop_token give_up)
    : store_{store},
      launcher_{launcher},
      resolve_{resolve},
      clock_{clock},
      log_{std::move(log)},
      settings_{settings},
      ahead_{ahead},
      give_up_{std::move(give_up)} {}

Clock::TimePoint Follower::database_now() const {
    return clock_.now() + std::chrono::duration_cast<Clock::TimePoint::duration>(ahead_);
}

void Follower::begin_pass(const std::vector<Run>& leased) {
    list_.reset();
    list_since_.reset();
    std::size_t known = 0;
    for (const auto& run : leased)
        if (run.execution_name) ++known;
    if (known <= many) return;
    for (const auto& run : leased)
        if (run.start_requested_at)
            list_since_ =
                std::min(list_since_.value_or(*run.start_requested_at), *run.start_requested_at);
}

Step Follower::step(const Run& run, const Interruption& interruption) {
    switch (run.state) {
        case RunState::claimed:
            return start(run, interruption);
        case RunState::starting:
            return settle(run, interruption);
        default:
            return follow(run, interruption);
    }
}

// Starting ---------------------------------------------------------------------------------------

Step Follower::start(const Run& run, const Interruption& interruption) {
    if (run.cancel_requested)
        return finish(run, not_started(RunState::cancelled, Code::cancelled,
                                       "the run was cancelled before it started", {}));
    const auto config = store_.config(run.config_id);
    if (!config || (!config->active && run.trigger == "schedule"))
        return finish(run, not_started(RunState::abandoned, Code::not_found,
                                       config ? "the configuration was switched off"
                                              : "the configuration was deleted",
                                       {}));
    if (database_now() - run.created_at > settings_.start_window)
        return finish(run, not_started(RunState::abandoned, Code::too_late,
                                       "the run waited too long for its start",
                                       "Nothing: the configuration is still due. If this is often "
                                       "so, raise --start-rate or --sheets-rate."));
    if (const auto wait = store_.breaker_wait(); wait > milliseconds{0}) return postpone(run, wait);
    Variables variables;
    try {
        variables = job_variables(*config, settings_.allowed_options);
    } catch (const Error& error) {
        auto held = run;
        held.config_hash = config->hash;
        return finish(held, failure_of(error));
    }
    if (const auto wait = wait_for_quota(*config)) return postpone(run, *wait);
    return launch(run, *config, variables, interruption);
}

std::optional<milliseconds> Follower::wait_for_quota(const Config& config) {
    const auto start_key = "run:start:" + launcher_.place();
    const auto sheets_key = "sheets:read:" + settings_.sheets_account;
    const auto learned = store_.config_state(config.id).sheets_requests;
    // A run that costs more than the bucket holds waits for a full one, not for ever.
    const auto reads = std::min<double>(learned == 0 ? usual_sheets_requests : learned,
                                        bucket_capacity(settings_.sheets_reads_per_second));
    auto wait = store_.take_tokens(start_key, 1);
    if (wait == milliseconds{0}) wait = store_.take_tokens(sheets_key, reads);
    if (wait == milliseconds{0}) return std::nullopt;
    return std::max(wait, milliseconds{200});
}

Step Follower::launch(const Run& run, const Config& config, const Variables& given,
                      const Interruption& interruption) {
    auto variables = given;
    const auto start_by = database_now() + settings_.start_window;
    variables.emplace_back("SHEETBQ_RUN_ID", run.run_id);
    variables.emplace_back("SHEETBQ_ATTEMPT", std::to_string(run.start_tries + 1));
    variables.emplace_back("SHEETBQ_START_BY", to_rfc3339(start_by));
    std::sort(variables.begin(), variables.end());

    const auto latest = clock_.monotonic() + settings_.start_guard;
    crash_point("before_intent");
    const auto intended =
        store_.intend(run, to_json(variables), config.hash, settings_.lease, launcher_.settle());
    crash_point("after_intent");
    if (!intended) return {};
    if (clock_.monotonic() > latest) {
        // We were paused: by now somebody else may have it. If it is ours still, nobody asked for
        // the start, so the try does not count.
        log_.warning("start_too_slow", "the start was not asked for, since too much time passed",
                     facts(*intended));
        store_.postpone(*intended, milliseconds{0}, true);
        return {};
    }
    const auto answer = launcher_.start(variables, settings_.start_patience, interruption.give_up);
    crash_point("after_post_before_record");
    return take_answer(*intended, answer);
}

Step Follower::take_answer(const Run& run, const StartAnswer& answer) {
    using Kind = StartAnswer::Kind;
    const auto error = answer.error.value_or(Error{Code::internal, "the start was not answered"});
    switch (answer.kind) {
        case Kind::started:
            return record(run, *answer.execution);
        case Kind::refused:
            return refused(run, error);
        case Kind::not_sent:
            log_.warning("start_not_sent", error.what(), facts(run));
            store_.trip_breaker(error.what(), error.hint());
            store_.postpone(run, soon, true);
            return {.refused = error};
        case Kind::ambiguous:
            break;
    }
    log_.warning("start_ambiguous",
                 fmt::format("{}; whether it started will be looked up", error.what()), facts(run));
    if (error.code() == Code::quota)
        store_.drain_bucket("run:start:" + launcher_.place(),
                            error.retry_after().value_or(milliseconds{0}));
    if (!injected_bug("blind_retry")) return {};
    store_.postpone(run, milliseconds{0}, true);
    return {};
}

Step Follower::record(const Run& run, const Execution& execution) {
    const auto keep = launcher_.attached() ? std::optional{settings_.lease} : std::nullopt;
    const auto recorded = store_.record(run, execution, keep ? settings_.lease : settings_.poll,
                                        settings_.run_timeout, keep);
    crash_point("after_record");
    log_.info("run_started",
              fmt::format("configuration {} runs as {}", run.config_id, execution.name),
              facts(run));
    if (recorded == Recorded::recorded) {
        auto held = run;
        held.state = RunState::running;
        held.execution_name = execution.name;
        held.deadline_at = database_now() + settings_.run_timeout;
        if (keep) return {.kind = Step::Kind::held, .held = held};
        return {.kind = Step::Kind::started};
    }
    const auto now = store_.run(run.run_id);
    if (now && now->execution_name == execution.name) return {.kind = Step::Kind::started};
    // A paused process met a restart: the other execution counts, ours must not go on.
    log_.error("duplicate_execution",
               fmt::format("execution {} is one too many and is cancelled", execution.name),
               facts(run));
    cancel_quietly(execution.name);
    store_.count_duplicates(1);
    return {};
}

Step Follower::refused(const Run& run, const Error& error) {
    if (error.code() == Code::bad_config) return finish(run, failure_of(error));
    log_.error("start_refused", error.what(), facts(run));
    store_.trip_breaker(error.what(), error.hint());
    auto step =
        finish(run, not_started(RunState::failed, error.code(), error.what(), error.hint()));
    step.refused = error;
    return step;
}

// Finding out ------------------------------------------------------------------------------------

Step Follower::settle(const Run& run, const Interruption& interruption) {
    std::vector<Execution> found;
    try {
        const auto since = run.start_requested_at.value_or(run.created_at) - list_margin;
        for (const auto& execution : listed(since))
            if (execution.run_id == run.run_id) found.push_back(execution);
    } catch (const Error& error) {
        if (error.code() == Code::database) throw;
        log_.warning("list_failed", error.what(), facts(run));
        return postpone(run, soon);
    }
    if (!found.empty()) return adopt(run, std::move(found));
    if (run.cancel_requested)
        return finish(run, not_started(RunState::cancelled, Code::cancelled,
                                       "the run was cancelled before it started", {}));
    if (run.start_tries < most_start_tries) return start(run, interruption);
    const auto message =
        fmt::format("the run was asked to start {} times and never appeared", run.start_tries);
    store_.trip_breaker(message, "Look at the Cloud Run job's page for its state and quotas.");
    return finish(run, not_started(RunState::lost, Code::unavailable, message,
                                   "Nothing: the next run loads the whole tab."));
}

Step Follower::adopt(const Run& run, std::vector<Execution> found) {
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::pair{a.created_at, a.name} < std::pair{b.created_at, b.name};
    });
    const auto recorded = store_.adopt(run, found.front(), milliseconds{0}, settings_.run_timeout);
    crash_point("adopted");
    if (recorded == Recorded::slot_taken) return {};
    log_.notice("run_adopted",
                fmt::format("run {} had started as {}", run.run_id, found.front().name),
                facts(run));
    for (std::size_t i = 1; i < found.size(); ++i) cancel_quietly(found[i].name);
    if (found.size() > 1) store_.count_duplicates(static_cast<int>(found.size()) - 1);
    return {.kind = Step::Kind::started};
}

// Following --------------------------------------------------------------------------------------

Step Follower::follow(const Run& run, const Interruption& interruption) {
    std::optional<Execution> execution;
    try {
        execution = find(run.execution_name.value_or(""));
        if (!execution) return gone(run);
        if (judge(*execution) != Verdict::running) return end(run, *execution, true);
        const bool late = run.deadline_at && database_now() > *run.deadline_at;
        if (run.cancel_requested || late) {
            launcher_.cancel(execution->name, interruption.give_up);
            store_.note_cancelling(run, std::min(soon, settings_.poll));
            return {};
        }
    } catch (const Error& error) {
        if (error.code() == Code::database) throw;
        log_.warning("poll_failed", error.what(), facts(run));
        return postpone(run, soon);
    }
    if (run.missing_since)
        store_.note_missing(run, false, settings_.poll);
    else
        store_.postpone(run, settings_.poll);
    return {};
}

Step Follower::look(const Run& run, const Interruption& interruption) {
    const auto execution = launcher_.find(run.execution_name.value_or(""), interruption.give_up);
    if (!execution) return gone(run);
    if (judge(*execution) != Verdict::running) return end(run, *execution, false);
    const bool late = run.deadline_at && database_now() > *run.deadline_at;
    if (run.cancel_requested || late || interruption.stop.stop_requested())
        cancel_quietly(execution->name);
    return {.kind = Step::Kind::held, .held = run};
}

Step Follower::gone(const Run& run) {
    if (launcher_.attached() && run.execution_name.value_or("").starts_with("projects/")) {
        log_.warning("run_elsewhere",
                     fmt::format("run {} is an execution of Cloud Run, which local runs know "
                                 "nothing of; an orchestrator with --launcher=cloud-run follows it",
                                 run.run_id),
                     facts(run));
        return postpone(run, settings_.poll);
    }
    const auto now = database_now();
    // A local execution that its launcher does not know died with the process that ran it.
    const bool certain = launcher_.attached() ||
                         (run.missing_since && now - *run.missing_since >= settings_.missing);
    if (!certain) {
        const auto elapsed =
            run.missing_since ? std::chrono::duration_cast<milliseconds>(now - *run.missing_since)
                              : milliseconds{0};
        store_.note_missing(run, true, std::max(settings_.missing - elapsed, milliseconds{100}));
        return {};
    }
    const auto config = store_.config(run.config_id);
    const auto loaded = config && resolve_ ? resolve_(run, *config) : std::nullopt;
    if (loaded.value_or(false)) {
        Ending ending;
        ending.state = RunState::succeeded;
        ending.message = "its execution is gone; BigQuery has its load job, which succeeded";
        return finish(run, ending);
    }
    return finish(run, not_started(RunState::lost, Code::unavailable,
                                   "the execution is gone and nobody can say how it ended",
                                   "Nothing: the next run loads the whole tab."));
}

Step Follower::end(const Run& run, const Execution& execution, bool may_wait) {
    const auto aftermath = launcher_.aftermath(execution, give_up_);
    const bool fresh = execution.completed_at &&
                       database_now() - *execution.completed_at < settings_.report_patience;
    if (may_wait && aftermath.report.empty() && fresh && !launcher_.attached())
        return postpone(run, std::min(milliseconds{3'000}, settings_.report_patience));
    const bool late = run.deadline_at && database_now() > *run.deadline_at;
    auto ending = ending_of(run, execution, aftermath, late);
    if (injected_bug("operation_success")) ending.state = RunState::succeeded;
    return finish(run, std::move(ending));
}

Step Follower::finish(const Run& run, Ending ending) {
    if (!store_.finish(run, ending)) return {};
    crash_point("after_finish");
    auto fields = facts(run);
    fields.emplace_back("outcome", std::string{to_string(ending.state)});
    if (ending.state == RunState::succeeded)
        log_.notice("run_ended", fmt::format("configuration {} succeeded", run.config_id),
                    std::move(fields));
    else
        log_.warning("run_ended",
                     fmt::format("configuration {} {}: {}", run.config_id, to_string(ending.state),
                                 ending.message),
                     std::move(fields));
    return {.kind = Step::Kind::ended, .ending = std::move(ending)};
}

Step Follower::postpone(const Run& run, milliseconds wait) {
    store_.postpone(run, wait);
    return {};
}

std::optional<Execution> Follower::find(const std::string& name) {
    if (list_since_) {
        const auto& all = listed(*list_since_ - list_margin);
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const auto& each) { return each.name == name; });
        if (found != all.end()) return *found;
    }
    return launcher_.find(name, give_up_);
}

const std::vector<Execution>& Follower::listed(Clock::TimePoint since) {
    if (!list_ || since < list_from_) {
        list_ = launcher_.list(since, give_up_);
        list_from_ = since;
    }
    return *list_;
}

void Follower::cancel_quietly(const std::string& execution) {
    try {
        launcher_.cancel(execution, give_up_);
    } catch (const Error& error) {
        log_.warning("cancel_failed", error.what(), {{"execution", execution}});
    }
}

}  // namespace sheetbq::control
