#include "configs.hpp"

#include "config_details.hpp"
#include "sheetbq/app/due_table.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/status_json.hpp"
#include "sheetbq/app/status_rows.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using app::Shown;
using app::Tone;

constexpr int shown_runs = 5;

constexpr std::array list_flags{
    Flag{"state", "WORD", "", "", "List", "only those that stand so", false, '\0',
         "failing late running paused never ok inactive"},
};

constexpr std::array due_flags{
    Flag{"next", "TIME", "", "", "Due", "only what is due within that time, e.g. 24h"},
};

std::string text_at(const json::object& item, std::string_view key) {
    return app::plain_text(app::value_at(item, key));
}

Shown time_cell(const json::object& item, std::string_view key, Clock::TimePoint now,
                std::string_view none) {
    const auto time = from_rfc3339(text_at(item, key));
    return {time ? app::relative(*time, now) : std::string{none}, Tone::dim};
}

Shown standing_cell(const json::object& item) {
    const auto word = text_at(item, "standing");
    if (word == "failing" || word == "late") return {word, Tone::bad};
    if (word == "ok") return {word, Tone::good};
    return {word, word == "inactive" ? Tone::dim : Tone::plain};
}

Shown next_cell(const json::object& item, Clock::TimePoint now) {
    const auto standing = text_at(item, "standing");
    if (standing == "inactive") return {"", Tone::dim};
    if (standing == "running") return {"now", Tone::dim};
    const auto next = from_rfc3339(text_at(item, "next_at"));
    return {next && *next > now ? app::relative(*next, now) : "next tick", Tone::dim};
}

std::vector<app::Column> list_columns(Clock::TimePoint now) {
    return {{"id", "id", {}, true, false},
            {"name", "name"},
            {"standing", "state", standing_cell, false, false},
            {"last_run", "last success",
             [now](const json::object& item) { return time_cell(item, "last_run", now, "never"); },
             false, false},
            {"next_at", "next", [now](const json::object& item) { return next_cell(item, now); },
             false, false},
            {"target", "into"}};
}

int list(World& world) {
    auto& store = world.fleet().store();
    const auto pool = store.pool_state();
    const auto wanted = world.flags.text("state");
    const app::StatusView view{.now = pool.now, .paused = pool.paused};
    app::Listing listing{
        .schema = "sheetbq.config/v1",
        .key = "configs",
        .items = {},
        .columns = list_columns(pool.now),
        .name = "id",
        .empty = wanted.empty() ? "There are no configurations yet. Make one: helper example > "
                                  "config.json; edit it; helper configs create --from config.json"
                                : "No configuration stands so."};
    auto all = store.overview(1);
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.config.id < b.config.id; });
    for (const auto& overview : all) {
        const auto row = app::judge_row(overview, view);
        if (!wanted.empty() && app::word(row.standing) != wanted) continue;
        auto item = app::to_json(overview);
        add_standing(item, row);
        listing.items.push_back(std::move(item));
    }
    world.printer.list(listing);
    return 0;
}

int show(World& world) {
    auto& store = world.fleet().store();
    const auto config = app::find_config(store, world.argument(0));
    print_config(world, store, config, store.runs({.config_id = config.id, .limit = shown_runs}));
    return 0;
}

std::vector<app::Column> due_columns() {
    return {{"id", "id", {}, true, false},
            {"name", "name"},
            {"due", "due",
             [](const json::object& item) -> Shown {
                 return text_at(item, "due") == "true" ? Shown{"yes", Tone::good}
                                                       : Shown{"no", Tone::dim};
             },
             false, false},
            {"order", "start",
             [](const json::object& item) -> Shown {
                 const auto order = text_at(item, "order");
                 return {order == "0" ? "-" : order + "."};
             },
             true, false},
            {"why", "why"},
            {"blocked_by", "blocked by"}};
}

int due(World& world) {
    auto& store = world.fleet().store();
    const auto pool = store.pool_state();
    const auto lines = store.due({.tick_id = "helper"}, pool.max_running);
    app::Listing listing{.schema = "sheetbq.due/v1",
                         .key = "configs",
                         .items = {},
                         .columns = due_columns(),
                         .name = "id",
                         .empty = "Nothing is due within that time."};
    std::int64_t starting = 0;
    for (const auto& line : lines) {
        if (line.order != 0) ++starting;
        const auto at = line.not_before ? line.not_before : line.due_at;
        if (world.flags.given("next") && !line.due &&
            !(at && *at <= pool.now + world.flags.duration("next")))
            continue;
        auto item = app::to_json(line);
        item["why"] = app::why_due(line, pool.now);
        item["blocked_by"] = blocked_by_json(line, pool.now);
        listing.items.push_back(std::move(item));
    }
    world.printer.list(listing);
    if (!world.printer.for_people()) return 0;
    world.printer.note(pool.paused ? "Starts are paused: helper resume"
                                   : fmt::format("{} would start with the next tick.", starting));
    return 0;
}

std::vector<Entry> look_entries() {
    return {
        {{.path = "configs list",
          .heading = "Configurations",
          .summary = "list configurations with how they stand",
          .details = {},
          .arguments = {},
          .examples = {{"helper configs list", "all of them"},
                       {"helper configs list --state=failing -o name | xargs helper configs retry",
                        "try again what fails"}},
          .flags = store_flags(list_flags)},
         list},
        {{.path = "configs show",
          .heading = "Configurations",
          .summary = "show everything about a configuration, and why it is due or not",
          .details = {},
          .arguments = config_argument(),
          .examples = {{"helper configs show orders", "by name"},
                       {"helper configs show 12 -o json", "by id, for programs"}},
          .flags = store_flags({})},
         show},
    };
}

}  // namespace

std::vector<app::Argument> config_argument(bool many) {
    return {{.name = "CONFIG",
             .description = "id or name of a configuration",
             .required = true,
             .many = many,
             .completes = "config"}};
}

void check_draft(const app::ConfigDraft& draft, const std::string& what) {
    const auto& problems = draft.problems;
    if (problems.empty()) return;
    std::string list;
    for (const auto& problem : problems)
        list += (problems.size() == 1 ? "" : "\n    - ") + one_line(problem);
    throw Error{Code::bad_config, problems.size() == 1
                                      ? what + " has a problem"
                                      : fmt::format("{} has {} problems", what, problems.size())}
        .because(list)
        .fix("Nothing was written. Correct it and type the command again.");
}

void warn_of_duplicates(const World& world, const control::Config& config,
                        const std::vector<control::Config>& all) {
    if (!config.active) return;
    for (const auto& other : all)
        if (other.id != config.id && other.active && other.target() == config.target())
            world.printer.note(
                fmt::format("Warning: {} ({}) writes to {} too; the last one to run wins.",
                            other.name, other.id, config.target()));
}

std::vector<Entry> configs_entries() {
    std::vector<Entry> all;
    for (auto part : {look_entries(), config_change_entries(), config_switch_entries(),
                      config_transfer_entries()})
        for (auto& entry : part) all.push_back(std::move(entry));
    all.push_back({{.path = "configs due",
                    .heading = "Configurations",
                    .summary = "tell what is due, why, in what order, and what blocks it",
                    .details = {},
                    .arguments = {},
                    .examples = {{"helper configs due", "what the next tick would do"},
                                 {"helper configs due --next=24h", "what comes within a day"}},
                    .flags = store_flags(due_flags)},
                   due});
    return all;
}

}  // namespace sheetbq::helper
