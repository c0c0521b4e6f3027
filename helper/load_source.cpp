#include "load_source.hpp"

#include "sheetbq/app/find_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

using app::Flag;

constexpr std::array flags{
    Flag{"config-file", "FILE", "", "", "What",
         "JSON configuration (helper example prints one); -: standard input"},
    Flag{"config-id", "N", "", "", "What", "id of a configuration in the database"},
    Flag{"config-name", "NAME", "", "", "What", "name of a configuration in the database"},
    Flag{.name = "set",
         .argument = "KEY=VALUE",
         .variables = "",
         .initial = "",
         .group = "What",
         .description = "an option that wins over the configuration's; may be repeated",
         .repeated = true},
};

std::string command_line(const World& world) {
    return fmt::format("helper {}", world.command.path);
}

}  // namespace

std::span<const Flag> source_flags() { return flags; }

std::vector<std::span<const Flag>> load_flags(std::span<const Flag> own) {
    auto all = fleet_flags(own);
    all.insert(all.begin(), source_flags());
    return all;
}

std::vector<app::Argument> source_arguments() {
    return {{.name = "CONFIG",
             .description = "id or name of a configuration, or a file that ends with .json",
             .completes = "config"}};
}

LoadSource chosen_source(const World& world) {
    const auto given = [&](std::string_view name) {
        return world.flags.given(name).value_or(std::string{});
    };
    const auto argument = world.argument(0);
    const auto id = given("config-id");
    const std::array sources{given("config-file"), id, given("config-name"), argument};
    const auto count = std::count_if(sources.begin(), sources.end(),
                                     [](const std::string& each) { return !each.empty(); });
    if (count == 0)
        throw Error{Code::usage, "nothing says what to load"}
            .because("it takes a configuration file, or a configuration of the database")
            .fix(fmt::format("Write: {0} --config-file config.json, or: {0} orders   "
                             "helper configs list shows the names.",
                             command_line(world)));
    if (count > 1)
        throw Error{Code::usage, "more than one thing says what to load"}
            .because("--config-file, --config-id, --config-name and CONFIG exclude one another")
            .fix("Keep one of them.");
    if (!id.empty()) world.flags.number("config-id", 1, 2'147'483'647);
    const bool file = argument == "-" || argument.ends_with(".json");
    if (!sources[0].empty() || file) return {file ? argument : sources[0], {}};
    return {{}, *std::find_if(sources.begin(), sources.end(), [](const std::string& each) {
                return !each.empty();
            })};
}

app::ConfigFile read_source_file(const World& world, const LoadSource& source) {
    auto file = app::read_config_file(source.file, world.flags.all("set"));
    check(file);
    return file;
}

control::Variables source_variables(World& world, const LoadSource& source) {
    if (!source.file.empty()) return read_source_file(world, source).variables;
    const auto more = app::read_settings_words(world.flags.all("set"));
    const auto config = app::find_config(world.fleet().read_only_store(), source.config);
    auto variables = control::job_variables(config, app::configurable_options());
    app::override_variables(variables, more);
    return variables;
}

}  // namespace sheetbq::helper
