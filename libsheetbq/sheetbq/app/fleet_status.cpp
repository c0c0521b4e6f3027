#include "sheetbq/app/fleet_status.hpp"

#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/flags.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/json_text.hpp"
#include "sheetbq/app/run_listing.hpp"
#include "sheetbq/app/status_rows.hpp"
#include "sheetbq/core/counted.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::size_t shown_next = 5;
constexpr std::size_t shown_failing = 10;
constexpr double unseen_too_long = 600;  // seconds

/// Everything judged.
struct Judged {
    Selection all;
    std::vector<StatusRow> failing{};
    std::vector<StatusRow> next{};
    std::vector<StatusRow> late{};
    std::vector<const control::Run*> overdue{};  ///< live, past their deadline
};

Judged judge_all(const FleetStatus& status) {
    const StatusView view{.now = status.pool.now, .paused = status.pool.paused};
    Judged out;
    std::vector<StatusRow> rows;
    for (const auto& overview : status.configs) {
        auto row = judge_row(overview, view);
        ++out.all.totals.at(static_cast<std::size_t>(row.standing));
        if (row.standing == Standing::failing) out.failing.push_back(row);
        if (row.standing == Standing::late) out.late.push_back(row);
        if (overview.config.active && !overview.live) rows.push_back(row);
        if (overview.live && overview.live->deadline_at &&
            *overview.live->deadline_at + minutes{10} < status.pool.now)
            out.overdue.push_back(&*overview.live);
    }
    std::stable_sort(out.failing.begin(), out.failing.end(), [](const auto& a, const auto& b) {
        return a.overview->state.failures > b.overview->state.failures;
    });
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.next.value_or(Clock::TimePoint{}) < b.next.value_or(Clock::TimePoint{});
    });
    rows.resize(std::min(rows.size(), shown_next));
    out.next = std::move(rows);
    return out;
}

/// Something that does not go on by itself, and what to type.
struct Stuck {
    std::string text;
    std::string command;
};

