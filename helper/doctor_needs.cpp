#include "doctor_needs.hpp"

#include "sheetbq/app/config_file.hpp"
#include "sheetbq/app/find_config.hpp"
#include "sheetbq/table/sheet_url.hpp"

#include <algorithm>

namespace sheetbq::helper {
namespace {

void add_row(const control::Config& config, Needs& needs, app::Diagnoses& found) {
    try {
        needs.add_sheet(table::parse_sheet_url(config.sheet_url).spreadsheet_id,
                        config.tab.value_or(""), config.name);
        needs.add_table({config.project, config.dataset, config.table});
    } catch (const Error& error) {
        found.push_back(app::failed("configuration " + config.name, error));
    }
}

void add_file(const std::string& path, Needs& needs) {
    const auto file = app::read_config_file(path);
    app::check(file);
    needs.add_sheet(file.options.sheet.spreadsheet_id, file.options.tab_title,
                    file.options.config_name);
    needs.add_table(file.options.destination);
}

}  // namespace

void Needs::add_sheet(const std::string& spreadsheet_id, const std::string& tab,
                      const std::string& config) {
    auto known = std::find_if(sheets.begin(), sheets.end(), [&](const app::SheetNeed& each) {
        return each.spreadsheet_id == spreadsheet_id;
    });
    if (known == sheets.end()) {
        sheets.push_back({spreadsheet_id, {}});
        known = std::prev(sheets.end());
    }
    known->by.push_back({config, tab});
}

void Needs::add_table(const gcp::TableId& table) {
    for (auto& each : datasets)
        if (each.front().project == table.project && each.front().dataset == table.dataset) {
            each.push_back(table);
            return;
        }
    datasets.push_back({table});
}

bool asks_database(World& world) {
    return !world.flags.given("config-file") || world.fleet().knows_postgres();
}

app::Diagnoses gather_needs(World& world, Needs& needs) {
    app::Diagnoses found;
    if (const auto path = world.flags.given("config-file")) {
        add_file(*path, needs);
        return found;
    }
    auto& fleet = world.fleet();
    if (const auto named = world.flags.given("config")) {
        add_row(app::find_config(fleet.read_only_store(), *named), needs, found);
        return found;
    }
    try {
        for (const auto& config : fleet.read_only_store().configs({}))
            if (config.active) add_row(config, needs, found);
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
    }
    return found;
}

}  // namespace sheetbq::helper
