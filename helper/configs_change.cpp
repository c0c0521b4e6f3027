#include "config_details.hpp"
#include "configs.hpp"
#include "sheetbq/app/config_file.hpp"
#include "sheetbq/app/find_config.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;

constexpr auto group = "Configuration";

constexpr std::array create_flags{
    Flag{"from", "FILE", "", "", group,
         "a configuration file, e.g. of helper example; -: standard input. Flags win over it",
         false, 'f'},
    Flag{"name", "TEXT", "", "", group, "what people call it"},
    Flag{"sheet-url", "URL", "", "", group, "address of the Google Sheet, or its id"},
    Flag{"tab", "TITLE", "", "", group, "its tab; default: the one of the address, else the first"},
    Flag{"project", "ID", "GOOGLE_CLOUD_PROJECT", "", group, "project of the BigQuery table"},
    Flag{"dataset", "ID", "", "", group, "its dataset"},
    Flag{"table", "ID", "", "", group, "the table"},
    Flag{"every", "HOURS", "", "", group, "how often it runs; 0: with every tick"},
    Flag{"schema-handling", "WORD", "", "", group, "auto_detect or custom", false, '\0',
         "auto_detect custom"},
    Flag{"custom-schema", "FILE|JSON", "", "", group,
         "list of BigQuery fields, or id:INT64,name:STRING; makes --schema-handling=custom the "
         "default"},
    Flag{"option",
         "KEY=VALUE",
         "",
         "",
         group,
         "an option of the job, e.g. header_row=2; KEY= takes it away",
         false,
         '\0',
         {},
         true},
    Flag{"inactive", "", "", "false", group, "do not run it by schedule"},
    Flag{"dry-run", "", "", "false", group, "check everything and write nothing"},
};

std::string read_whole(const std::string& path) {
    if (path == "-") return {std::istreambuf_iterator<char>{std::cin}, {}};
    std::ifstream in{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (in.bad() || !in.is_open())
        throw Error{Code::not_found, fmt::format("there is no file {}", path)}.fix(
            fmt::format("Name another file, or write one: helper example > {}", path));
    return text;
}

/// The flags that say what stands in a column, and the column's key.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> texts{
    {{"name", "name"},
     {"sheet-url", "google_sheet_url"},
     {"tab", "google_sheet_tab_name"},
     {"project", "google_cloud_project_id"},
     {"dataset", "bigquery_dataset_id"},
     {"table", "bigquery_table_id"},
     {"schema-handling", "schema_handling"}}};

/// Speaks of the flags that set what a problem is about.
void name_flags(app::ConfigDraft& draft) {
    for (auto& problem : draft.problems) {
        if (problem.variable == "config_name") problem.variable = "name";
        for (const auto& [name, key] : texts)
            if (problem.variable == key) problem.variable = fmt::format("--{}", name);
        if (problem.variable == "custom_schema") problem.variable = "--custom-schema";
    }
}

/// A word as JSON where it is a number, true or false; else as the text that it is.
json::value option_value(const std::string& word) {
    boost::system::error_code broken;
    auto value = json::parse(word, broken);
    return !broken && (value.is_number() || value.is_bool()) ? value : json::value(word);
}

void set_options(const app::FlagValues& flags, json::object& document) {
    const auto words = flags.all("option");
    if (words.empty()) return;
    auto& slot = document["options"];
    if (!slot.is_object()) slot = json::object{};
    auto& options = slot.get_object();
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == 0 || equals == std::string::npos)
            throw Error{Code::usage, fmt::format("--option {} sets nothing", word)}
                .because("it is no KEY=VALUE")
                .fix("Write e.g. --option header_row=2");
        const auto key = word.substr(0, equals);
        const auto value = word.substr(equals + 1);
        if (value.empty())
            options.erase(key);
        else
            options[key] = option_value(value);
    }
}

void set_schema(const app::FlagValues& flags, json::object& document) {
    auto text = flags.text("custom-schema");
    if (text.empty()) return;
    // JSON, the short form id:INT64,name:STRING, or the file that holds one of them.
    const bool written_out = text.front() == '[' || text.front() == '{' ||
                             (text.find(':') != std::string::npos && !std::ifstream{text});
    if (!written_out) text = read_whole(text);
    document["custom_schema"] = text;
    if (!flags.given("schema-handling")) document["schema_handling"] = "custom";
}

/// Puts what flags say over a document.
void set_flags(const app::FlagValues& flags, json::object& document, bool only_typed) {
    for (const auto& [name, key] : texts) {
        const bool takes = only_typed ? flags.typed(name) : flags.given(name).has_value();
        // A variable is a default: what a file says wins over it.
        if (takes && (flags.typed(name) || !document.contains(key)))
            document[key] = flags.text(name);
    }
    constexpr long most_hours = 87'600;
    if (flags.typed("every"))
        document["run_frequency_hours"] = flags.number("every", 0, most_hours);
    if (flags.typed("inactive")) document["is_active"] = !flags.on("inactive");
    set_schema(flags, document);
    set_options(flags, document);
}

