#include "sheetbq/app/find_config.hpp"
#include "sheetbq/app/validation.hpp"
#include "sheetbq/core/counted.hpp"
#include "validate_online.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace sheetbq::helper {
namespace {

using app::Flag;
using app::Tone;
using app::Validation;

constexpr std::array flags{
    Flag{"config-file",
         "FILE",
         "",
         "",
         "Validate",
         "a configuration file; -: standard input; may be given several times",
         false,
         'f',
         {},
         true},
    Flag{"all", "", "", "false", "Validate", "all configurations of the database"},
    Flag{"offline", "", "", "false", "Validate", "ask nobody: neither Sheets nor BigQuery"},
};

struct Examined {
    std::vector<Validation> validations;
    std::vector<Validation> others;  ///< of the same database
};

Examined collect(World& world) {
    Examined out;
    for (const auto& path : world.flags.all("config-file"))
        out.validations.push_back(app::validate_file(path));
    const bool all = world.flags.on("all");
    if (!all && world.arguments.empty()) return out;
    auto& store = world.fleet().read_only_store();
    std::set<int> chosen;
    for (const auto& argument : world.arguments)
        chosen.insert(app::find_config(store, argument).id);
    for (const auto& config : store.configs({}))
        (all || chosen.contains(config.id) ? out.validations : out.others)
            .push_back(app::validate_config(config));
    return out;
}

void show_part(std::string& out, std::string_view label, std::string_view text) {
    if (text.empty()) return;
    out += fmt::format("      {:<5}", label);
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        out += line;
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!rest.empty()) out += "\n           ";
    }
    out += "\n";
}

std::string shown(const World& world, const Validation& validation) {
    const auto& printer = world.printer;
    const auto count = validation.problems.size();
    std::string out = fmt::format("{}: {}{}\n", validation.title(),
                                  count == 0 ? printer.tone("ok", Tone::good)
                                             : printer.tone(counted(count, "problem"), Tone::bad),
                                  validation.active ? "" : " (disabled)");
    for (const auto& [field, error] : validation.problems) {
        out += "  - " + (field.empty() ? "" : printer.tone(field, Tone::strong) + ": ") +
               error.text() + "\n";
        show_part(out, "why:", error.reason());
        show_part(out, "do:", error.hint());
    }
    for (const auto& remark : validation.remarks)
        out += printer.tone("  remark: " + remark, Tone::dim) + "\n";
    return out;
}

void show_all(const World& world, const std::vector<Validation>& validations) {
    std::string out;
    for (const auto& validation : validations) out += shown(world, validation);
    world.printer.text(out);
    if (validations.size() < 2) return;
    const auto good = std::count_if(validations.begin(), validations.end(),
                                    [](const Validation& each) { return each.ok(); });
    world.printer.note(fmt::format("{} configurations: {} ok, {} with problems", validations.size(),
                                   good, static_cast<std::ptrdiff_t>(validations.size()) - good));
}

void list(const World& world, const std::vector<Validation>& validations) {
    app::Listing listing{.schema = "sheetbq.validation/v1",
                         .key = "configs",
                         .items = {},
                         .columns = {{"name", "name"},
                                     {"id", "id"},
                                     {"file", "file"},
                                     {"target", "target"},
                                     {"state", "state"},
                                     {"problems", "problems"}},
                         .name = "name",
                         .empty = ""};
    for (const auto& validation : validations) listing.items.push_back(app::to_json(validation));
    world.printer.list(listing);
}

int validate(World& world) {
    auto examined = collect(world);
    auto& validations = examined.validations;
    if (validations.empty() && !world.flags.on("all"))
        throw Error{Code::usage, "there is nothing to validate"}
            .because("no file and no configuration was named")
            .fix(
                "Write: helper validate --config-file config.json, a configuration's name, or "
                "--all");
    app::compare(validations, examined.others);
    if (!world.flags.on("offline") && !validations.empty()) {
        OnlineCheck online{world};
        for (auto& validation : validations) online.examine(validation);
        if (world.printer.for_people())
            world.printer.note(
                fmt::format("Examined as {}; runs on Cloud Run use the account of their job.",
                            online.account()));
    }
    if (validations.empty())
        world.printer.note(
            "There are no configurations yet. Make one: helper example > config.json");
    if (world.printer.for_people() && world.flags.words("fields").empty())
        show_all(world, validations);
    else
        list(world, validations);
    return app::exit_code(validations);
}

}  // namespace

std::vector<Entry> validate_entries() {
    return {
        {{.path = "validate",
          .heading = "Run",
          .summary = "find every problem of configurations before they run",
          .details =
              "Examines every field of each configuration, and tells all problems at once: JSON, "
              "unknown keys, addresses, names, schemas, options, lengths, two configurations that "
              "write one table. Unless --offline is given, also whether sheet, tab, dataset and "
              "table "
              "are there and may be used by the account that asks.\n\n"
              "The exit code is 0 when all is well, and 10 when a configuration is refused; "
              "problems "
              "that only Google tells have the exit code of the first of them.",
          .arguments = {{.name = "CONFIG",
                         .description = "a configuration's id or name",
                         .many = true,
                         .completes = "config"}},
          .examples = {{"helper validate --config-file config.json", "a file, and what it names"},
                       {"helper validate --all --offline",
                        "all configurations, without asking Google"},
                       {"helper validate orders 12", "two configurations of the database"},
                       {"helper validate -f a.json -f b.json -o json", "for programs"}},
          .flags = fleet_flags(flags)},
         validate},
    };
}

}  // namespace sheetbq::helper
