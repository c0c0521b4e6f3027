#include "sheetbq/app/log_entries.hpp"

#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/json_text.hpp"
#include "sheetbq/app/printer.hpp"
#include "sheetbq/gcp/json_members.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using gcp::object_at;
using gcp::text_at;

/// The sentence of an entry, whatever kind of payload it has.
std::string message_of(const json::object& entry) {
    if (auto text = text_at(entry, "textPayload"); !text.empty()) return text;
    const auto& payload = object_at(entry, "jsonPayload");
    if (auto text = text_at(payload, "message"); !text.empty()) return text;
    if (!payload.empty()) return json::serialize(payload);
    const auto& audit = object_at(entry, "protoPayload");
    if (auto text = text_at(object_at(audit, "status"), "message"); !text.empty()) return text;
    return text_at(audit, "methodName");
}

Tone tone_of(std::string_view severity) {
    static constexpr std::array<std::string_view, 4> bad{"ERROR", "CRITICAL", "ALERT", "EMERGENCY"};
    if (std::find(bad.begin(), bad.end(), severity) != bad.end()) return Tone::bad;
    if (severity == "WARNING") return Tone::warning;
    return severity == "NOTICE" ? Tone::plain : Tone::dim;
}

/// Control characters of a foreign text do nothing to the terminal.
std::string harmless(std::string_view line) {
    std::string out{line};
    std::replace_if(
        out.begin(), out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return out;
}

}  // namespace

std::string ExecutionName::full() const {
    return fmt::format("projects/{}/locations/{}/jobs/{}/executions/{}", project, region, job,
                       execution);
}

std::optional<ExecutionName> read_execution_name(std::string_view name) {
    std::array<std::string_view, 8> parts;
    for (auto& part : parts) {
        part = name.substr(0, name.find('/'));
        if (part.empty()) return std::nullopt;
        name.remove_prefix(std::min(part.size() + 1, name.size()));
    }
    const bool known = parts[0] == "projects" && parts[2] == "locations" && parts[4] == "jobs" &&
                       parts[6] == "executions" && name.empty();
    if (!known) return std::nullopt;
    return ExecutionName{std::string{parts[1]}, std::string{parts[3]}, std::string{parts[5]},
                         std::string{parts[7]}};
}

bool is_execution_of(std::string_view job, std::string_view word) {
    constexpr std::size_t suffix = 5;
    if (word.size() != job.size() + 1 + suffix || !word.starts_with(job)) return false;
    const auto end = word.substr(job.size() + 1);
    return word[job.size()] == '-' && std::all_of(end.begin(), end.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
           });
}

bool looks_like_run(std::string_view word) {
    constexpr std::size_t first_part = 8;
    const auto hexadecimal = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
    };
    return word.size() > first_part && word[first_part] == '-' &&
           std::all_of(word.begin(), word.end(), hexadecimal);
}

json::object log_entry_json(const json::object& entry) {
    const auto& payload = object_at(entry, "jsonPayload");
    auto severity = text_at(entry, "severity");
    return {{"time", text_at(entry, "timestamp")},
            {"severity", severity.empty() ? "DEFAULT" : std::move(severity)},
            {"message", message_of(entry)},
            {"event", text_or_null(text_at(payload, "event"))},
            {"execution", text_or_null(text_at(object_at(entry, "labels"),
                                               "run.googleapis.com/execution_name"))},
            {"insert_id", text_at(entry, "insertId")},
            {"payload", payload.empty() ? json::value(nullptr) : json::value(payload)}};
}

std::string log_entry_text(const json::object& item, bool colour) {
    const auto told = plain_text(value_at(item, "time"));
    const auto time = from_rfc3339(told);
    auto severity = plain_text(value_at(item, "severity"));
    const auto tone = tone_of(severity);
    std::transform(severity.begin(), severity.end(), severity.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    const auto head = fmt::format("{}  {:<8}  ", time ? exact(*time) : told, severity);
    const auto message = plain_text(value_at(item, "message"));
    std::string out;
    std::string_view rest = message;
    do {
        const auto line = rest.substr(0, rest.find('\n'));
        const auto before = out.empty() ? head : std::string(head.size(), ' ');
        out += before + toned(harmless(line), tone, colour) + "\n";
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    } while (!rest.empty());
    return out;
}

}  // namespace sheetbq::app
