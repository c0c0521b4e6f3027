#include "config_details.hpp"
#include "configs.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/core/uuid.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using control::Config;

constexpr std::array delete_flags{
    Flag{"yes", "", "", "false", "Delete", "do not ask", false, 'y'},
};

/// All that are named, before anything is done with the first.
std::vector<Config> named(World& world, control::Store& store) {
    std::vector<Config> found;
    for (const auto& word : world.arguments) found.push_back(app::find_config(store, word));
    return found;
}

app::Listing short_listing(const std::vector<std::pair<Config, std::string>>& done) {
    app::Listing listing{.schema = "sheetbq.action/v1",
                         .key = "configs",
                         .items = {},
                         .columns = {{"id", "id", {}, true, false},
                                     {"name", "name"},
                                     {"result", "result", {}, false, false}},
                         .name = "id",
                         .empty = ""};
    for (const auto& [config, result] : done)
        listing.items.push_back(
            json::object{{"id", config.id}, {"name", config.name}, {"result", result}});
    return listing;
}

int set_active(World& world, bool active) {
    auto& store = world.fleet().store();
    std::vector<std::pair<Config, std::string>> done;
    for (const auto& before : named(world, store)) {
        auto after = before;
        after.active = active;
        if (before.active == active) {
            done.emplace_back(before, active ? "was enabled already" : "was disabled already");
            continue;
        }
        if (!store.update_config(after, before))
            throw Error{Code::conflict, fmt::format("{} changed meanwhile", before.name)}
                .because("somebody else wrote the row, or deleted it")
                .fix(fmt::format("Look again: helper configs show {}", before.id));
        done.emplace_back(after, active ? "enabled" : "disabled");
        if (active) warn_of_duplicates(world, after, store.configs({}));
    }
    world.printer.list(short_listing(done));
    return 0;
}

int enable(World& world) { return set_active(world, true); }
int disable(World& world) { return set_active(world, false); }

int remove(World& world) {
    auto& store = world.fleet().store();
    const auto config = app::find_config(store, world.argument(0));
    const auto live =
        store.runs({.config_id = config.id,
                    .states = {control::RunState::claimed, control::RunState::starting,
                               control::RunState::running, control::RunState::cancelling},
                    .limit = 1});
    world.printer.note(fmt::format(
        "The table {} and the sheet stay as they are. Its runs stay in the history until "
        "they are old, its backoff and its incident go.{}",
        config.target(), live.empty() ? "" : " Its live run goes on; helper cancel stops it."));
    confirm(world, fmt::format("delete configuration {} ({})", config.id, config.name));
    if (!store.delete_config(config.id))
        throw Error{Code::conflict, fmt::format("{} is gone already", config.name)};
    world.printer.list(short_listing({{config, "deleted"}}));
    return 0;
}

int retry(World& world) {
    auto& store = world.fleet().store();
    std::vector<std::pair<Config, std::string>> done;
    for (const auto& config : named(world, store)) {
        store.request_run(config.id, make_uuid(world.fleet().clock()));
        done.emplace_back(
            config, config.active ? "asked for a run" : "asked for one run; it stays disabled");
    }
    world.printer.list(short_listing(done));
    if (store.pool_state().paused)
        world.printer.note("Runs are paused, so nothing starts before: helper resume");
    else if (done.size() == 1)
        world.printer.note(
            fmt::format("It starts with the next tick of an orchestrator. Follow it: "
                        "helper status --config {} --watch",
                        done.front().first.id));
    else
        world.printer.note("They start with the next tick of an orchestrator: helper list");
    return 0;
}

}  // namespace

std::vector<Entry> config_switch_entries() {
    return {
        {{.path = "configs delete",
          .heading = "Configurations",
          .summary = "delete a configuration; table, sheet and history stay",
          .details = {},
          .arguments = config_argument(),
          .examples = {{"helper configs delete orders", "asks first"},
                       {"helper configs delete 12 --yes", "does not ask"}},
          .flags = store_flags(delete_flags)},
         remove},
        {{.path = "configs enable",
          .heading = "Configurations",
          .summary = "let configurations run by schedule",
          .details = {},
          .arguments = config_argument(true),
          .examples = {{"helper configs enable orders contacts", "both"}},
          .flags = store_flags({})},
         enable},
        {{.path = "configs disable",
          .heading = "Configurations",
          .summary = "let configurations run no more by schedule",
          .details = {},
          .arguments = config_argument(true),
          .examples = {{"helper configs disable orders", "until helper configs enable orders"}},
          .flags = store_flags({})},
         disable},
        {{.path = "configs retry",
          .heading = "Configurations",
          .summary = "run configurations with the next tick, due or not, backing off or not",
          .details = {},
          .arguments = config_argument(true),
          .examples = {{"helper configs retry orders", "after its sheet was mended"}},
          .flags = store_flags({})},
         retry},
    };
}

}  // namespace sheetbq::helper
