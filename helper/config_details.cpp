#include "config_details.hpp"

#include "sheetbq/app/config_document.hpp"
#include "sheetbq/app/due_table.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/run_listing.hpp"
#include "sheetbq/app/status_json.hpp"
#include "sheetbq/app/status_rows.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::helper {
namespace {

using app::Detail;
using app::Tone;

app::Shown failure_shown(const control::ConfigState& state) {
    if (state.failures == 0 || state.last_error.empty()) return {};
    return {state.last_hint.empty() ? state.last_error
                                    : fmt::format("{}\ndo:  {}", state.last_error, state.last_hint),
            Tone::bad};
}

std::string failures_words(const control::ConfigState& state, Clock::TimePoint now) {
    if (state.failures == 0) return {};
    auto words = fmt::format("{} in a row", state.failures);
    if (state.failing_since) words += ", since " + app::relative(*state.failing_since, now);
    if (state.not_before && *state.not_before > now)
        words += ", next try " + app::relative(*state.not_before, now);
    return words;
}

std::string next_words(const control::ConfigOverview& overview) {
    const auto& config = overview.config;
    if (overview.live) return fmt::format("helper status --config {} --watch", config.id);
    if (overview.state.failures > 0) return fmt::format("helper configs retry {}", config.id);
    return config.active ? fmt::format("helper execute {}", config.id)
                         : fmt::format("helper configs enable {}", config.id);
}

std::vector<Detail> details_of(const control::ConfigOverview& overview,
                               const control::DueLine& line, const app::StatusRow& row,
                               Clock::TimePoint now) {
    const auto& config = overview.config;
    const auto& state = overview.state;
    const auto pretty = [](const std::optional<std::string>& text) {
        return text ? *text : std::string{};
    };
    const bool bad = row.standing == app::Standing::failing || row.standing == app::Standing::late;
    return {
        {"configuration", {fmt::format("{} ({})", config.name, config.id), Tone::strong}},
        {"state", {std::string{app::word(row.standing)}, bad ? Tone::bad : Tone::plain}},
        {"failures", {failures_words(state, now)}},
        {"error", failure_shown(state)},
        {"due",
         {fmt::format(
             "{}: {}", line.due ? "yes" : "no",
             state.run_requested_at ? "a person asked for a run" : app::why_due(line, now))}},
        {"blocked by", {app::blocked_by(line, now)}},
        {"runs", {frequency_words(config)}},
        {"last success",
         {config.last_run ? fmt::format("{} ({})", app::relative(*config.last_run, now),
                                        app::exact(*config.last_run))
                          : "never"}},
        {"sheet", {app::sheet_link(config)}},
        {"tab", {config.tab.value_or("")}},
        {"into", {config.target()}},
        {"schema", {config.schema_handling}},
        {"custom schema", {pretty(config.custom_schema)}},
        {"options", {pretty(config.options)}},
        {"incident",
         {state.incident_opened_at
              ? fmt::format("open since {}", app::relative(*state.incident_opened_at, now))
              : ""}},
        {"next", {next_words(overview), Tone::dim}},
    };
}

}  // namespace

std::string frequency_words(const control::Config& config) {
    const auto interval = config.interval();
    return interval ? fmt::format("every {} h", interval->count()) : "with every tick";
}

void add_standing(boost::json::object& item, const app::StatusRow& row) {
    item["standing"] = app::word(row.standing);
    item["next_at"] = row.next ? boost::json::value(to_rfc3339(*row.next)) : nullptr;
    item["target"] = row.overview->config.target();
}

boost::json::value blocked_by_json(const control::DueLine& line, Clock::TimePoint now) {
    const auto words = app::blocked_by(line, now);
    return words.empty() ? boost::json::value(nullptr) : boost::json::value(words);
}

void print_config(World& world, control::Store& store, const control::Config& config,
                  const std::vector<control::Run>& runs) {
    const auto pool = store.pool_state();
    const control::ClaimOrder order{.tick_id = "look", .only = {config.id}};
    const auto lines = store.due(order, pool.max_running);
    const auto line = lines.empty() ? control::DueLine{.config = config} : lines.front();
    control::ConfigOverview overview{.config = config, .state = store.config_state(config.id)};
    overview.due_at = line.due_at;
    for (const auto& run : runs)
        if (is_live(run.state))
            overview.live = run;
        else
            overview.recent.push_back(run);
    const app::StatusView view{.now = pool.now, .paused = pool.paused};
    const auto row = app::judge_row(overview, view);
    auto item = app::to_json(overview);
    add_standing(item, row);
    item["due"] = line.due;
    item["why"] = app::why_due(line, pool.now);
    item["blocked_by"] = blocked_by_json(line, pool.now);
    world.printer.one("sheetbq.config/v1", item, "id", details_of(overview, line, row, pool.now));
    if (!world.printer.for_people() || runs.empty() || !world.flags.words("fields").empty()) return;
    world.printer.text("\n");
    const auto& terminal = world.printer.terminal();
    constexpr std::size_t roomy = 110;
    world.printer.list(app::run_listing(runs, {{config.id, config.name}}, pool.now,
                                        !terminal.out || terminal.width >= roomy));
}

}  // namespace sheetbq::helper
