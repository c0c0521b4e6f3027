#include "sheetbq/app/settings_file.hpp"
#include "world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using app::Shown;
using app::Tone;

constexpr std::array show_flags{
    Flag{"origin", "", "", "false", "Config", "show where each value comes from"},
    Flag{"only-set", "", "", "false", "Config",
         "only what is set, not what is left at its default"},
};

constexpr std::array init_flags{
    Flag{"yes", "", "", "false", "Config", "write over a file that is there", false, 'y'},
};

/// A flag that commands have with different defaults has none to show.
std::vector<Flag> settable() {
    auto flags = every_flag();
    for (auto& flag : flags)
        for (const auto& command : command_set().commands)
            for (const auto& other : command.all_flags())
                if (other.name == flag.name && other.initial != flag.initial) flag.initial = "";
    std::erase_if(flags, [](const Flag& flag) {
        return flag.name == "help" || flag.name == "settings" || flag.name == "yes";
    });
    return flags;
}

/// The word for `origin` of a value: flag, variable, file or default.
std::string_view kind_of(const std::string& origin, const Flag& flag) {
    if (origin == "default") return "default";
    if (origin.starts_with("--")) return "flag";
    const auto variables = fmt::format(" {} ", flag.variables);
    return variables.find(fmt::format(" {} ", origin)) == std::string::npos ? "file" : "variable";
}

/// A secret is not shown; a place where one is kept is.
std::string shown_value(const Flag& flag, const std::string& value) {
    const bool place = value.starts_with("projects/");
    return flag.secret && !value.empty() && !place ? "********" : value;
}

json::object setting_json(const Flag& flag, const app::FlagValues& values) {
    const auto origin = values.origin(flag.name);
    const auto text = shown_value(flag, values.text(flag.name));
    return {{"name", flag.name},
            {"value", text.empty() ? json::value(nullptr) : json::value(text)},
            {"origin", kind_of(origin, flag)},
            {"from", origin == "default" ? json::value(nullptr) : json::value(origin)},
            {"secret", flag.secret},
            {"group", flag.group},
            {"description", flag.description}};
}

Shown shown_origin(const json::object& item) {
    const auto from = app::plain_text(app::value_at(item, "from"));
    const auto kind = app::plain_text(app::value_at(item, "origin"));
    if (kind == "default") return {kind, Tone::dim};
    return {kind == "flag" ? from : fmt::format("{} {}", kind, from)};
}

int show(World& world) {
    const auto flags = settable();
    std::string name = "helper";
    std::array<char*, 1> words{name.data()};
    app::FlagValues elsewhere{flags, 1, words.data(), app::environment_variable};
    for (const auto& file : settings_files(world.flags.text("settings")))
        elsewhere.fall_back_to(file);
    const auto own = world.command.all_flags();
    app::Listing listing{.schema = "sheetbq.setting/v1",
                         .key = "settings",
                         .items = {},
                         .columns = {{"name", "setting"}, {"value", "value"}},
                         .name = "name",
                         .empty = "Nothing is set: every flag has its default."};
    const bool origins = world.flags.on("origin");
    if (origins) listing.columns.push_back({"origin", "from", shown_origin});
    for (const auto& flag : flags) {
        const bool is_own = std::any_of(own.begin(), own.end(),
                                        [&](const Flag& each) { return each.name == flag.name; });
        const bool about_this =
            std::any_of(show_flags.begin(), show_flags.end(),
                        [&](const Flag& each) { return each.name == flag.name; });
        if (about_this) continue;
        auto item = setting_json(flag, is_own ? world.flags : elsewhere);
        if (!world.flags.on("only-set") || item.at("origin") != "default")
            listing.items.push_back(std::move(item));
    }
    world.printer.list(listing);
    return 0;
}

