#include "sheetbq/app/settings_file.hpp"

#include "sheetbq/app/settings.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/core/nearest.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace sheetbq::app {
namespace {

constexpr std::string_view working_folder = "./sheetbq.toml";

/// Whoever may write to the file decides what runs: its owner must be we or root.
void refuse_strangers(const std::string& path, const struct stat& file) {
    const bool owned = file.st_uid == geteuid() || file.st_uid == 0;
    const bool closed = (file.st_mode & S_IWOTH) == 0;
    if (owned && closed) return;
    throw Error{Code::permission_denied, fmt::format("{} is not read", path)}
        .because(owned ? "everybody may write to it, and it decides what this program does"
                       : "it belongs to somebody else, and it decides what this program does")
        .fix(owned
                 ? fmt::format("Run: chmod o-w {}", path)
                 : fmt::format("Make a copy of your own, or name another file: --settings FILE."));
}

std::string text_of(const toml::node& node) {
    if (const auto text = node.value<std::string>(); text && node.is_string()) return *text;
    if (const auto* const yes = node.as_boolean()) return yes->get() ? "true" : "false";
    if (const auto* const number = node.as_integer()) return fmt::format("{}", number->get());
    if (const auto* const number = node.as_floating_point())
        return fmt::format("{}", number->get());
    return {};
}

std::string joined(const toml::array& list) {
    std::string out;
    for (const auto& item : list) out += (out.empty() ? "" : ",") + text_of(item);
    return out;
}

Error unknown_key(const std::string& path, std::string_view key, std::span<const std::string> known,
                  const toml::source_region& place) {
    const auto meant = nearest(key, known);
    return Error{Code::bad_config, fmt::format("{} line {} sets \"{}\", which is no flag", path,
                                               place.begin.line, key)}
        .because("the keys of a settings file are names of flags without dashes")
        .fix(meant.empty() ? "Remove the line; helper config show lists what may be set."
                           : fmt::format("Did you mean: {} = ...", meant));
}

Error odd_value(const std::string& path, std::string_view key, const toml::source_region& place) {
    return Error{Code::bad_config,
                 fmt::format("{} line {} gives \"{}\" no plain value", path, place.begin.line, key)}
        .because("a setting is a text, a number, true, false, or a list of these")
        .fix(fmt::format("Write e.g. {} = \"...\".", key));
}

}  // namespace

std::vector<std::string> settings_paths(const std::string& given) {
    if (!given.empty()) return {given};
    std::vector<std::string> paths{std::string{working_folder}};
    if (const auto folder = environment_variable("XDG_CONFIG_HOME"))
        paths.push_back(*folder + "/sheetbq/config.toml");
    else if (const auto home = environment_variable("HOME"))
        paths.push_back(*home + "/.config/sheetbq/config.toml");
    paths.emplace_back("/etc/sheetbq/config.toml");
    return paths;
}

SettingsFile read_settings_file(const std::string& path, std::span<const std::string> known) {
    SettingsFile read{path, {}};
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& problem) {
        const auto& at = problem.source().begin;
        throw Error{Code::bad_config, fmt::format("{} line {}, column {} cannot be understood",
                                                  path, at.line, at.column)}
            .because(std::string{problem.description()})
            .fix("Write one setting a line, such as postgres-host = \"db\".");
    }
    for (const auto& [key, node] : table) {
        const std::string name{key.str()};
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw unknown_key(path, name, known, node.source());
        if (node.is_table()) throw odd_value(path, name, node.source());
        read.values[name] = node.is_array() ? joined(*node.as_array()) : text_of(node);
    }
    return read;
}

std::vector<SettingsFile> read_settings_files(const std::string& given,
                                              std::span<const std::string> known) {
    std::vector<SettingsFile> files;
    for (const auto& path : settings_paths(given)) {
        struct stat file {};
        if (stat(path.c_str(), &file) != 0) {
            if (given.empty()) continue;
            throw Error{Code::not_found, fmt::format("there is no settings file {}", path)}
                .because(std::strerror(errno))
                .fix("Name another file, or write one: helper config init");
        }
        refuse_strangers(path, file);
        files.push_back(read_settings_file(path, known));
    }
    return files;
}

}  // namespace sheetbq::app
