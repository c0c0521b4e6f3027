#include "sheetbq/app/html.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/status_parts.hpp"
#include "sheetbq/core/log.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using control::RunState;

constexpr std::size_t longest_part = 2'000;

/// A failure in the three parts that every error of ours has.
struct Trouble {
    std::string kind;  ///< a word, e.g. `permission_denied`
    std::string what;
    std::string why;
    std::string fix;
};

std::string text_at(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

/// The job's own three parts, where its whole report is at hand.
std::optional<Trouble> reported(const control::Run& run) {
    json::error_code problem;
    const auto report = json::parse(run.report.empty() ? "null" : run.report, problem);
    if (problem || !report.is_object()) return std::nullopt;
    const auto* const error = report.get_object().if_contains("error");
    if (error == nullptr || !error->is_object()) return std::nullopt;
    const auto& parts = error->get_object();
    Trouble trouble{text_at(parts, "code"), text_at(parts, "text"), text_at(parts, "reason"),
                    text_at(parts, "hint")};
    if (trouble.what.empty()) return std::nullopt;
    return trouble;
}

std::optional<Trouble> trouble_of(const StatusRow& row) {
    const auto& state = row.overview->state;
    const auto* const run = row.newest;
    const bool run_failed = run != nullptr && run->state != RunState::succeeded;
    if (run_failed)
        if (auto told = reported(*run)) return told;
    if (run_failed && !run->error_message.empty())
        return Trouble{run->error_class, run->error_message, "", run->error_hint};
    if (state.failures > 0)
        return Trouble{state.last_error_class,
                       state.last_error.empty() ? "the last run failed" : state.last_error, "",
                       state.last_hint};
    return std::nullopt;
}

void add_part(std::string& out, std::string_view name, const std::string& text) {
    if (text.empty()) return;
    const auto cut = clip_utf8(text, longest_part);
    out += fmt::format(R"(<div class="{0}"><dt>{0}</dt><dd dir="auto">{1}{2}</dd></div>)", name,
                       html_lines(cut), cut.size() < text.size() ? "…" : "");
}

/// A page of Google's console; nothing else is made a link.
std::string log_link(const control::Run* run) {
    if (run == nullptr || !run->log_uri.starts_with("https://console.cloud.google.com/")) return {};
    return fmt::format(R"(<a href="{}" rel="noreferrer">log of the run</a>)", html(run->log_uri));
}

std::vector<std::string> facts_of(const StatusRow& row, Clock::TimePoint now) {
    const auto& state = row.overview->state;
    std::vector<std::string> facts;
    if (state.failing_since) facts.push_back("failing since " + moment(*state.failing_since, now));
    if (state.failures > 1) facts.push_back(fmt::format("{} failures in a row", state.failures));
    if (!state.incident_id.empty() && state.incident_opened_at)
        facts.push_back(fmt::format("<span title=\"{}\">incident open</span> since {}",
                                    html(state.incident_id),
                                    moment(*state.incident_opened_at, now)));
    if (state.failures > 0 && state.not_before && *state.not_before > now)
        facts.push_back("tries again " + moment(*state.not_before, now));
    if (row.newest != nullptr)
        facts.push_back(fmt::format("run <code>{}</code>", html(row.newest->run_id)));
    if (auto log = log_link(row.newest); !log.empty()) facts.push_back(std::move(log));
    return facts;
}

}  // namespace

std::string trouble_box(const StatusRow& row, Clock::TimePoint now) {
    const auto trouble = trouble_of(row);
    if (!trouble) return {};
    const bool failing = row.overview->state.failures > 0;
    auto out = fmt::format(R"(<div class="trouble{}"><dl>)", failing ? "" : " passing");
    add_part(out, "error", trouble->what);
    add_part(out, "why", trouble->why);
    add_part(out, "do", trouble->fix);
    out += "</dl><p class=\"facts\">";
    if (!trouble->kind.empty()) out += fmt::format("<code>{}</code>", html(trouble->kind));
    for (const auto& fact : facts_of(row, now)) out += fmt::format("<span>{}</span>", fact);
    return out + "</p></div>";
}

}  // namespace sheetbq::app
