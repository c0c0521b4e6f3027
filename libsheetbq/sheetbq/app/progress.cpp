#include "sheetbq/app/progress.hpp"

#include "sheetbq/app/humane.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>

namespace sheetbq::app {
namespace {

using Phase = etl::Progress::Phase;

constexpr std::array<std::pair<Phase, std::string_view>, 3> phases{
    {{Phase::reading, "reading"}, {Phase::uploading, "uploading"}, {Phase::loading, "loading"}}};

std::string megabytes(std::uint64_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string_view text_at(const boost::json::object& event, std::string_view name) {
    const auto* const value = event.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                  : std::string_view{};
}

std::uint64_t number_at(const boost::json::object& event, std::string_view name) {
    const auto* const value = event.if_contains(name);
    boost::json::error_code odd;
    const auto number = value != nullptr ? value->to_number<std::uint64_t>(odd) : 0;
    return odd ? 0 : number;
}

}  // namespace

std::string progress_text(const etl::Progress& progress) {
    const auto percent = progress.total == 0 ? 0 : progress.done * 100 / progress.total;
    switch (progress.phase) {
        case Phase::reading:
            return fmt::format(
                "reading {} %: {}{}, {}", percent, grouped(progress.rows, "row"),
                progress.all_windows > 1
                    ? fmt::format(", window {} of {}", progress.windows, progress.all_windows)
                    : "",
                megabytes(progress.bytes));
        case Phase::uploading:
            return fmt::format("uploading {} % of {}", percent, megabytes(progress.total));
        case Phase::loading:
            return fmt::format("BigQuery loads {}", grouped(progress.rows, "row"));
    }
    return {};
}

Fields progress_fields(const etl::Progress& progress) {
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    std::string phase;
    for (const auto& [each, word] : phases)
        if (each == progress.phase) phase = word;
    return {{"phase", phase},
            {"done", number(progress.done)},
            {"total", number(progress.total)},
            {"rows", number(progress.rows)},
            {"bytes", number(progress.bytes)},
            {"windows", number(progress.windows)},
            {"all_windows", number(progress.all_windows)}};
}

std::optional<etl::Progress> read_progress(const boost::json::object& event) {
    if (text_at(event, "event") != "progress") return std::nullopt;
    const auto phase = text_at(event, "phase");
    for (const auto& [each, word] : phases)
        if (phase == word)
            return etl::Progress{.phase = each,
                                 .done = number_at(event, "done"),
                                 .total = number_at(event, "total"),
                                 .rows = number_at(event, "rows"),
                                 .bytes = number_at(event, "bytes"),
                                 .windows = number_at(event, "windows"),
                                 .all_windows = number_at(event, "all_windows")};
    return std::nullopt;
}

}  // namespace sheetbq::app
