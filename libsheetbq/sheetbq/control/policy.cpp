#include "sheetbq/control/policy.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::control {
namespace {

namespace json = boost::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int half_open_after = 10;  // failures in a row: then one probe a day
constexpr int patience = 3;          // failures in a row that may pass by themselves
constexpr hours alert_after{2};      // or when they go on for that long
constexpr milliseconds longest_wait = hours{24};

/// Somebody has to do something; running again alone cannot help.
bool needs_a_person(Code code) {
    switch (code) {
        case Code::usage:
        case Code::not_found:
        case Code::unauthenticated:
        case Code::bad_config:
        case Code::permission_denied:
            return true;
        default:
            return false;
    }
}

/// `first` doubled with each failure after the first, without overflow.
milliseconds doubled(milliseconds first, int failures, milliseconds cap) {
    auto wait = first;
    for (int i = 1; i < failures && wait < cap; ++i) wait *= 2;
    return std::min(wait, cap);
}

bool worth_an_incident(Code code, const ConfigState& state, Clock::TimePoint now) {
    if (needs_a_person(code) || code == Code::bad_data) return true;
    return state.failures >= patience ||
           (state.failing_since && now - *state.failing_since >= alert_after);
}

json::object payload(const ConfigState& state, const Run& run,
                     const std::optional<Config>& config) {
    json::object out{{"config_id", run.config_id},
                     {"run_id", run.run_id},
                     {"incident_id", state.incident_id},
                     {"failures", state.failures}};
    if (config) {
        out["config_name"] = config->name;
        out["sheet_url"] = config->sheet_url;
        out["tab"] = config->tab.value_or("");
        out["target"] = config->target();
    }
    return out;
}

void close_incident(const ConfigState& before, const Run& run, const std::optional<Config>& config,
                    Clock::TimePoint now, std::vector<Message>& messages) {
    if (before.incident_id.empty()) return;
    auto content = payload(before, run, config);
    if (before.incident_opened_at)
        content["seconds"] =
            std::chrono::duration_cast<seconds>(now - *before.incident_opened_at).count();
    messages.push_back({fmt::format("incident:{}:closed", before.incident_id), "recovered",
                        json::serialize(content)});
}

void open_incident(ConfigState& state, const Run& run, const Ending& ending,
                   const std::optional<Config>& config, Clock::TimePoint now,
                   const std::string& incident_id, std::vector<Message>& messages) {
    state.incident_id = incident_id;
    state.incident_opened_at = now;
    state.last_notified_at = now;
    state.reminders = 0;
    auto content = payload(state, run, config);
    content["error_class"] = state.last_error_class;
    content["message"] = ending.message;
    content["hint"] = ending.hint;
    content["log_uri"] = ending.log_uri;
    messages.push_back(
        {fmt::format("incident:{}:open", incident_id), "opened", json::serialize(content)});
}

ConfigState healed(const ConfigState& before, const Ending& ending) {
    ConfigState state;
    state.sheets_requests =
        ending.sheets_requests != 0 ? ending.sheets_requests : before.sheets_requests;
    return state;
}

/// Nobody's fault: the failures stay as they were, and it is tried again soon.
ConfigState undisturbed(const ConfigState& before, const Run& run, const Ending& ending,
                        const std::optional<Config>& config, Clock::TimePoint now,
                        const Jitter& jitter) {
    auto state = before;
    if (ending.state == RunState::abandoned) return state;
    const auto interval = config ? config->interval() : std::nullopt;
    if (ending.state == RunState::cancelled && run.cancel_requested)
        state.not_before = now + interval.value_or(hours{0});
    else
        state.not_before = now + jitter(minutes{1});
    return state;
}

}  // namespace

Code code_of_exit(int exit) {
    constexpr std::array known{
        Code::internal, Code::usage,     Code::not_found,   Code::unauthenticated,
        Code::conflict, Code::database,  Code::bad_config,  Code::permission_denied,
        Code::quota,    Code::deadline,  Code::unavailable, Code::bad_data,
        Code::too_late, Code::cancelled,
    };
    const auto* const found = std::find_if(known.begin(), known.end(),
                                           [&](Code code) { return exit_code(code) == exit; });
    return found == known.end() ? Code::internal : *found;
}

milliseconds backoff(Code code, int failures, std::optional<hours> interval, const Jitter& jitter) {
    const milliseconds every = interval.value_or(hours{1});
    if (failures >= half_open_after) return std::max(every, longest_wait);
    if (needs_a_person(code))
        return std::max<milliseconds>(doubled(every, failures, longest_wait), hours{1});
    const auto cap = code == Code::bad_data ? every : std::min<milliseconds>(every, hours{6});
    return std::max<milliseconds>(jitter(doubled(minutes{1}, failures, cap)), seconds{1});
}

Consequence consequence(const ConfigState& before, const Run& run, const Ending& ending,
                        const std::optional<Config>& config, Clock::TimePoint now,
                        const Jitter& jitter, const std::string& incident_id) {
    Consequence result;
    if (ending.state == RunState::succeeded) {
        result.state = healed(before, ending);
        close_incident(before, run, config, now, result.messages);
        return result;
    }
    if (ending.blameless) {
        result.state = undisturbed(before, run, ending, config, now, jitter);
        return result;
    }
    const auto code = ending.code.value_or(Code::internal);
    auto& state = result.state;
    state = before;
    ++state.failures;
    if (!state.failing_since) state.failing_since = now;
    state.config_hash = run.config_hash;
    state.last_error_class = to_string(code);
    state.last_error = ending.message;
    state.last_hint = ending.hint;
    state.not_before =
        now + backoff(code, state.failures, config ? config->interval() : std::nullopt, jitter);
    if (state.incident_id.empty() && worth_an_incident(code, state, now))
        open_incident(state, run, ending, config, now, incident_id, result.messages);
    return result;
}

}  // namespace sheetbq::control
