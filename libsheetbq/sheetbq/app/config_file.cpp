#include "sheetbq/app/config_file.hpp"

#include "sheetbq/app/json_document.hpp"
#include "sheetbq/core/nearest.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using etl::OptionProblem;

constexpr std::size_t longest_file = 1'048'576;

/// What a row of the table of configurations has besides.
constexpr std::array<std::string_view, 7> passed_over{
    "is_active", "last_run", "run_frequency_hours", "created_at", "updated_at",
    "schema",    "$schema"};

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string upper(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

bool is_key(const std::string& key) {
    const auto& keys = config_file_keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

const std::string* value_of(const control::Variables& variables, std::string_view name) {
    const auto found = std::find_if(variables.begin(), variables.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == variables.end() ? nullptr : &found->second;
}

/// Collects what a document says.
class Reader {
public:
    explicit Reader(ConfigFile& file) : file_{file} {}

    void object(const json::object& object, bool nested) {
        for (const auto& [key, value] : object) member(std::string{key}, value, nested);
    }

    /// The key of a file that most likely was meant by one that is none.
    const std::vector<std::string>& meant() const { return meant_; }

private:
    void member(const std::string& written, const json::value& value, bool nested) {
        auto key = lower(written);
        if (key == "id" || key == "name") key = "config_" + key;
        if (key == "options" && !nested) return options(value);
        if (std::find(passed_over.begin(), passed_over.end(), key) != passed_over.end()) return;
        if (!is_key(key)) return unknown(written, key);
        if (!value.is_null()) take(key, value);
    }

    void options(const json::value& value) {
        if (value.is_object())
            object(value.get_object(), true);
        else if (!value.is_null())
            problem("options",
                    Error{Code::bad_config, "is no object"}.fix("Write {\"header_row\": 2}"));
    }

    void unknown(const std::string& written, const std::string& key) {
        const std::string near{nearest(key, config_file_keys())};
        Error error{Code::bad_config, "is no key of a configuration"};
        if (near.empty())
            return problem(written,
                           std::move(error).fix("Remove it; docs/configuration.md lists all keys"));
        meant_.push_back(near);
        problem(written, std::move(error).fix(fmt::format("Did you mean: {}", near)));
    }

    void take(const std::string& key, const json::value& value) {
        const auto variable = upper(key);
        if (value_of(file_.variables, variable) != nullptr)
            return problem(key,
                           Error{Code::bad_config, "is there twice"}.fix("Remove one of them"));
        const bool compound = value.is_object() || value.is_array();
        if (compound && key != "custom_schema")
            return problem(key, Error{Code::bad_config,
                                      fmt::format("is {}; it must be a text, a number, true or "
                                                  "false",
                                                  value.is_array() ? "a list" : "an object")});
        file_.variables.emplace_back(
            variable, value.is_string() ? std::string{value.get_string()} : json::serialize(value));
    }

    void problem(std::string key, Error error) {
        file_.problems.push_back({std::move(key), std::move(error)});
    }

    ConfigFile& file_;
    std::vector<std::string> meant_;
};

/// A key that is not set because it was mistyped, or set to what is no value, has been told.
bool told_already(const OptionProblem& problem, const std::vector<OptionProblem>& told,
                  const std::vector<std::string>& meant) {
    const auto key = lower(problem.variable);
    return std::find(meant.begin(), meant.end(), key) != meant.end() ||
           std::any_of(told.begin(), told.end(),
                       [&](const OptionProblem& each) { return each.variable == key; });
}

bool is_word_part(const std::string& text, std::size_t at) {
    if (at >= text.size()) return false;
    const char c = text[at];
    return c == '_' || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string by_keys(std::string text) {
    for (const auto& key : config_file_keys()) {
        const auto variable = upper(key);
        for (auto at = text.find(variable); at != std::string::npos;
             at = text.find(variable, at + 1))
            if (!is_word_part(text, at + variable.size()) && !is_word_part(text, at - 1))
                text.replace(at, variable.size(), key);
    }
    return text;
}

namespace {

void read_values(ConfigFile& file, const std::vector<std::string>& meant) {
    std::vector<OptionProblem> problems;
    file.options = etl::read_options(file.lookup(), problems);
    std::vector<OptionProblem> fresh;
    for (const auto& problem : problems)
        if (!told_already(problem, file.problems, meant))
            fresh.push_back(
                {lower(problem.variable), Error{Code::bad_config, by_keys(problem.error.text())}
                                              .because(by_keys(problem.error.reason()))
                                              .fix(by_keys(problem.error.hint()))});
    file.problems.insert(file.problems.end(), fresh.begin(), fresh.end());
}

std::string content_of(const std::string& path) {
    if (path == "-") return {std::istreambuf_iterator<char>{std::cin}, {}};
    struct stat file {};
    if (stat(path.c_str(), &file) != 0)
        throw Error{errno == EACCES ? Code::permission_denied : Code::not_found,
                    fmt::format("there is no configuration file {}", path)}
            .because(std::strerror(errno))
            .fix("Name another file, or write one: helper example > config.json");
    if (S_ISDIR(file.st_mode))
        throw Error{Code::bad_config, path + " is a folder"}.fix(
            "Name a file, e.g. --config-file config.json");
    if (file.st_size > static_cast<off_t>(longest_file))
        throw Error{Code::bad_config, path + " is too long for a configuration"}
            .because(fmt::format("it has {} bytes", file.st_size))
            .fix("Name another file; helper example prints one.");
    std::ifstream in{path, std::ios::binary};
    if (!in)
        throw Error{Code::permission_denied, fmt::format("{} cannot be read", path)}
            .because(std::strerror(errno))
            .fix("Run: chmod u+r " + path);
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

etl::Lookup ConfigFile::lookup() const {
    return [values = variables](std::string_view variable) -> std::optional<std::string> {
        const auto* const value = value_of(values, variable);
        return value == nullptr ? std::nullopt : std::optional{*value};
    };
}

ConfigFile read_config_file(const std::string& path, std::span<const std::string> set) {
    return parse_config_file(content_of(path), path == "-" ? "standard input" : path, set);
}

ConfigFile parse_config_file(std::string_view content, std::string name,
                             std::span<const std::string> set) {
    const auto settings = read_settings_words(set);
    const auto document = read_json(content, name);
    if (!document.is_object())
        throw Error{Code::bad_config, name + " is no JSON object"}
            .because("a configuration is one object: {\"config_name\": ...}")
            .fix("See a valid one: helper example");
    ConfigFile file{.name = std::move(name), .variables = {}, .options = {}, .problems = {}};
    Reader reader{file};
    reader.object(document.get_object(), false);
    override_variables(file.variables, settings);
    read_values(file, reader.meant());
    return file;
}

void check(const ConfigFile& file) {
    const auto& problems = file.problems;
    if (problems.empty()) return;
    std::string list = one_line(problems.front());
    if (problems.size() > 1) {
        list.clear();
        for (const auto& problem : problems) list += fmt::format("\n    - {}", one_line(problem));
    }
    throw Error{Code::bad_config, problems.size() == 1 ? file.name + " has a problem"
                                                       : fmt::format("{} has {} problems",
                                                                     file.name, problems.size())}
        .because(std::move(list))
        .fix(fmt::format("Correct {}; helper example prints a valid file to compare with.",
                         file.name == "standard input" ? "what you pipe in" : file.name));
}

control::Variables read_settings_words(std::span<const std::string> words) {
    control::Variables variables;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Error{Code::usage, fmt::format("--set {} sets nothing", word)}
                .because("it is no KEY=VALUE")
                .fix("Write e.g. --set header_row=2");
        const auto key = lower(word.substr(0, equals));
        if (!is_key(key)) {
            const auto near = nearest(key, config_file_keys());
            throw Error{Code::usage, fmt::format("--set {}: there is no option {}", word, key)}
                .because("options are the keys of a configuration file")
                .fix(near.empty()
                         ? "docs/configuration.md lists them."
                         : fmt::format("Did you mean: --set {}={}", near, word.substr(equals + 1)));
        }
        override_variables(variables, {{upper(key), word.substr(equals + 1)}});
    }
    return variables;
}

void override_variables(control::Variables& variables, const control::Variables& more) {
    for (const auto& fresh : more) {
        std::erase_if(variables, [&](const auto& each) { return each.first == fresh.first; });
        variables.push_back(fresh);
    }
}

const std::vector<std::string>& config_file_keys() {
    static const auto keys = [] {
        std::vector<std::string> names;
        for (const auto& option : etl::option_definitions())
            // What names a run belongs to no configuration.
            if (!option.name.starts_with("SHEETBQ_")) names.push_back(lower(option.name));
        return names;
    }();
    return keys;
}

}  // namespace sheetbq::app