/// Keys of configuration files as those of documents.
void rename_keys(json::object& document) {
    for (const auto& [from, to] : {std::pair{"config_name", "name"}, {"config_id", "id"}})
        if (const auto* const value = document.if_contains(from)) {
            const auto kept = *value;
            document.erase(from);
            document[to] = kept;
        }
}

/// The one configuration of a file.
boost::json::object only_document(const std::string& path) {
    const auto name = path == "-" ? "standard input" : path;
    auto found = app::documents_in(read_whole(path), name);
    if (found.size() != 1)
        throw Error{Code::usage, fmt::format("{} has {} configurations", name, found.size())}
            .because("this command writes one")
            .fix(fmt::format("Write them all: helper configs import {}", path));
    return std::move(found.front());
}

int create(World& world) {
    json::object document;
    if (const auto path = world.flags.given("from")) {
        document = only_document(*path);
        rename_keys(document);
    }
    set_flags(world.flags, document, false);
    auto draft = app::draft_config(document);
    name_flags(draft);
    check_draft(draft, "the configuration");
    auto& store = world.fleet().store();
    warn_of_duplicates(world, draft.config, store.configs({}));
    if (world.flags.on("dry-run")) {
        world.printer.note("All is well. Nothing was written (--dry-run).");
        return 0;
    }
    const int id = store.create_config(draft.config);
    const auto made = store.config(id);
    if (made) print_config(world, store, *made, {});
    return 0;
}

}  // namespace

json::array changes_json(const std::vector<app::FieldChange>& changes) {
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? json::value(nullptr) : json::value(text);
    };
    json::array list;
    for (const auto& [field, before, after] : changes)
        list.push_back(
            {{"field", field}, {"before", text_or_null(before)}, {"after", text_or_null(after)}});
    return list;
}

namespace {

app::Listing change_listing(const std::vector<app::FieldChange>& changes) {
    app::Listing listing{
        .schema = "sheetbq.change/v1",
        .key = "changes",
        .items = {},
        .columns = {{"field", "field", {}, false, false}, {"before", "before"}, {"after", "after"}},
        .name = "field",
        .empty = "Nothing changes."};
    listing.items = changes_json(changes);
    return listing;
}

int update(World& world) {
    auto& store = world.fleet().store();
    const auto before = app::find_config(store, world.argument(0));
    auto document = app::config_fields(before);
    if (const auto path = world.flags.given("from")) {
        const auto found = only_document(*path);
        for (const auto& [key, value] : found) document[key] = value;
    }
    rename_keys(document);
    set_flags(world.flags, document, true);
    auto draft = app::draft_config(document);
    name_flags(draft);
    check_draft(draft, fmt::format("configuration {} ({})", before.id, before.name));
    auto after = draft.config;
    after.id = before.id;
    const auto changes = app::config_changes(before, after);
    warn_of_duplicates(world, after, store.configs({}));
    if (!world.flags.on("dry-run") && !changes.empty() && !store.update_config(after, before))
        throw Error{Code::conflict, fmt::format("{} changed meanwhile", before.name)}
            .because("somebody else wrote the row, or deleted it")
            .fix(fmt::format("Look again: helper configs show {}", before.id));
    world.printer.list(change_listing(changes));
    if (world.flags.on("dry-run")) world.printer.note("Nothing was written (--dry-run).");
    return 0;
}

}  // namespace

std::vector<Entry> config_change_entries() {
    return {
        {{.path = "configs create",
          .heading = "Configurations",
          .summary = "add a configuration, by flags or from a file",
          .details = "Everything that the job would refuse is told at once, and nothing is written "
                     "then.",
          .arguments = {},
          .examples = {{"helper configs create --from config.json --every 24",
                        "the file of helper example"},
                       {"helper configs create --name orders --sheet-url 'https://docs.google.com/"
                        "spreadsheets/d/.../edit#gid=0' --dataset sales --table orders --every 24",
                        "by flags alone"}},
          .flags = store_flags(create_flags)},
         create},
        {{.path = "configs update",
          .heading = "Configurations",
          .summary = "change a configuration; shows what differs",
          .details = "A failing configuration that changed is tried again with the next tick.",
          .arguments = config_argument(),
          .examples = {{"helper configs update orders --tab Orders --every 6", "tab and frequency"},
                       {"helper configs update orders --option header_row=3 --dry-run",
                        "what would change"}},
          .flags = store_flags(create_flags)},
         update},
    };
}

}  // namespace sheetbq::helper
