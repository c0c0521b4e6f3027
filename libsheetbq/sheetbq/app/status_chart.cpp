#include "sheetbq/app/html.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/status_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace sheetbq::app {
namespace {

using control::Run;
using control::RunState;
using std::chrono::milliseconds;

constexpr std::size_t most_bars = 20;
constexpr int slot = 6;
constexpr int bar_width = 4;
constexpr int baseline = 25;
constexpr int tallest = 24;
constexpr int shortest = 4;
constexpr int height = 30;

struct Bar {
    const Run* run;
    std::optional<milliseconds> length;
};

std::string outcome(RunState state) {
    if (state == RunState::claimed) return "waits to start";
    return std::string{to_string(state)};
}

std::string_view form_of(RunState state) {
    if (state == RunState::succeeded) return "g";
    if (state == RunState::failed) return "f";
    return is_live(state) ? "l" : "u";
}

/// What pointing at a bar tells.
std::string bar_title(const Bar& bar) {
    const auto& run = *bar.run;
    auto text =
        fmt::format("{}: {}", exact(run.started_at.value_or(run.created_at)), outcome(run.state));
    if (!run.error_class.empty() && run.state != RunState::succeeded)
        text += fmt::format(" ({})", run.error_class);
    if (bar.length) text += fmt::format(", {}", span_text(*bar.length));
    if (const auto rows = rows_of(run); rows && run.state == RunState::succeeded)
        text += ", " + grouped(*rows, "row");
    return html(text);
}

/// Square roots, so that a short run beside a long one still shows.
int bar_height(const std::optional<milliseconds>& length, milliseconds longest) {
    if (!length || longest.count() <= 0) return shortest;
    const double share =
        std::min(1.0, static_cast<double>(length->count()) / static_cast<double>(longest.count()));
    return std::max(shortest, static_cast<int>(std::lround(tallest * std::sqrt(share))));
}

void draw(std::string& out, const Bar& bar, int x, milliseconds longest) {
    const auto form = form_of(bar.run->state);
    const int high = bar_height(bar.length, longest);
    fmt::format_to(std::back_inserter(out), "<g class=\"{}\"><title>{}</title>", form,
                   bar_title(bar));
    if (form == "g" || form == "f")
        fmt::format_to(std::back_inserter(out),
                       R"(<rect x="{}" y="{}" width="{}" height="{}" rx="1"/>)", x, baseline - high,
                       bar_width, high);
    else
        fmt::format_to(std::back_inserter(out),
                       R"(<rect x="{}.5" y="{}.5" width="{}" height="{}" rx="1"/>)", x,
                       baseline - high, bar_width - 1, high - 1);
    if (form == "f")
        fmt::format_to(std::back_inserter(out), R"(<circle cx="{}" cy="28" r="1.6"/>)",
                       x + bar_width / 2);
    out += "</g>";
}

/// Oldest first; a live run is the last one.
std::vector<Bar> bars_of(const control::ConfigOverview& overview, Clock::TimePoint now) {
    std::vector<Bar> bars;
    const auto room = most_bars - (overview.live ? 1 : 0);
    const auto count = std::min(overview.recent.size(), room);
    for (auto i = count; i > 0; --i) {
        const auto& run = overview.recent[i - 1];
        bars.push_back({&run, duration_of(run)});
    }
    if (overview.live) {
        const auto& begun = overview.live->started_at;
        const auto length =
            begun && *begun < now
                ? std::optional{std::chrono::duration_cast<milliseconds>(now - *begun)}
                : std::nullopt;
        bars.push_back({&*overview.live, length});
    }
    return bars;
}

/// The chart in words.
std::string chart_label(const std::vector<Bar>& bars) {
    const auto count = [&](std::string_view form) {
        return std::count_if(bars.begin(), bars.end(),
                             [&](const Bar& bar) { return form_of(bar.run->state) == form; });
    };
    auto text =
        fmt::format("Last {} runs: {} succeeded, {} failed", bars.size(), count("g"), count("f"));
    if (count("u") > 0) text += fmt::format(", {} ended otherwise", count("u"));
    if (count("l") > 0) text += ", one is live";
    return text;
}

}  // namespace

std::string run_chart(const control::ConfigOverview& overview, Clock::TimePoint now) {
    const auto bars = bars_of(overview, now);
    if (bars.empty()) return R"(<span class="none">no runs yet</span>)";
    milliseconds longest{0};
    for (const auto& bar : bars) longest = std::max(longest, bar.length.value_or(longest));
    const int width = static_cast<int>(most_bars) * slot;
    auto out = fmt::format(
        R"(<svg class="runs" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">)"
        R"(<path class="axis" d="M0 {3}.5H{0}"/>)",
        width, height, chart_label(bars), baseline);
    int x = width - static_cast<int>(bars.size()) * slot + 1;
    for (const auto& bar : bars) {
        draw(out, bar, x, longest);
        x += slot;
    }
    return out + "</svg>";
}

}  // namespace sheetbq::app
