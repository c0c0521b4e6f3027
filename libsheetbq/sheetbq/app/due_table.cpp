#include "sheetbq/app/due_table.hpp"

#include "sheetbq/app/humane.hpp"
#include "sheetbq/core/counted.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string every(const control::Config& config) {
    const auto interval = config.interval();
    return interval ? fmt::format("every {} h", interval->count()) : "every tick";
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return text;
}

constexpr std::size_t columns = 6;
using Row = std::array<std::string, columns>;

}  // namespace

std::string why_due(const control::DueLine& line, Clock::TimePoint now) {
    const auto& config = line.config;
    if (!config.active) return "switched off (is_active is false)";
    if (!config.last_run) return fmt::format("never ran, {}", every(config));
    const auto when = relative(*config.last_run, now);
    if (*config.last_run > now) return fmt::format("last_run lies {}, {}", when, every(config));
    auto text = fmt::format("last run {}, {}", when, every(config));
    if (!line.due && line.due_at && *line.due_at > now)
        text += ", due " + relative(*line.due_at, now);
    return text;
}

std::string blocked_by(const control::DueLine& line, Clock::TimePoint now) {
    if (!line.live_run.empty()) return "run " + line.live_run + " is live";
    if (!line.due) return {};
    if (line.not_before && *line.not_before > now)
        return fmt::format("backing off for {} after {}",
                           span_text(duration_cast<milliseconds>(*line.not_before - now)),
                           counted(line.failures, "failure"));
    if (line.sheet_busy) return "its spreadsheet is being read by another run";
    if (line.sheet_queued) return "another configuration of its spreadsheet is first";
    if (line.over_cap) return "the cap on parallel runs is reached";
    return {};
}

std::string due_table(const std::vector<control::DueLine>& lines, Clock::TimePoint now,
                      bool paused) {
    std::vector<Row> rows{{"ID", "NAME", "DUE", "START", "WHY", "BLOCKED BY"}};
    for (const auto& line : lines)
        rows.push_back({std::to_string(line.config.id), one_line(line.config.name),
                        line.due ? "yes" : "no",
                        line.order != 0 ? fmt::format("{}.", line.order) : "-", why_due(line, now),
                        blocked_by(line, now)});
    std::array<std::size_t, columns> widths{};
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], width(row[i]));
    std::string out;
    for (const auto& row : rows) {
        std::string text;
        for (std::size_t i = 0; i < columns; ++i)
            text += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    }
    if (lines.empty()) out += "(no configurations)\n";
    const auto starting =
        std::count_if(lines.begin(), lines.end(), [](const auto& each) { return each.order != 0; });
    out +=
        fmt::format("\n{} of {} would start now. Nothing was started.\n", starting, lines.size());
    if (paused) out += "Starts are paused: a tick starts nothing.\n";
    return out;
}

json::object to_json(const control::DueLine& line) {
    const auto time = [](const std::optional<Clock::TimePoint>& at) {
        return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
    };
    return {
        {"id", line.config.id},
        {"name", line.config.name},
        {"is_active", line.config.active},
        {"due", line.due},
        {"due_at", time(line.due_at)},
        {"last_run", time(line.config.last_run)},
        {"order", line.order},
        {"not_before", time(line.not_before)},
        {"failures", line.failures},
        {"live_run_id", line.live_run.empty() ? json::value(nullptr) : json::value(line.live_run)},
        {"sheet_busy", line.sheet_busy},
        {"sheet_queued", line.sheet_queued},
        {"over_cap", line.over_cap}};
}

std::string due_json(const std::vector<control::DueLine>& lines) {
    json::array configs;
    for (const auto& line : lines) configs.push_back(to_json(line));
    return json::serialize(
        json::object{{"schema", "sheetbq.due/v1"}, {"configs", std::move(configs)}});
}

}  // namespace sheetbq::app