/// What is known of a place for a settings file.
json::object place_json(const std::string& path) {
    struct stat file {};
    const bool exists = stat(path.c_str(), &file) == 0;
    json::object item{{"path", path}, {"exists", exists}, {"problem", nullptr}};
    try {
        if (exists) settings_files(path);
    } catch (const Error& error) {
        auto text = error.text();
        if (text.starts_with(path + " ")) text.erase(0, path.size() + 1);
        item["problem"] = fmt::format("{}: {}", text, error.reason());
    }
    return item;
}

Shown shown_state(const json::object& item) {
    const auto problem = app::plain_text(app::value_at(item, "problem"));
    if (!problem.empty()) return {problem, Tone::bad};
    return item.at("exists").as_bool() ? Shown{"read", Tone::good} : Shown{"not there", Tone::dim};
}

int path(World& world) {
    app::Listing listing{.schema = "sheetbq.settings_file/v1",
                         .key = "files",
                         .items = {},
                         .columns = {{.key = "path",
                                      .heading = "file, the first wins",
                                      .show = {},
                                      .shrinks = false},
                                     {.key = "exists", .heading = "state", .show = shown_state}},
                         .name = "path",
                         .empty = ""};
    for (const auto& each : app::settings_paths(world.flags.text("settings")))
        listing.items.push_back(place_json(each));
    world.printer.list(listing);
    return 0;
}

/// --settings, else the user's own place.
std::string place_for(const World& world) {
    auto given = world.flags.text("settings");
    const auto places = app::settings_paths(given);
    constexpr std::size_t with_home = 3;  // the working folder's, the user's, the machine's
    if (!given.empty()) return given;
    if (places.size() == with_home) return places.at(1);
    throw Error{Code::usage, "there is no place for a settings file"}
        .because("neither HOME nor XDG_CONFIG_HOME is set")
        .fix("Write: helper config init --settings ./sheetbq.toml");
}

int init(World& world) {
    const auto path = place_for(world);
    struct stat file {};
    if (stat(path.c_str(), &file) == 0) confirm(world, fmt::format("write over {}", path));
    std::vector<Flag> shared;
    for (const auto group : fleet_flags({}))
        shared.insert(shared.end(), group.begin(), group.end());
    app::write_settings_file(path, app::settings_file_text(shared));
    world.printer.one("sheetbq.settings_file/v1", place_json(path), "path",
                      {{"wrote", {path, Tone::good}}});
    world.printer.note(
        "All lines are comments: take the # away from what you want to set.\n"
        "What holds then: helper config show --origin");
    return 0;
}

Entry show_entry() {
    return {
        {.path = "config show",
         .heading = "Other",
         .summary = "every setting with its value, and where it comes from",
         .details = "A value is taken from the flag, else from its variable, else from a "
                    "settings file, else it is the default. Secrets are not shown.\n\n"
                    "Not to be mixed up with helper configs, which is about the sheets.",
         .arguments = {},
         .examples = {{"helper config show --origin", "with the variable or file of each"},
                      {"helper config show --only-set -o json", "only what is set, for programs"}},
         .flags = fleet_flags(show_flags)},
        show};
}

}  // namespace

std::vector<Entry> settings_entries() {
    return {
        show_entry(),
        {{.path = "config path",
          .heading = "Other",
          .summary = "where settings files are looked for, and which there are",
          .details = "The first that says something about a flag wins.",
          .arguments = {},
          .examples = {{"helper config path", "the three places, or the one of --settings"}},
          .flags = plain_flags({})},
         path,
         Fallback::variables},
        {{.path = "config init",
          .heading = "Other",
          .summary = "write a settings file to begin with",
          .details = "Every setting stands in it as a comment, with what it means and its default. "
                     "The file can be read by you alone.",
          .arguments = {},
          .examples = {{"helper config init", "writes ~/.config/sheetbq/config.toml"},
                       {"helper config init --settings ./sheetbq.toml", "for this folder"}},
          .flags = plain_flags(init_flags)},
         init,
         Fallback::variables},
    };
}

}  // namespace sheetbq::helper
