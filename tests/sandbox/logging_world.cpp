#include "logging_world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <array>
#include <optional>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

/// Fields of a line that become fields of the entry.
struct Special {
    std::string_view in_line;
    std::string_view in_entry;
};
constexpr auto specials = std::to_array<Special>({
    {"severity", "severity"},
    {"httpRequest", "httpRequest"},
    {"logging.googleapis.com/insertId", "insertId"},
    {"logging.googleapis.com/operation", "operation"},
    {"logging.googleapis.com/sourceLocation", "sourceLocation"},
    {"logging.googleapis.com/spanId", "spanId"},
    {"logging.googleapis.com/trace", "trace"},
    {"logging.googleapis.com/trace_sampled", "traceSampled"},
});

std::optional<json::value> take(json::object& object, std::string_view name) {
    auto* const found = object.find(name);
    if (found == object.end()) return std::nullopt;
    auto value = std::move(found->value());
    object.stable_erase(found);
    return value;
}

/// Moves what is special out of `payload`. @returns the line's own time, when it has one.
std::optional<Clock::TimePoint> take_specials(json::object& payload, json::object& entry) {
    for (const auto& special : specials)
        if (auto value = take(payload, special.in_line)) entry[special.in_entry] = *value;
    if (auto labels = take(payload, "logging.googleapis.com/labels"); labels && labels->is_object())
        for (auto& label : labels->get_object())
            entry["labels"].as_object()[label.key()] = label.value();
    const auto* time = payload.if_contains("time");
    if (time == nullptr || !time->is_string()) return std::nullopt;
    const auto read = from_rfc3339(std::string_view{time->get_string()});
    if (read) take(payload, "time");
    return read;
}

json::object entry_from(const LineSource& source) {
    return {{"logName", fmt::format("projects/{}/logs/run.googleapis.com%2F{}", source.project,
                                    source.is_stderr ? "stderr" : "stdout")},
            {"resource",
             {{"type", "cloud_run_job"},
              {"labels",
               {{"project_id", source.project},
                {"location", source.region},
                {"job_name", source.job}}}}},
            {"labels",
             {{"run.googleapis.com/execution_name", source.execution},
              {"run.googleapis.com/task_index", std::to_string(source.task)},
              {"run.googleapis.com/task_attempt", std::to_string(source.attempt)}}}};
}

/// A message alone is as good as plain text.
void set_payload(json::object& entry, json::object payload) {
    const auto* message = payload.if_contains("message");
    if (payload.size() == 1 && message != nullptr && message->is_string())
        entry["textPayload"] = *message;
    else
        entry["jsonPayload"] = std::move(payload);
}

}  // namespace

void write_line(LoggingWorld& world, const LineSource& source, std::string_view line,
                Clock::TimePoint now) {
    auto entry = entry_from(source);
    auto timestamp = now;
    boost::system::error_code error;
    auto value = json::parse({line.data(), line.size()}, error);
    if (!error && value.is_object()) {
        auto& payload = value.get_object();
        timestamp = take_specials(payload, entry).value_or(now);
        set_payload(entry, std::move(payload));
    } else {
        entry["textPayload"] = line;
    }
    if (!entry.contains("insertId"))
        entry["insertId"] = fmt::format("{:016x}", world.entries.size() + 1);
    const std::string insert_id{entry.at("insertId").as_string()};
    const auto received = now + world.lag;
    entry["timestamp"] = to_rfc3339(timestamp);
    entry["receiveTimestamp"] = to_rfc3339(received);
    world.entries.push_back({.project = source.project,
                             .timestamp = timestamp,
                             .insert_id = insert_id,
                             .received = received,
                             .resource = std::move(entry)});
    if (world.on_entry) world.on_entry(world.entries.back());
}

}  // namespace sheetbq::sandbox
