#include "sheetbq/control/reconcile.hpp"

#include "sheetbq/control/crash_point.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sheetbq::control {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds database_patience{15'000};  // a restart of PostgreSQL takes less
constexpr milliseconds notify_budget{5'000};
constexpr seconds skew_worth_saying{60};
constexpr seconds sweep_interval{3'600};
constexpr std::chrono::hours audit_span{2};

/// A run whose start is not settled yet may still take it on.
bool is_stray(const Execution& execution, const Run& run) {
    const bool open = run.state == RunState::starting || run.state == RunState::claimed;
    return !open && run.execution_name != execution.name;
}

}  // namespace

std::string_view to_string(TickReport::Status status) {
    switch (status) {
        case TickReport::Status::done:
            return "done";
        case TickReport::Status::partial:
            return "partial";
        case TickReport::Status::duplicate:
            return "duplicate";
    }
    return "done";
}

std::string to_json(const TickReport& report) {
    boost::json::object out{
        {"schema", "sheetbq.tick/v1"},     {"status", to_string(report.status)},
        {"claimed", report.claimed},       {"started", report.started},
        {"reconciled", report.reconciled}, {"succeeded", report.succeeded},
        {"failed", report.failed},         {"live", report.live},
        {"due_left", report.due_left},     {"lateness_max_s", report.lateness_max}};
    if (!report.refusal.empty()) out["refusal"] = report.refusal;
    return boost::json::serialize(out);
}

/// One tick while it lasts.
class Tick {
public:
    Tick(Reconciler& owner, const TickOrder& order, const Interruption& interruption)
        : owner_{owner},
          store_{owner.store_},
          clock_{owner.clock_},
          settings_{owner.settings_},
          log_{owner.log_.with({{"tick_id", order.tick_id}})},
          order_{order},
          interruption_{interruption},
          began_{clock_.monotonic()} {}

    TickReport run();

private:
    void say_hello();
    void rounds();
    bool patient_round();
    bool round();
    bool may_claim();
    bool goes_on(bool busy) const;
    void reconcile();
    void keep_held();
    void renew_held(std::chrono::nanoseconds now);
    void look_at_held();
    void claim();
    void settle_claims_of_others();
    void take(const Run& run, const Step& step);
    void give_up_unstarted(const Error& refusal);
    void give_up_held();
    void give_back_unstarted();
    void wind_down();
    void housekeeping();
    void audit();
    std::vector<Execution> running_executions();
    void cancel_stray(const Execution& execution);
    bool over_budget() const;
    ClaimOrder claim_order() const;

    Reconciler& owner_;
    Store& store_;
    Clock& clock_;
    const ReconcileSettings& settings_;
    Log log_;
    const TickOrder& order_;
    const Interruption& interruption_;
    std::chrono::nanoseconds began_;
    std::optional<Follower> follower_;
    TickReport report_;
    std::optional<std::chrono::nanoseconds> away_since_;
    bool fresh_ = true;
    bool paused_ = false;
    bool breaker_tripped_ = false;
    std::map<std::string, Run> held_;  // runs of an attached launcher, whose lease we keep
    std::set<std::string> mine_;       // runs this tick claimed that have not ended
    std::set<std::string> unstarted_;  // those of them that nothing was asked for yet
    std::chrono::nanoseconds lease_good_until_{};
    std::chrono::nanoseconds renew_at_{};
};

TickReport Tick::run() {
    say_hello();
    if (!fresh_) {
        report_.status = TickReport::Status::duplicate;
        reconcile();
        log_.info("tick_duplicate", "this tick was seen before; nothing is claimed");
        return report_;
    }
    try {
        rounds();
    } catch (...) {
        give_up_held();
        throw;
    }
    wind_down();
    return report_;
}

void Tick::say_hello() {
    const auto hello = store_.hello();
    const auto ahead = hello.now - clock_.now();
    const auto skew = std::chrono::duration_cast<seconds>(ahead);
    if (std::chrono::abs(skew) >= skew_worth_saying)
        log_.warning("clock_skew",
                     fmt::format("this machine's clock and PostgreSQL's differ by {} s; "
                                 "PostgreSQL's decides",
                                 skew.count()),
                     {{"seconds", std::int64_t{skew.count()}}});
    paused_ = hello.paused;
    breaker_tripped_ = hello.breaker_tripped;
    if (paused_) log_.notice("paused", "starts are paused; nothing is claimed");
    follower_.emplace(store_, owner_.launcher_, owner_.resolve_, clock_, log_, settings_, ahead,
                      interruption_.give_up);
    store_.define_bucket("run:start:" + owner_.launcher_.place(),
                         bucket_capacity(settings_.starts_per_second), settings_.starts_per_second);
    store_.define_bucket("sheets:read:" + settings_.sheets_account,
                         bucket_capacity(settings_.sheets_reads_per_second),
                         settings_.sheets_reads_per_second);
    fresh_ = store_.register_tick(order_.tick_id);
    crash_point("tick_registered");
}

/// Rounds until there is nothing left to do; a database that is away for a while is waited for.
void Tick::rounds() {
    while (goes_on(patient_round())) {
        const milliseconds pause{owner_.launcher_.attached() ? 100 : 1'000};
        clock_.sleep(std::min(pause, settings_.poll), interruption_.stop);
    }
}

/// A round; one that the database was away for counts as busy, for a while.
bool Tick::patient_round() {
    try {
        const bool busy = round();
        away_since_.reset();
        return busy;
    } catch (const Error& error) {
        if (error.code() != Code::database) throw;
        const auto now = clock_.monotonic();
        away_since_ = away_since_.value_or(now);
        log_.warning("database_away", error.what());
        const bool too_long = now - *away_since_ > database_patience;
        if (too_long || over_budget() || interruption_.stop.stop_requested()) throw;
        clock_.sleep(seconds{1}, interruption_.stop);
        return true;
    }
}

/// @returns whether anything of ours may still move.
bool Tick::round() {
    keep_held();
    const auto before = report_.claimed;
    if (!interruption_.stop.stop_requested()) {
        reconcile();
        if (may_claim()) claim();
    }
    settle_claims_of_others();
    return !mine_.empty() || !held_.empty() || report_.claimed != before;
}

bool Tick::may_claim() {
    if (paused_ || over_budget() || !report_.refusal.empty()) return false;
    if (!breaker_tripped_) return true;
    const auto wait = store_.breaker_wait();
    if (wait == milliseconds{0}) return true;
    const Error held_back =
        Error{Code::unavailable, "nothing is started at the moment"}
            .because("the last starts failed for a reason that is no configuration's")
            .fix(fmt::format(
                "Mend what the log and Slack say of it; starts are tried again in {} s.",
                std::chrono::ceil<seconds>(wait).count()));
    log_.warning("starts_held_back", held_back.what());
    report_.refusal = describe(held_back);
    return false;
}

bool Tick::goes_on(bool busy) const {
    if (interruption_.give_up.stop_requested()) return false;
    if (interruption_.stop.stop_requested()) return !held_.empty();
    if (over_budget()) return !held_.empty();
    if (!busy) return false;
    return order_.watch || !unstarted_.empty() || !held_.empty();
}

bool Tick::over_budget() const {
    return order_.budget && clock_.monotonic() - began_ >= *order_.budget;
}

ClaimOrder Tick::claim_order() const {
    return {.tick_id = order_.tick_id,
            .batch = settings_.batch,
            .due_slack = settings_.due_slack,
            .lease = settings_.lease,
            .only = order_.only,
            .exclude = order_.exclude};
}

void Tick::claim() {
    const auto claimed = store_.claim(claim_order());
    for (const auto& run : claimed) {
        mine_.insert(run.run_id);
        unstarted_.insert(run.run_id);
        report_.runs.push_back(run.run_id);
        report_.lateness_max =
            std::max(report_.lateness_max, duration<double>(run.created_at - run.due_at).count());
    }
    report_.claimed += static_cast<int>(claimed.size());
    for (const auto& run : claimed) {
        if (interruption_.stop.stop_requested() || !report_.refusal.empty()) return;
        if (over_budget()) return;
        keep_held();
        take(run, follower_->step(run, interruption_));
    }
}

void Tick::reconcile() {
    const auto leased = store_.lease(settings_.batch, settings_.lease,
                                     order_.alone ? order_.only : std::vector<int>{});
    crash_point("leased");
    follower_->begin_pass(leased);
    for (const auto& run : leased) {
        keep_held();
        take(run, follower_->step(run, interruption_));
        ++report_.reconciled;
    }
}

void Tick::take(const Run& run, const Step& step) {
    switch (step.kind) {
        case Step::Kind::held:
            if (step.held) held_[run.run_id] = *step.held;
            [[fallthrough]];
        case Step::Kind::started:
            report_.started += unstarted_.erase(run.run_id) != 0 ? 1 : 0;
            if (breaker_tripped_) store_.reset_breaker();
            breaker_tripped_ = false;
            break;
        case Step::Kind::ended:
            held_.erase(run.run_id);
            unstarted_.erase(run.run_id);
            if (mine_.erase(run.run_id) != 0) {
                const bool good = step.ending && step.ending->state == RunState::succeeded;
                ++(good ? report_.succeeded : report_.failed);
            }
            break;
        case Step::Kind::waiting:
            break;
    }
    if (step.refused) give_up_unstarted(*step.refused);
}

/// Nothing can be started here: what was claimed is given back at once, so that it neither fills
/// the cap nor makes anybody wait.
void Tick::give_up_unstarted(const Error& refusal) {
    report_.refusal = describe(refusal);
    for (const auto& run_id : std::set{unstarted_}) {
        const auto run = store_.run(run_id);
        unstarted_.erase(run_id);
        mine_.erase(run_id);
        if (!run || run->state != RunState::claimed) continue;
        Ending ending;
        ending.state = RunState::abandoned;
        ending.code = refusal.code();
        ending.blameless = true;
        ending.message = refusal.what();
        ending.hint = refusal.hint();
        if (store_.finish(*run, ending)) ++report_.failed;
    }
}

/// Runs of ours that another process finished, or has taken over.
void Tick::settle_claims_of_others() {
    std::vector<std::string> open;
    for (const auto& run_id : mine_)
        if (!held_.contains(run_id)) open.push_back(run_id);
    if (open.empty()) return;
    for (const auto& run : store_.runs_by_id(open)) {
        if (run.state != RunState::claimed) unstarted_.erase(run.run_id);
        if (is_live(run.state)) continue;
        mine_.erase(run.run_id);
        ++(run.state == RunState::succeeded ? report_.succeeded : report_.failed);
    }
}

/// Keeps the lease of local executions, and looks how they do. A lease that cannot be kept ends
/// them: whoever takes the run over must find nothing running.
void Tick::keep_held() {
    if (held_.empty()) return;
    const auto now = clock_.monotonic();
    if (lease_good_until_ == std::chrono::nanoseconds{0})
        lease_good_until_ = now + settings_.lease / 2;
    if (now >= renew_at_) {
        try {
            renew_held(now);
        } catch (const Error&) {
            if (now > lease_good_until_) give_up_held();
            throw;
        }
    }
    look_at_held();
}

void Tick::renew_held(std::chrono::nanoseconds now) {
    std::vector<std::string> ids;
    for (const auto& [run_id, run] : held_) ids.push_back(run_id);
    std::map<std::string, Run> still;
    for (const auto& run : store_.renew(ids, settings_.lease)) still[run.run_id] = run;
    // Trusted from before the request was sent.
    lease_good_until_ = now + settings_.lease - settings_.lease / 4;
    renew_at_ = now + settings_.lease / 4;
    for (const auto& run_id : ids) {
        if (still.contains(run_id)) {
            held_[run_id].cancel_requested = still[run_id].cancel_requested;
            continue;
        }
        log_.error("lease_lost", fmt::format("run {} was taken over; it ends here", run_id));
        owner_.launcher_.cancel(held_[run_id].execution_name.value_or(""), {});
        held_.erase(run_id);
    }
}

void Tick::look_at_held() {
    for (const auto& [run_id, run] : std::map{held_})
        take(run, follower_->look(run, interruption_));
}

void Tick::give_up_held() {
    for (const auto& [run_id, run] : held_)
        owner_.launcher_.cancel(run.execution_name.value_or(""), {});
    held_.clear();
}

/// What was claimed and not started any more in this tick fills the cap: the next one must not wait
/// for the lease to end.
void Tick::give_back_unstarted() {
    const std::vector<std::string> left{unstarted_.begin(), unstarted_.end()};
    for (const auto& run : store_.runs_by_id(left))
        if (run.state == RunState::claimed) store_.postpone(run, milliseconds{0});
}

void Tick::wind_down() {
    if (interruption_.stop.stop_requested()) {
        give_up_held();
        store_.release_all();
    } else if (!unstarted_.empty()) {
        give_back_unstarted();
    }
    report_.live = static_cast<int>(mine_.size());
    if (!interruption_.stop.stop_requested()) housekeeping();
    report_.due_left = store_.due_left(claim_order());
    const bool partial = report_.live != 0 || over_budget() || interruption_.stop.stop_requested();
    report_.status = partial ? TickReport::Status::partial : TickReport::Status::done;
    store_.finish_tick(order_.tick_id, to_json(report_));
    log_.notice(
        "tick_ended",
        fmt::format("{} claimed, {} started, {} succeeded, {} failed, {} live, {} still due",
                    report_.claimed, report_.started, report_.succeeded, report_.failed,
                    report_.live, report_.due_left),
        {{"status", std::string{to_string(report_.status)}},
         {"claimed", std::int64_t{report_.claimed}},
         {"started", std::int64_t{report_.started}},
         {"succeeded", std::int64_t{report_.succeeded}},
         {"failed", std::int64_t{report_.failed}},
         {"due_left", report_.due_left}});
}

void Tick::housekeeping() {
    const bool something = report_.succeeded + report_.failed != 0;
    if (owner_.notifier_ != nullptr && owner_.notifier_->wants_ticks() && something)
        store_.enqueue({fmt::format("tick:{}:report", order_.tick_id), "tick", to_json(report_)});
    if (owner_.notifier_ != nullptr)
        owner_.notifier_->drain(order_.tick_id, settings_.digest_threshold, notify_budget,
                                interruption_.stop);
    if (order_.alone || !store_.win_sweep("retention", sweep_interval)) return;
    const auto deleted = store_.sweep(settings_.keep_history);
    log_.info("swept", fmt::format("{} old runs were deleted", deleted), {{"runs", deleted}});
    audit();
}

/// Executions that nobody knows about, or whose run names another one, must not go on.
void Tick::audit() {
    if (owner_.launcher_.attached()) return;
    try {
        const auto running = running_executions();
        std::vector<std::string> ids;
        ids.reserve(running.size());
        for (const auto& execution : running) ids.push_back(execution.run_id);
        std::map<std::string, Run> known;
        for (const auto& run : store_.runs_by_id(ids)) known[run.run_id] = run;
        for (const auto& execution : running) {
            const auto run = known.find(execution.run_id);
            if (run == known.end() || is_stray(execution, run->second)) cancel_stray(execution);
        }
    } catch (const Error& error) {
        if (error.code() == Code::database) throw;
        log_.warning("audit_failed", error.what());
    }
}

std::vector<Execution> Tick::running_executions() {
    auto listed = owner_.launcher_.list(follower_->database_now() - audit_span, interruption_.stop);
    std::erase_if(listed, [](const Execution& execution) {
        return execution.run_id.empty() || judge(execution) != Verdict::running;
    });
    return listed;
}

void Tick::cancel_stray(const Execution& execution) {
    log_.error("stray_execution",
               fmt::format("execution {} belongs to no live run and is cancelled", execution.name),
               {{"run_id", execution.run_id}});
    owner_.launcher_.cancel(execution.name, interruption_.stop);
    store_.count_duplicates(1);
}

Reconciler::Reconciler(Store& store, Launcher& launcher, Notifier* notifier, ResolveLoad resolve,
                       Clock& clock, Log log, ReconcileSettings settings)
    : store_{store},
      launcher_{launcher},
      notifier_{notifier},
      resolve_{std::move(resolve)},
      clock_{clock},
      log_{std::move(log)},
      settings_{std::move(settings)} {}

TickReport Reconciler::tick(const TickOrder& order, const Interruption& interruption) {
    return Tick{*this, order, interruption}.run();
}

std::vector<DueLine> Reconciler::preview(const TickOrder& order, int max_running) {
    return store_.due({.tick_id = order.tick_id,
                       .batch = settings_.batch,
                       .due_slack = settings_.due_slack,
                       .only = order.only,
                       .exclude = order.exclude},
                      max_running);
}

}  // namespace sheetbq::control
