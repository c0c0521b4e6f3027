#pragma once

#include "sheetbq/app/status_page.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// How a configuration stands; in the order in which they want a look.
enum class Standing { failing, late, running, paused, never, ok, inactive };
constexpr std::size_t standings = 7;
/// The word of it in addresses and class names: `failing`.
std::string_view word(Standing standing);

/// One configuration, judged.
struct StatusRow {
    const control::ConfigOverview* overview = nullptr;
    Standing standing = Standing::ok;
    std::chrono::seconds lateness{0};           ///< how long it has been due; 0: is not
    std::optional<Clock::TimePoint> next{};     ///< when it can start; nothing: with the next tick
    const control::Run* newest = nullptr;       ///< finished run
    const control::Run* newest_good = nullptr;  ///< that succeeded
};
StatusRow judge_row(const control::ConfigOverview& overview, const StatusView& view);

/// What a run loaded, as its report says; nothing when it does not.
std::optional<std::int64_t> rows_of(const control::Run& run);
/// How long a run worked: by its report, else from start to end; nothing when neither is known.
std::optional<std::chrono::milliseconds> duration_of(const control::Run& run);

/// What a page shows, out of everything.
struct Selection {
    std::array<int, standings> totals{};  ///< of all configurations
    int live = 0;
    std::vector<StatusRow> shown{};
    std::size_t found = 0;  ///< how many the filter left
    std::size_t first = 0;  ///< how many of them stand before those shown
    int page = 1;
    int pages = 1;
};
constexpr std::size_t page_size = 100;
Selection select(const StatusView& view, const StatusQuery& query);

}  // namespace sheetbq::app
