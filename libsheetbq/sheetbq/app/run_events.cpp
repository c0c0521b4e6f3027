#include "sheetbq/app/run_events.hpp"

#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/humane.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using control::Run;

struct Event {
    Clock::TimePoint time;
    std::string_view name;
    std::string text;
};

std::string start_words(const Run& run) {
    return run.start_tries > 1
               ? fmt::format("the start was asked for, {} times; this is the last", run.start_tries)
               : "the start was asked for";
}

std::string end_words(const Run& run) {
    std::string words{to_string(run.state)};
    if (run.exit_code && *run.exit_code != 0)
        words += fmt::format(", exit code {}", *run.exit_code);
    if (!run.error_message.empty()) words += ": " + run.error_message;
    return words;
}

std::vector<Event> events_of_row(const Run& run) {
    std::vector<Event> events{
        {run.due_at, "due", run.trigger == "manual" ? "a person asked for it" : "by its schedule"},
        {run.created_at, "claimed",
         run.attempt > 1 ? fmt::format("attempt {}", run.attempt) : "an orchestrator took it"}};
    const auto add = [&](const std::optional<Clock::TimePoint>& time, std::string_view name,
                         std::string text) {
        if (time) events.push_back({*time, name, std::move(text)});
    };
    add(run.start_requested_at, "start_requested", start_words(run));
    add(run.started_at, "started",
        "execution " + short_execution(run.execution_name.value_or("(no name)")));
    add(run.missing_since, "missing", "its execution is not found since");
    add(run.cancel_requested_at, "cancel_requested", "a person asked it to stop");
    add(run.finished_at, "finished", end_words(run));
    return events;
}

std::vector<Event> events_of(const control::OutboxLine& line) {
    std::vector<Event> events{
        {line.created_at, "message", fmt::format("\"{}\" is to be sent", line.message.kind)}};
    if (line.sent_at)
        events.push_back({*line.sent_at, "message_sent",
                          line.last_error.starts_with("sent within")
                              ? fmt::format("\"{}\" {}", line.message.kind, line.last_error)
                              : fmt::format("\"{}\" to Slack", line.message.kind)});
    else if (line.dead)
        events.push_back({line.not_before, "message_given_up", line.last_error});
    return events;
}

}  // namespace

Listing run_events(const Run& run, const std::vector<control::OutboxLine>& messages,
                   Clock::TimePoint now) {
    auto events = events_of_row(run);
    for (const auto& message : messages)
        for (auto& event : events_of(message)) events.push_back(std::move(event));
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.time < b.time; });
    Listing listing{.schema = "sheetbq.event/v1",
                    .key = "events",
                    .items = {},
                    .columns = {},
                    .name = "event",
                    .empty = ""};
    for (const auto& event : events)
        listing.items.push_back(json::object{
            {"time", to_rfc3339(event.time)}, {"event", event.name}, {"text", event.text}});
    listing.columns = {
        {"time", "time",
         [now](const json::object& item) -> Shown {
             const auto time = from_rfc3339(plain_text(value_at(item, "time")));
             return {time ? fmt::format("{}  {}", exact(*time), relative(*time, now)) : "",
                     Tone::dim};
         },
         false, false},
        {"event", "event", {}, false, false},
        {"text", "what"}};
    return listing;
}

}  // namespace sheetbq::app
