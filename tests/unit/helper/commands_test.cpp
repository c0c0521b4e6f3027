// The helper's table of commands, as a whole.

#include "helper/world.hpp"
#include "sheetbq/app/command_reference.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

using namespace sheetbq;
using helper::command_set;

namespace {

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// The words of a command line, without redirections and what follows a pipe.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::istringstream in{std::string{line}};
    for (std::string word; in >> word && word != "|" && word != ">" && word != "&&";)
        words.push_back(word.starts_with("<(") ? word.substr(2) : word);
    return words;
}

/// What is wrong with an example; empty: nothing.
std::string complaint(std::string_view line) {
    auto words = words_of(line);
    const auto start = std::find(words.begin(), words.end(), "helper");
    if (start == words.end()) return "it does not call helper";
    words.erase(words.begin(), std::next(start));
    const auto* const command = command_set().find(words);
    if (command == nullptr) return "it calls no command";
    for (const auto& word : words) {
        if (!word.starts_with("--") || word == "--") continue;
        auto name = word.substr(2, word.find('=') - 2);
        const auto flags = command->all_flags();
        const auto knows = [&](const std::string& each) {
            return std::any_of(flags.begin(), flags.end(),
                               [&](const app::Flag& flag) { return flag.name == each; });
        };
        if (!knows(name) && !(name.starts_with("no-") && knows(name.substr(3))))
            return fmt::format("it has no flag --{}", name);
    }
    return {};
}

}  // namespace

TEST_CASE("docs/helper.md is what the table of commands says") {
    const auto path = std::string{SHEETBQ_SOURCE_DIR} + "/docs/helper.md";
    const auto reference = app::command_reference(command_set());
    if (std::getenv("SHEETBQ_GOLDEN") != nullptr) std::ofstream{path} << reference;
    INFO("SHEETBQ_GOLDEN=write "
         << "unit_helper writes it anew");
    CHECK(content(path) == reference);
}

TEST_CASE("every command shows examples that can be typed") {
    for (const auto& command : command_set().commands) {
        if (command.hidden) continue;
        INFO(command.path);
        CHECK_FALSE(command.examples.empty());
        for (const auto& example : command.examples) {
            INFO(example.line);
            CHECK(complaint(example.line) == "");
            CHECK_FALSE(example.effect.empty());
        }
    }
    for (const auto& example : command_set().examples) {
        INFO(example.line);
        CHECK(complaint(example.line) == "");
    }
}

TEST_CASE("no command has two flags of one name or letter, and all are described") {
    for (const auto& command : command_set().commands) {
        INFO(command.path);
        CHECK_FALSE(command.summary.empty());
        std::set<std::string> names;
        std::set<char> letters;
        for (const auto& flag : command.all_flags()) {
            INFO(flag.name);
            CHECK(names.emplace(flag.name).second);
            if (flag.letter != '\0') CHECK(letters.insert(flag.letter).second);
            CHECK_FALSE(flag.description.empty());
            CHECK_FALSE(flag.group.empty());
        }
    }
}

TEST_CASE("flags of one name come from the same variable in every command") {
    std::map<std::string, std::string> variables;
    for (const auto& command : command_set().commands)
        for (const auto& flag : command.all_flags()) {
            INFO(command.path << " --" << flag.name);
            const auto known = variables.emplace(flag.name, flag.variables).first;
            CHECK(known->second == flag.variables);
        }
}
