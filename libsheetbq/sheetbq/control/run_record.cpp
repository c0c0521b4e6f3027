#include "sheetbq/control/run_record.hpp"

#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sheetbq::control {
namespace {

// As PostgreSQL's type sheetbq.run_state has them.
constexpr std::array<std::pair<RunState, std::string_view>, 9> words{{
    {RunState::claimed, "claimed"},
    {RunState::starting, "starting"},
    {RunState::running, "running"},
    {RunState::cancelling, "cancelling"},
    {RunState::succeeded, "succeeded"},
    {RunState::failed, "failed"},
    {RunState::cancelled, "cancelled"},
    {RunState::lost, "lost"},
    {RunState::abandoned, "abandoned"},
}};

}  // namespace

std::string_view to_string(RunState state) { return words[static_cast<std::size_t>(state)].second; }

RunState run_state(std::string_view word) {
    const auto* const found =
        std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.second == word; });
    if (found == words.end())
        throw Error{Code::internal, fmt::format("there is no state \"{}\" of a run", word)};
    return found->first;
}

bool is_live(RunState state) { return state <= RunState::cancelling; }

}  // namespace sheetbq::control
