#include "bigquery_history.hpp"

#include "bigquery_api.hpp"
#include "bigquery_refusal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {
namespace {

constexpr std::size_t most_states = 50;
constexpr std::int64_t hour_ms = 3'600'000;

/// The oldest moment that can be read.
std::int64_t oldest(const BigQueryWorld& world, const Dataset& dataset, const Table* live,
                    const std::vector<PastTable>& past) {
    std::int64_t begin = live != nullptr ? live->modified_ms : world.now_ms;
    if (!past.empty()) begin = std::min(begin, past.front().from_ms);
    // What had the same name before the table was made is another table.
    if (live != nullptr) begin = std::max(begin, live->created_ms);
    return std::max(begin, world.now_ms - dataset.time_travel_hours * hour_ms);
}

}  // namespace

void remember(Dataset& dataset, const std::string& table, std::int64_t now_ms) {
    const auto live = dataset.tables.find(table);
    if (live == dataset.tables.end()) return;
    auto& past = dataset.past[table];
    past.push_back({live->second.modified_ms, now_ms, live->second});
    if (past.size() > most_states) past.erase(past.begin());
}

const Table& table_at(BigQueryWorld& world, const TableName& name, std::int64_t at_ms) {
    auto& dataset = find_dataset(world, name.project, name.dataset);
    const auto found = dataset.tables.find(name.table);
    const auto* const live = found == dataset.tables.end() ? nullptr : &found->second;
    const auto& past = dataset.past[name.table];
    if (live == nullptr && past.empty()) throw absent("Not found: Table " + name.name());
    const auto begin = oldest(world, dataset, live, past);
    if (at_ms < begin)
        throw invalid(
            fmt::format("Invalid snapshot time {0} for table {1}@{0}. Cannot read before {2}.",
                        at_ms, name.name(), begin));
    if (at_ms > world.now_ms)
        throw invalid(
            fmt::format("Invalid snapshot time {0} for table {1}@{0}. Cannot read in the future.",
                        at_ms, name.name()));
    if (live != nullptr && at_ms >= live->modified_ms) return *live;
    const auto state = std::find_if(past.rbegin(), past.rend(), [&](const PastTable& each) {
        return each.from_ms <= at_ms && at_ms < each.until_ms;
    });
    if (state == past.rend())
        throw absent(fmt::format("Not found: Table {}@{}", name.name(), at_ms));
    return state->table;
}

}  // namespace sheetbq::sandbox
