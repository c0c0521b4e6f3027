#include "configs.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/json_text.hpp"
#include "sheetbq/app/printer.hpp"
#include "sheetbq/core/counted.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using control::Config;

constexpr std::array import_flags{
    Flag{"dry-run", "", "", "false", "Import", "show what would change and write nothing"},
    Flag{"yes", "", "", "false", "Import", "do not ask", false, 'y'},
};

int export_configs(World& world) {
    auto& store = world.fleet().store();
    std::vector<Config> chosen;
    for (const auto& word : world.arguments) chosen.push_back(app::find_config(store, word));
    if (world.arguments.empty()) chosen = store.configs({});
    json::array list;
    for (const auto& config : chosen) {
        json::object item{{"id", config.id}};
        for (const auto& [key, value] : app::config_fields(config)) item[key] = value;
        list.push_back(std::move(item));
    }
    const json::object document{{"schema", "sheetbq.config/v1"}, {"configs", std::move(list)}};
    world.printer.text(world.printer.format() == app::Format::yaml ? app::to_yaml(document)
                                                                   : app::pretty_json(document));
    return 0;
}

/// What an import would do with one configuration.
struct Plan {
    Config config;
    std::optional<Config> before{};
    std::vector<app::FieldChange> changes{};

    std::string_view action() const {
        if (!before) return "create";
        return changes.empty() ? "unchanged" : "update";
    }
};

std::string content_of(const std::string& path) {
    if (path == "-") return {std::istreambuf_iterator<char>{std::cin}, {}};
    std::ifstream in{path, std::ios::binary};
    if (!in.is_open())
        throw Error{Code::not_found, fmt::format("there is no file {}", path)}.fix(
            "Make one: helper configs export > configs.json");
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Collects what is wrong with all of them.
void check_all(const std::vector<app::ConfigDraft>& drafts, const std::string& name) {
    std::string list;
    std::size_t bad = 0;
    std::map<std::string, int> names;
    for (const auto& draft : drafts) {
        const auto called = draft.config.name.empty() ? "(no name)" : draft.config.name;
        for (const auto& problem : draft.problems)
            list += fmt::format("\n    - {}: {}", called, one_line(problem));
        if (++names[draft.config.name] == 2) {
            list += fmt::format("\n    - {}: stands there twice", called);
            ++bad;
        }
        if (!draft.problems.empty()) ++bad;
    }
    if (bad == 0) return;
    throw Error{Code::bad_config, fmt::format("{} cannot be imported", name)}.because(list).fix(
        "Nothing was written. Correct the document and type the command again.");
}

Plan plan_of(control::Store& store, const app::ConfigDraft& draft) {
    Plan plan{.config = draft.config};
    auto same = store.configs({.ids = {}, .name = draft.config.name});
    std::erase_if(same, [&](const Config& each) { return each.name != draft.config.name; });
    if (same.size() > 1)
        throw Error{Code::conflict,
                    fmt::format("several configurations are called \"{}\"", draft.config.name)}
            .because("an import goes by names")
            .fix(fmt::format("Rename all but one: helper configs update {} --name NAME",
                             same.back().id));
    if (same.empty()) return plan;
    plan.before = same.front();
    plan.config.id = same.front().id;
    plan.changes = app::config_changes(*plan.before, plan.config);
    return plan;
}

app::Shown change_words(const json::object& item) {
    const auto text = [](const json::value& change, std::string_view key) {
        const auto words = app::plain_text(app::value_at(change.as_object(), key));
        return words.empty() ? "(none)" : words;
    };
    std::string out;
    for (const auto& change : item.at("changes").as_array())
        out += fmt::format("{}{}: {} -> {}", out.empty() ? "" : "; ", text(change, "field"),
                           text(change, "before"), text(change, "after"));
    return {out};
}

app::Listing listing_of(const std::vector<Plan>& plans) {
    app::Listing listing{.schema = "sheetbq.import/v1",
                         .key = "configs",
                         .items = {},
                         .columns = {{"name", "name"},
                                     {"action", "action", {}, false, false},
                                     {"changes", "changes", change_words}},
                         .name = "name",
                         .empty = "The document has no configurations."};
    for (const auto& plan : plans)
        listing.items.push_back(
            json::object{{"id", plan.before ? json::value(plan.before->id) : json::value(nullptr)},
                         {"name", plan.config.name},
                         {"action", plan.action()},
                         {"changes", changes_json(plan.changes)}});
    return listing;
}

void carry_out(control::Store& store, const Plan& plan) {
    if (plan.action() == "create") {
        store.create_config(plan.config);
    } else if (plan.action() == "update" && !store.update_config(plan.config, *plan.before)) {
        throw Error{Code::conflict, fmt::format("{} changed meanwhile", plan.config.name)}
            .because("somebody else wrote the row, or deleted it; those before it are written")
            .fix("Type the command again: what is done already is unchanged then.");
    }
}

int import_configs(World& world) {
    const auto path = world.argument(0);
    const auto name = path == "-" ? "standard input" : path;
    std::vector<app::ConfigDraft> drafts;
    for (const auto& document : app::documents_in(content_of(path), name))
        drafts.push_back(app::draft_config(document));
    check_all(drafts, name);
    auto& store = world.fleet().store();
    std::vector<Plan> plans;
    plans.reserve(drafts.size());
    for (const auto& draft : drafts) plans.push_back(plan_of(store, draft));
    world.printer.list(listing_of(plans));
    const auto changed = std::count_if(
        plans.begin(), plans.end(), [](const Plan& plan) { return plan.action() != "unchanged"; });
    if (changed == 0) {
        world.printer.note("Everything is as the document says.");
        return 0;
    }
    if (world.flags.on("dry-run")) {
        world.printer.note("Nothing was written (--dry-run).");
        return 0;
    }
    confirm(world, "write " + counted(changed, "configuration"));
    for (const auto& plan : plans) carry_out(store, plan);
    const auto all = store.configs({});
    for (const auto& plan : plans)
        if (plan.before) warn_of_duplicates(world, plan.config, all);
    world.printer.note(fmt::format("{} written.", changed));
    return 0;
}

}  // namespace

std::vector<Entry> config_transfer_entries() {
    return {
        {{.path = "configs export",
          .heading = "Configurations",
          .summary = "print configurations as a document that configs import reads",
          .details =
              "The document is sheetbq.config/v1 in JSON, or in YAML with -o yaml, which import "
              "does not read.",
          .arguments = {{.name = "CONFIG",
                         .description = "id or name; default: all",
                         .many = true,
                         .completes = "config"}},
          .examples = {{"helper configs export > configs.json", "all of them"},
                       {"helper configs export orders", "one"}},
          .flags = store_flags({})},
         export_configs},
        {{.path = "configs import",
          .heading = "Configurations",
          .summary = "create and update configurations from a document, by name",
          .details = "Shows what would be created and updated, and asks. Configurations that the "
                     "document does not have stay as they are.",
          .arguments = {{.name = "FILE",
                         .description = "of configs export; -: standard input",
                         .required = true,
                         .completes = "file"}},
          .examples = {{"helper configs import configs.json --dry-run", "what would change"},
                       {"helper configs import configs.json --yes", "do it"}},
          .flags = store_flags(import_flags)},
         import_configs},
    };
}

}  // namespace sheetbq::helper
