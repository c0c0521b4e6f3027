#include "sheetbq/app/find_run.hpp"

#include <fmt/format.h>

#include <string_view>

namespace sheetbq::app {

std::string short_execution(const std::string& name) {
    constexpr std::string_view before = "/executions/";
    const auto at = name.rfind(before);
    return at == std::string::npos ? name : name.substr(at + before.size());
}

std::string short_id(const std::string& run_id) {
    // 48 bits of time and 26 of chance.
    constexpr std::size_t enough = 23;
    return run_id.substr(0, enough);
}

control::Run find_run(control::Store& store, const std::string& word) {
    constexpr auto list_them = "helper list shows the newest; their ids may be cut short.";
    constexpr std::size_t shortest = 4;
    if (word.size() < shortest)
        throw Error{Code::usage, fmt::format("\"{}\" is too short to name a run", word)}
            .because(
                "a run is named by its id, by at least 4 characters of its beginning, or by "
                "its execution")
            .fix(list_them);
    const auto found = store.find_runs(word);
    if (found.empty())
        throw Error{Code::not_found, fmt::format("there is no run \"{}\"", word)}
            .because("no run's id begins so, and no run's execution is called so")
            .fix(list_them);
    if (found.size() == 1) return found.front();
    std::string list;
    for (const auto& run : found) list += (list.empty() ? "" : ", ") + run.run_id;
    throw Error{Code::usage, fmt::format("several runs begin with \"{}\"", word)}.because(list).fix(
        "Write more of the id.");
}

}  // namespace sheetbq::app
