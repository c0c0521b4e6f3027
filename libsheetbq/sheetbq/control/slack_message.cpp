#include "sheetbq/control/slack_message.hpp"

#include "sheetbq/core/counted.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/gcp/slack.hpp"
#include "sheetbq/table/sheet_url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::control {
namespace {

namespace json = boost::json;
using gcp::slack_escape;

constexpr std::size_t longest_section = 2'900;  // Slack takes 3,000 characters
constexpr std::size_t longest_sentence = 1'200;
constexpr std::size_t most_in_digest = 20;

std::string text_at(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

std::int64_t number_at(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

std::string escaped(const std::string& text) {
    return slack_escape(clip_utf8(text, longest_sentence));
}

/// A link of ours; `address` must come from a place that we trust to have made it.
std::string link(const std::string& address, std::string_view text) {
    std::string clean;
    for (const char c : address)
        if (c != '<' && c != '>' && c != '|' && c != ' ' && c != '\n') clean += c;
    return fmt::format("<{}|{}>", clean, text);
}

bool is_google_console(const std::string& address) {
    return address.starts_with("https://console.cloud.google.com/") ||
           address.starts_with("https://console.developers.google.com/");
}

/// The first link to a cell or sheet in a hint of the job's.
std::string cell_link(const std::string& hint) {
    constexpr std::string_view prefix = "https://docs.google.com/spreadsheets/d/";
    const auto begin = hint.find(prefix);
    if (begin == std::string::npos) return {};
    const auto end = hint.find_first_of(" \n\t\"'<>|,;)", begin);
    auto found = hint.substr(begin, end == std::string::npos ? end : end - begin);
    while (!found.empty() && found.back() == '.') found.pop_back();
    return found;
}

std::string sheet_link(const json::object& content) {
    const auto cell = cell_link(text_at(content, "hint"));
    if (!cell.empty()) return link(cell, "Open the cell");
    try {
        const auto sheet = table::parse_sheet_url(text_at(content, "sheet_url"));
        return link(
            fmt::format("https://docs.google.com/spreadsheets/d/{}/edit{}", sheet.spreadsheet_id,
                        sheet.gid ? fmt::format("#gid={}", *sheet.gid) : ""),
            "Open the sheet");
    } catch (const Error&) {
        return {};  // what the row has is no address of a sheet; the message says so anyway
    }
}

std::string links(const json::object& content) {
    auto out = sheet_link(content);
    if (const auto log = text_at(content, "log_uri"); is_google_console(log))
        out += (out.empty() ? "" : "  ·  ") + link(log, "Open the log");
    return out;
}

std::string name_of(const json::object& content) {
    const auto name = text_at(content, "config_name");
    return fmt::format("{} (configuration {})", name.empty() ? "a deleted one" : escaped(name),
                       number_at(content, "config_id"));
}

std::string span_of(std::int64_t seconds) {
    constexpr std::int64_t hour = 3'600;
    constexpr std::int64_t day = 24 * hour;
    if (seconds >= 2 * day) return fmt::format("{} days", seconds / day);
    if (seconds >= 2 * hour) return fmt::format("{} hours", seconds / hour);
    return seconds < 120 ? "a minute" : fmt::format("{} minutes", seconds / 60);
}

json::object section(const std::string& text) {
    return {{"type", "section"},
            {"text", json::object{{"type", "mrkdwn"},
                                  {"text", std::string{clip_utf8(text, longest_section)}}}}};
}

json::object context(const std::string& text) {
    return {{"type", "context"},
            {"elements", json::array{json::object{{"type", "mrkdwn"}, {"text", text}}}}};
}

std::string assemble(const std::string& headline, json::array blocks) {
    return json::serialize(json::object{{"text", headline}, {"blocks", std::move(blocks)}});
}

/// What, why, what to do.
std::string three_parts(const std::string& headline, const json::object& content) {
    auto text = fmt::format("*{}*\n*why:* {}", headline, escaped(text_at(content, "message")));
    if (const auto hint = text_at(content, "hint"); !hint.empty())
        text += fmt::format("\n*do:* {}", escaped(hint));
    return text;
}

std::string incident(const std::string& headline, const json::object& content) {
    json::array blocks{section(three_parts(headline, content))};
    if (const auto where = links(content); !where.empty()) blocks.push_back(section(where));
    blocks.push_back(
        context(fmt::format("{} → `{}` · run {} · incident {}", escaped(text_at(content, "tab")),
                            escaped(text_at(content, "target")), text_at(content, "run_id"),
                            text_at(content, "incident_id"))));
    return assemble(headline, std::move(blocks));
}

std::string recovered(const std::string& before, const json::object& content) {
    const auto failures = number_at(content, "failures");
    const auto headline =
        fmt::format("{}:white_check_mark: {} works again, after {} in {}", before, name_of(content),
                    counted(failures, "failed run"), span_of(number_at(content, "seconds")));
    return assemble(
        headline,
        {section(headline), context(fmt::format("incident {}", text_at(content, "incident_id")))});
}

std::string digest(const std::string& before, const json::object& content) {
    const auto* const list = content.if_contains("incidents");
    const auto incidents = list != nullptr && list->is_array() ? list->get_array() : json::array{};
    const auto headline =
        fmt::format("{}:red_circle: {} configurations began to fail", before, incidents.size());
    std::string lines;
    for (std::size_t i = 0; i < std::min(incidents.size(), most_in_digest); ++i) {
        if (!incidents[i].is_object()) continue;
        const auto& each = incidents[i].get_object();
        lines += fmt::format("• {}: {}\n", name_of(each),
                             escaped(std::string{clip_utf8(text_at(each, "message"), 100)}));
    }
    if (incidents.size() > most_in_digest)
        lines += fmt::format("… and {} more\n", incidents.size() - most_in_digest);
    return assemble(headline,
                    {section(fmt::format("*{}*", headline)), section(lines),
                     section("*do:* Look at the status page, or run `sheetbq-helper status`.")});
}

std::string pool(const std::string& before, const json::object& content) {
    const auto headline = before + ":warning: Runs cannot be started at the moment";
    return assemble(headline, {section(three_parts(headline, content)),
                               section("No configuration is at fault; starts are tried again by "
                                       "themselves.")});
}

std::string tick(const std::string& before, const json::object& content) {
    const auto headline = fmt::format("{}{} runs succeeded, {} did not, {} still due", before,
                                      number_at(content, "succeeded"), number_at(content, "failed"),
                                      number_at(content, "due_left"));
    return assemble(headline, {section(headline)});
}

}  // namespace

std::string slack_message(const Message& message, const std::string& prefix) {
    boost::system::error_code broken;
    const auto parsed = json::parse(message.payload, broken);
    const auto content = !broken && parsed.is_object() ? parsed.get_object() : json::object{};
    const auto before = prefix.empty() ? "" : slack_escape(prefix) + " ";
    if (message.kind == "recovered") return recovered(before, content);
    if (message.kind == "digest") return digest(before, content);
    if (message.kind == "pool") return pool(before, content);
    if (message.kind == "tick") return tick(before, content);
    if (message.kind == "reminder")
        return incident(fmt::format("{}:red_circle: {} still fails, {} times so far", before,
                                    name_of(content), number_at(content, "failures")),
                        content);
    return incident(fmt::format("{}:red_circle: {} fails", before, name_of(content)), content);
}

}  // namespace sheetbq::control
