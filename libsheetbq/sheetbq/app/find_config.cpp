#include "sheetbq/app/find_config.hpp"

#include "sheetbq/core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::app {
namespace {

using control::Config;

constexpr auto list_them = "helper configs list shows all of them.";

std::string in_lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

Config find_by_id(control::Store& store, const std::string& digits) {
    int id = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [last, problem] = std::from_chars(digits.data(), end, id);
    if (problem == std::errc{} && last == end)
        if (auto config = store.config(id)) return *config;
    throw Error{Code::not_found, fmt::format("there is no configuration {}", digits)}
        .because("digits are an id, and no row has this one")
        .fix(list_them);
}

Error unknown_name(control::Store& store, const std::string& name) {
    std::vector<std::string> lower;
    const auto all = store.configs({});
    lower.reserve(all.size());
    for (const auto& config : all) lower.push_back(in_lower_case(config.name));
    std::string meant;
    if (const auto near = nearest(in_lower_case(name), lower); !near.empty()) {
        const auto found = std::find(lower.begin(), lower.end(), near);
        const auto& config = all[static_cast<std::size_t>(found - lower.begin())];
        meant = fmt::format("Did you mean \"{}\" ({})?  ", config.name, config.id);
    }
    return Error{Code::not_found, fmt::format("there is no configuration \"{}\"", name)}
        .because(all.empty() ? "there are no configurations yet" : "no row bears this name")
        .fix(all.empty() ? "Make one: helper example > config.json; edit it; helper configs create "
                           "--from config.json"
                         : meant + list_them);
}

}  // namespace

Config find_config(control::Store& store, const std::string& id_or_name) {
    if (id_or_name.empty())
        throw Error{Code::usage, "the configuration's name is empty"}.fix(
            fmt::format("Write its id or its name; {}", list_them));
    const bool digits = std::all_of(id_or_name.begin(), id_or_name.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
    if (digits) return find_by_id(store, id_or_name);
    auto found = store.configs({.ids = {}, .name = id_or_name});
    std::vector<Config> exact;
    std::copy_if(found.begin(), found.end(), std::back_inserter(exact),
                 [&](const Config& each) { return each.name == id_or_name; });
    if (!exact.empty()) found = exact;
    if (found.empty()) throw unknown_name(store, id_or_name);
    if (found.size() == 1) return found.front();
    std::string rows;
    for (const auto& config : found)
        rows += fmt::format("{}{} ({})", rows.empty() ? "" : ", ", config.id, config.target());
    throw Error{Code::usage,
                fmt::format("the name \"{}\" says not which configuration", id_or_name)}
        .because(fmt::format("{} rows bear it: {}", found.size(), rows))
        .fix(fmt::format("Write the id instead, e.g. {}.", found.front().id));
}

}  // namespace sheetbq::app
