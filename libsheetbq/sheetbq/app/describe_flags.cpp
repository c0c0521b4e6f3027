#include "sheetbq/app/flags.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::app {
namespace {

constexpr std::size_t widest_flag = 28;  // longer ones get a line of their own

std::string form(const Flag& flag) {
    const auto letter = flag.letter == '\0' ? "" : fmt::format("-{}, ", flag.letter);
    if (!flag.argument.empty()) return fmt::format("  {}--{} {}", letter, flag.name, flag.argument);
    return fmt::format("  {}--{}{}", letter, flag.initial == "true" ? "[no-]" : "", flag.name);
}

/// `default: 8080; variable: PORT`.
std::string origins(const Flag& flag) {
    const bool shown = !flag.initial.empty() && !flag.argument.empty() && !flag.secret;
    std::string text = shown ? fmt::format("default: {}", flag.initial) : "";
    if (flag.argument.empty() && flag.initial == "true") text = "default: on";
    if (!flag.variables.empty())
        text += fmt::format("{}variable: {}", text.empty() ? "" : "; ", flag.variables);
    return text.empty() ? "" : fmt::format(" [{}]", text);
}

std::string describe(const Flag& flag, std::size_t column) {
    auto line = form(flag);
    std::string before;
    if (line.size() + 2 > column) {
        before = line + "\n";
        line.clear();
    }
    line.resize(column, ' ');
    return before +
           set_words(std::move(line), column, std::string{flag.description} + origins(flag));
}

}  // namespace

std::string set_words(std::string line, std::size_t indent, std::string_view text,
                      std::size_t width) {
    std::string out;
    bool begun = false;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        if (begun && line.size() + 1 + word.size() > width) {
            out += line + "\n";
            line = std::string(indent, ' ');
            begun = false;
        }
        line += fmt::format("{}{}", begun ? " " : "", word);
        begun = true;
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return out + line + "\n";
}

std::string describe_flags(std::span<const Flag> flags) {
    std::size_t column = 0;
    for (const auto& flag : flags)
        if (const auto size = form(flag).size(); size <= widest_flag)
            column = std::max(column, size + 2);
    column = column == 0 ? widest_flag + 2 : column;
    std::vector<std::string_view> groups;
    for (const auto& flag : flags)
        if (std::find(groups.begin(), groups.end(), flag.group) == groups.end())
            groups.push_back(flag.group);
    std::string out;
    for (const auto group : groups) {
        out += fmt::format("{}{}\n", out.empty() ? "" : "\n", group);
        for (const auto& flag : flags)
            if (flag.group == group) out += describe(flag, column);
    }
    return out;
}

}  // namespace sheetbq::app