std::vector<Stuck> find_stuck(const FleetStatus& status, const Judged& judged) {
    constexpr auto tick = "sheetbq-orchestrator";
    std::vector<Stuck> out;
    if (status.oldest_unseen_poll > unseen_too_long)
        out.push_back({fmt::format("A live run was not looked at for {}. Does the scheduler run? A "
                                   "tick by hand:",
                                   span_text(milliseconds{static_cast<std::int64_t>(
                                       status.oldest_unseen_poll * 1'000)})),
                       tick});
    for (const auto* const run : judged.overdue)
        out.push_back({fmt::format("Run {} is past its deadline. Stop it:", short_id(run->run_id)),
                       "helper cancel " + short_id(run->run_id)});
    if (!judged.late.empty()) {
        const auto worst =
            std::max_element(judged.late.begin(), judged.late.end(),
                             [](const auto& a, const auto& b) { return a.lateness < b.lateness; });
        const auto& config = worst->overview->config;
        const auto count = judged.late.size() == 1
                               ? "1 configuration is"
                               : fmt::format("{} configurations are", judged.late.size());
        out.push_back(
            {fmt::format("{} late, {} ({}) by {}. Does the scheduler run? A tick by hand:", count,
                         config.name, config.id, span_text(worst->lateness)),
             tick});
    }
    return out;
}

std::string when_words(const StatusRow& row, Clock::TimePoint now) {
    if (!row.next || *row.next <= now) return "with the next tick";
    return relative(*row.next, now);
}

/// The first sentence of a failure.
std::string error_of(const control::ConfigState& state) { return state.last_error; }

json::value time_or_null(const std::optional<Clock::TimePoint>& time) {
    return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

ConfigNames names_of(const FleetStatus& status) {
    ConfigNames names;
    for (const auto& overview : status.configs) names[overview.config.id] = overview.config.name;
    return names;
}

json::object failing_json(const StatusRow& row) {
    const auto& [config, state, due_at, live, recent] = *row.overview;
    return {{"id", config.id},
            {"name", config.name},
            {"failures", state.failures},
            {"failing_since", time_or_null(state.failing_since)},
            {"not_before", time_or_null(state.not_before)},
            {"incident_id", text_or_null(state.incident_id)},
            {"last_error", text_or_null(state.last_error)},
            {"last_hint", text_or_null(state.last_hint)}};
}

/// Puts the parts of the screen together.
class Screen {
public:
    Screen(std::size_t width, bool colour) : width_{width}, colour_{colour} {}

    void line(std::string_view text, Tone tone = Tone::plain) {
        out_ += toned(text, tone, colour_) + "\n";
    }
    /// A sentence that may be longer than the screen is wide.
    void words(std::string_view text, std::size_t before = 0, Tone tone = Tone::plain) {
        auto set = set_words(std::string(before, ' '), before, text, width_);
        set.pop_back();
        line(set, tone);
    }
    void heading(std::string_view text) {
        out_ += "\n" + toned(text, Tone::strong, colour_) + "\n";
    }
    void table(const std::vector<std::vector<Shown>>& rows, const std::vector<SetColumn>& columns) {
        auto text = set_columns(rows, columns, width_ - indent, colour_);
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
            text.insert(at, indent, ' ');
        out_ += text;
    }
    std::string take() { return std::move(out_); }

private:
    static constexpr std::size_t indent = 2;
    std::size_t width_;
    bool colour_;
    std::string out_;
};

void add_gate(Screen& screen, const control::PoolState& pool) {
    if (pool.paused) {
        auto words = std::string{"Paused"};
        if (pool.paused_at) words += " since " + relative(*pool.paused_at, pool.now);
        if (!pool.paused_by.empty()) words += " by " + pool.paused_by;
        if (!pool.paused_reason.empty()) words += ": " + pool.paused_reason;
        screen.line(words, Tone::warning);
        screen.line("No run starts. Go on: helper resume");
    } else if (pool.breaker_trips > 0) {
        screen.line(fmt::format("Starts fail since {}: {}",
                                relative(pool.breaker_since.value_or(pool.now), pool.now),
                                pool.breaker_reason),
                    Tone::bad);
        screen.words(fmt::format("Next try {}. {}",
                                 relative(pool.breaker_until.value_or(pool.now), pool.now),
                                 pool.breaker_hint));
    } else {
        screen.line("Runs may start.", Tone::good);
    }
    screen.line(fmt::format("{} of at most {} are live.", pool.live, pool.max_running));
}

/// `1 failing, 3 ok`.
std::string counts_text(const Judged& judged) {
    std::string words;
    for (std::size_t i = 0; i < standings; ++i)
        if (const auto count = judged.all.totals.at(i); count > 0)
            words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count,
                                 i == static_cast<std::size_t>(Standing::never)
                                     ? "never ran"
                                     : word(static_cast<Standing>(i)));
    return words;
}

void add_counts(Screen& screen, const FleetStatus& status, const Judged& judged) {
    if (status.configs.empty())
        screen.line(
            "There are no configurations yet: helper example > config.json; helper configs "
            "create --from config.json");
    else
        screen.words(fmt::format("{}: {}.", counted(status.configs.size(), "configuration"),
                                 counts_text(judged)));
    if (status.messages_waiting > 0)
        screen.line(fmt::format("{} {} to be sent: helper notify pending",
                                counted(status.messages_waiting, "message"),
                                status.messages_waiting == 1 ? "is" : "are"));
}

void add_failing(Screen& screen, const Judged& judged, Clock::TimePoint now) {
    if (judged.failing.empty()) return;
    screen.heading("Failing");
    std::vector<std::vector<Shown>> rows;
    for (std::size_t i = 0; i < std::min(judged.failing.size(), shown_failing); ++i) {
        const auto& row = judged.failing[i];
        const auto& state = row.overview->state;
        rows.push_back({{std::to_string(row.overview->config.id)},
                        {row.overview->config.name, Tone::bad},
                        {counted(state.failures, "time")},
                        {state.failing_since ? relative(*state.failing_since, now) : ""},
                        {error_of(state)}});
    }
    screen.table(rows, {{true, false}, {}, {false, false}, {false, false}, {}});
    const auto& worst = judged.failing.front().overview->config;
    screen.line(fmt::format("  More, and what to do: helper status --config {}", worst.id),
                Tone::dim);
}

void add_last(Screen& screen, const FleetStatus& status) {
    if (status.last.empty()) return;
    screen.heading("Last runs");
    const auto names = names_of(status);
    std::vector<std::vector<Shown>> rows;
    for (const auto& run : status.last) {
        const auto count = loaded_rows(run);
        const auto length = duration_of(run);
        const auto name = names.find(run.config_id);
        rows.push_back(
            {{short_id(run.run_id), Tone::dim},
             {name == names.end() ? fmt::format("{} (deleted)", run.config_id) : name->second},
             {std::string{to_string(run.state)}, tone_of(run.state)},
             {count ? grouped(*count, "row") : ""},
             {length ? span_text(*length) : ""},
             {relative(run.finished_at.value_or(run.created_at), status.pool.now)}});
    }
    screen.table(rows, {{false, false}, {}, {false, false}, {true, false}, {true, false}, {}});
}

void add_next(Screen& screen, const Judged& judged, Clock::TimePoint now) {
    if (judged.next.empty()) return;
    screen.heading("Next due");
    std::vector<std::vector<Shown>> rows;
    for (const auto& row : judged.next) {
        const auto& config = row.overview->config;
        const auto interval = config.interval();
        rows.push_back(
            {{std::to_string(config.id)},
             {config.name},
             {when_words(row, now)},
             {interval ? fmt::format("every {} h", interval->count()) : "every tick", Tone::dim}});
    }
    screen.table(rows, {{true, false}, {}, {false, false}, {}});
}

}  // namespace

json::object fleet_status_json(const FleetStatus& status) {
    const auto judged = judge_all(status);
    const auto& pool = status.pool;
    const auto names = names_of(status);
    json::object configs{{"total", status.configs.size()}};
    for (std::size_t i = 0; i < standings; ++i)
        configs[word(static_cast<Standing>(i))] = judged.all.totals.at(i);
    json::array failing;
    json::array next;
    json::array last;
    json::array stuck;
    for (const auto& row : judged.failing) failing.push_back(failing_json(row));
    for (const auto& row : judged.next)
        next.push_back(json::object{{"id", row.overview->config.id},
                                    {"name", row.overview->config.name},
                                    {"next_at", time_or_null(row.next)}});
    for (const auto& run : status.last) last.push_back(run_json(run, names));
    for (const auto& each : find_stuck(status, judged))
        stuck.push_back(json::object{{"text", each.text}, {"command", each.command}});
    return {{"time", to_rfc3339(pool.now)},
            {"paused", pool.paused},
            {"paused_reason", text_or_null(pool.paused_reason)},
            {"paused_by", text_or_null(pool.paused_by)},
            {"paused_at", time_or_null(pool.paused_at)},
            {"breaker_tripped", pool.breaker_trips > 0},
            {"breaker_since", time_or_null(pool.breaker_since)},
            {"breaker_reason", text_or_null(pool.breaker_reason)},
            {"live", pool.live},
            {"max_running", pool.max_running},
            {"configs", std::move(configs)},
            {"failing", std::move(failing)},
            {"last_runs", std::move(last)},
            {"next_due", std::move(next)},
            {"messages_waiting", status.messages_waiting},
            {"stuck", std::move(stuck)}};
}

std::string fleet_status_text(const FleetStatus& status, std::size_t width, bool colour) {
    const auto judged = judge_all(status);
    Screen screen{width, colour};
    add_gate(screen, status.pool);
    add_counts(screen, status, judged);
    if (const auto stuck = find_stuck(status, judged); !stuck.empty()) {
        screen.heading("Stuck");
        for (const auto& [text, command] : stuck) {
            screen.words(text, 2, Tone::warning);
            screen.line("    " + command);
        }
    }
    add_failing(screen, judged, status.pool.now);
    add_last(screen, status);
    add_next(screen, judged, status.pool.now);
    return screen.take();
}

}  // namespace sheetbq::app
