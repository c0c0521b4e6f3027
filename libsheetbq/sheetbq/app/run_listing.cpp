#include "sheetbq/app/run_listing.hpp"

#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/status_json.hpp"
#include "sheetbq/app/status_rows.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <set>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using control::Run;
using control::RunState;
using std::chrono::milliseconds;

std::string text_at(const json::object& item, std::string_view key) {
    return plain_text(value_at(item, key));
}

Shown state_shown(const json::object& item) {
    const auto state = text_at(item, "state");
    return {state, tone_of(control::run_state(state))};
}

Shown rows_shown(const json::object& item) {
    const auto* const rows = value_at(item, "rows");
    return {rows != nullptr && rows->is_int64() ? grouped(rows->get_int64()) : ""};
}

Shown took_shown(const json::object& item) {
    const auto* const seconds = value_at(item, "seconds");
    if (seconds == nullptr || !seconds->is_double()) return {};
    return {span_text(milliseconds{static_cast<std::int64_t>(seconds->get_double() * 1'000)})};
}

Shown error_cell(const json::object& item) { return {text_at(item, "error_message"), Tone::dim}; }

std::string since(const std::optional<Clock::TimePoint>& time, Clock::TimePoint now) {
    return time ? fmt::format("{} ({})", relative(*time, now), exact(*time)) : "";
}

std::string state_words(const Run& run, Clock::TimePoint now) {
    std::string words{to_string(run.state)};
    if (run.finished_at) return words + " " + relative(*run.finished_at, now);
    if (run.cancel_requested) words += ", asked to stop";
    if (run.state == RunState::claimed) return words + ": waits for its start";
    if (run.state == RunState::starting)
        return fmt::format("{}: asked for {}, nothing heard yet", words,
                           relative(run.start_requested_at.value_or(run.created_at), now));
    if (run.missing_since)
        return fmt::format("{}: its execution was not found since {}", words,
                           relative(*run.missing_since, now));
    return run.started_at
               ? fmt::format(
                     "{} for {}", words,
                     span_text(std::chrono::duration_cast<milliseconds>(now - *run.started_at)))
               : words;
}

std::string next_words(const Run& run) {
    const auto id = short_id(run.run_id);
    if (control::is_live(run.state))
        return fmt::format("helper status {0} --watch\nhelper logs {0} --follow\nhelper cancel {0}",
                           id);
    if (run.state == RunState::succeeded) return fmt::format("helper runs show {}", id);
    return fmt::format("helper logs {0}\nhelper runs retry {0}", id);
}

json::object report_of(const Run& run) {
    boost::system::error_code broken;
    auto value = json::parse(run.report, broken);
    return !broken && value.is_object() ? value.get_object() : json::object{};
}

std::string columns_text(const json::object& report) {
    const auto* const columns = value_at(report, "columns");
    std::vector<std::vector<Shown>> rows;
    if (columns != nullptr && columns->is_array())
        for (const auto& column : columns->get_array())
            if (const auto* const each = column.if_object())
                rows.push_back(
                    {{text_at(*each, "name")},
                     {text_at(*each, "type")},
                     {fmt::format("{} \"{}\"", text_at(*each, "column"), text_at(*each, "header")),
                      Tone::plain}});
    return rows.empty() ? "" : set_columns(rows, {{}, {}, {}}, std::string::npos, false);
}

std::string seconds_text(const json::object& report) {
    const auto* const seconds = value_at(report, "seconds");
    std::string out;
    if (seconds != nullptr && seconds->is_object())
        for (const auto& [phase, length] : seconds->get_object())
            if (length.is_number())
                out += fmt::format("{}{} {}", out.empty() ? "" : ", ", std::string_view{phase},
                                   span_text(milliseconds{static_cast<std::int64_t>(
                                       length.to_number<double>() * 1'000)}));
    return out;
}

std::string warnings_text(const json::object& report) {
    const auto* const warnings = value_at(report, "warnings");
    std::string out;
    if (warnings != nullptr && warnings->is_array())
        for (const auto& warning : warnings->get_array())
            if (const auto* const each = warning.if_object())
                out += (out.empty() ? "" : "\n") + text_at(*each, "message");
    return out;
}

std::string number_text(const json::object& report, std::string_view key) {
    const auto* const value = value_at(report, key);
    const auto number =
        value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
    return number != 0 ? grouped(number) : "";
}

}  // namespace

std::optional<std::int64_t> loaded_rows(const Run& run) {
    return run.state == RunState::succeeded ? rows_of(run) : std::nullopt;
}

Tone tone_of(RunState state) {
    switch (state) {
        case RunState::succeeded:
            return Tone::good;
        case RunState::failed:
        case RunState::lost:
            return Tone::bad;
        case RunState::cancelling:
        case RunState::cancelled:
        case RunState::abandoned:
            return Tone::warning;
        default:
            return Tone::strong;
    }
}

ConfigNames config_names(control::Store& store, const std::vector<Run>& runs) {
    std::set<int> ids;
    for (const auto& run : runs) ids.insert(run.config_id);
    ConfigNames names;
    if (ids.empty()) return names;
    for (const auto& config : store.configs({.ids = {ids.begin(), ids.end()}, .name = {}}))
        names[config.id] = config.name;
    return names;
}

json::object run_json(const Run& run, const ConfigNames& names) {
    auto item = to_json(run);
    if (run.config_id == 0) item["config_id"] = nullptr;  // of a file
    const auto name = names.find(run.config_id);
    item["config_name"] = name == names.end() ? json::value(nullptr) : json::value(name->second);
    const auto rows = loaded_rows(run);
    item["rows"] = rows ? json::value(*rows) : json::value(nullptr);
    const auto length = duration_of(run);
    item["seconds"] =
        length ? json::value(static_cast<double>(length->count()) / 1'000) : json::value(nullptr);
    return item;
}

Listing run_listing(const std::vector<Run>& runs, const ConfigNames& names, Clock::TimePoint now,
                    bool wide) {
    Listing listing{.schema = "sheetbq.run/v1",
                    .key = "runs",
                    .items = {},
                    .columns = {},
                    .name = "run_id",
                    .empty = "There are no such runs."};
    for (const auto& run : runs) listing.items.push_back(run_json(run, names));
    listing.columns = {
        {"run_id", "run",
         [](const json::object& item) -> Shown { return {short_id(text_at(item, "run_id"))}; },
         false, false},
        {"config_name", "configuration",
         [](const json::object& item) -> Shown {
             const auto name = text_at(item, "config_name");
             return {name.empty() ? fmt::format("{} (deleted)", text_at(item, "config_id")) : name};
         }},
        {"state", "state", state_shown, false, false},
        {"rows", "rows", rows_shown, true, false},
        {"seconds", "took", took_shown, true, false},
        {"created_at", "created",
         [now](const json::object& item) -> Shown {
             const auto time = from_rfc3339(text_at(item, "created_at"));
             return {time ? relative(*time, now) : "", Tone::dim};
         },
         false, false}};
    if (wide) listing.columns.push_back({"error_message", "error", error_cell});
    return listing;
}

Shown error_shown(const Run& run) {
    if (run.error_message.empty()) return {};
    const auto report = report_of(run);
    const auto what = text_at(report, "error.text");
    std::string text = what.empty() ? run.error_message : what;
    if (const auto why = text_at(report, "error.reason"); !what.empty() && !why.empty())
        text += "\nwhy: " + why;
    if (!run.error_hint.empty()) text += "\ndo:  " + run.error_hint;
    return {text, control::is_live(run.state) ? Tone::plain : Tone::bad};
}

std::vector<Detail> run_details(const Run& run, const std::optional<control::Config>& config,
                                Clock::TimePoint now) {
    const auto rows = loaded_rows(run);
    const auto length = duration_of(run);
    return {
        {"run", {run.run_id, Tone::strong}},
        {"configuration",
         {config ? fmt::format("{} ({})", config->name, config->id)
                 : fmt::format("{} (deleted)", run.config_id)}},
        {"state", {state_words(run, now), tone_of(run.state)}},
        {"error", error_shown(run)},
        {"rows", {rows ? grouped(*rows) : ""}},
        {"took", {length ? span_text(*length) : ""}},
        {"asked for by",
         {fmt::format("{}{}", run.trigger == "manual" ? "a person" : "the schedule",
                      run.attempt > 1 ? fmt::format(", attempt {}", run.attempt) : "")}},
        {"created", {since(run.created_at, now)}},
        {"started", {since(run.started_at, now)}},
        {"finished", {since(run.finished_at, now)}},
        {"into", {config ? config->target() : ""}},
        {"execution", {short_execution(run.execution_name.value_or(""))}},
        {"log", {run.log_uri}},
        {"next", {next_words(run), Tone::dim}},
    };
}

std::vector<Detail> report_details(const Run& run) {
    const auto report = report_of(run);
    if (report.empty())
        return {{"report", {control::is_live(run.state) ? "not yet" : "none came back"}}};
    const auto tab = text_at(report, "tab");
    return {
        {"sheet",
         {tab.empty() ? "" : fmt::format(R"("{}" of "{}")", tab, text_at(report, "spreadsheet"))}},
        {"link", {text_at(report, "sheet_link")}},
        {"load job", {text_at(report, "job_id")}},
        {"cells", {number_text(report, "cells")}},
        {"requests", {number_text(report, "requests")}},
        {"seconds", {seconds_text(report)}},
        {"warnings", {warnings_text(report), Tone::warning}},
        {"columns", {columns_text(report)}},
    };
}

}  // namespace sheetbq::app
