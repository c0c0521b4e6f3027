#include "sheetbq/app/html.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/status_parts.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/http/url.hpp"
#include "sheetbq/table/sheet_url.hpp"

#include <fmt/format.h>

namespace sheetbq::app {
namespace {

using control::RunState;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::string_view dash = R"(<span class="none">–</span>)";

std::string small(std::string_view text, std::string_view kind = "") {
    return fmt::format("<small{}>{}</small>",
                       kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), text);
}

/// The tab's name, as a link to the sheet when its address can be read.
std::string sheet(const control::Config& config) {
    const auto tab = config.tab.value_or("");
    try {
        const auto reference = table::parse_sheet_url(config.sheet_url);
        const auto gid = reference.gid && tab.empty() ? fmt::format("#gid={}", *reference.gid) : "";
        const auto name = !tab.empty()    ? html(tab)
                          : reference.gid ? fmt::format("tab {}", *reference.gid)
                                          : "first tab";
        return fmt::format(
            R"(<a href="https://docs.google.com/spreadsheets/d/{}/edit{}" rel="noreferrer"><bdi>{}</bdi></a>)",
            html(reference.spreadsheet_id), gid, name);
    } catch (const Error&) {
        return fmt::format(
            R"(<span class="bad" title="{}">no sheet's address</span>{}<bdi>{}</bdi>)",
            html(config.sheet_url), tab.empty() ? "" : " ", html(tab));
    }
}

std::string destination(const control::Config& config) {
    return fmt::format(
        R"(<a href="https://console.cloud.google.com/bigquery?p={}&amp;d={}&amp;t={}&amp;page=table" rel="noreferrer">{}</a>)",
        http::escape(config.project), http::escape(config.dataset), http::escape(config.table),
        html(config.target()));
}

std::string name_cell(const control::Config& config) {
    return fmt::format(
        R"(<th scope="row" role="rowheader" class="name"><span class="title"><bdi>{}</bdi> <span class="id">#{}</span></span>)"
        R"(<span class="where">{} <span aria-hidden="true">→</span><span class="sr"> into </span> {}</span></th>)",
        html(config.name.empty() ? "(no name)" : config.name), config.id, sheet(config),
        destination(config));
}

std::string state_cell(const StatusRow& row) {
    auto out = badge(row.standing);
    if (row.overview->live && row.standing != Standing::running) out += badge(Standing::running);
    return out;
}

/// How a finished run ended, when not well.
std::string_view ending(RunState state) {
    switch (state) {
        case RunState::failed:
            return "failed";
        case RunState::cancelled:
            return "cancelled";
        case RunState::lost:
            return "lost";
        case RunState::abandoned:
            return "given up";
        default:
            return {};
    }
}

std::string last_cell(const StatusRow& row, Clock::TimePoint now) {
    const auto& config = row.overview->config;
    const auto* const run = row.newest;
    if (run == nullptr || !run->finished_at)
        return config.last_run ? moment(*config.last_run, now)
                               : R"(<span class="none">never</span>)";
    auto out = moment(*run->finished_at, now);
    if (const auto how = ending(run->state); !how.empty()) {
        out += small(how, run->state == RunState::failed ? "bad" : "");
        out += small(config.last_run ? "OK " + moment(*config.last_run, now) : "never succeeded");
    } else if (const auto late = run->created_at - run->due_at;
               run->trigger == "schedule" && late > minutes{1}) {
        out += small("started " + span_text(duration_cast<milliseconds>(late)) + " late");
    } else if (run->trigger == "manual") {
        out += small("by hand");
    }
    return out;
}

std::string live_text(const control::Run& run, Clock::TimePoint now) {
    if (run.state == RunState::claimed) return "waits to start";
    if (run.state == RunState::starting) return "starts";
    const std::string_view verb = run.state == RunState::cancelling ? "is cancelled" : "runs";
    if (!run.started_at) return std::string{verb};
    return fmt::format("{} for {}", verb,
                       span_text(duration_cast<milliseconds>(now - *run.started_at)));
}

std::string next_time(const StatusRow& row, Clock::TimePoint now) {
    if (row.overview->live) return live_text(*row.overview->live, now);
    if (!row.next) return row.standing == Standing::paused ? "when resumed" : "next tick";
    if (*row.next > now) return moment(*row.next, now);
    if (row.standing == Standing::paused) return "when resumed";
    if (row.lateness < minutes{1}) return "due now";
    return fmt::format("<span{}>due for {}</span>",
                       row.standing == Standing::late ? " class=\"warn\"" : "",
                       span_text(row.lateness));
}

std::string next_cell(const StatusRow& row, Clock::TimePoint now) {
    const auto& config = row.overview->config;
    if (row.standing == Standing::inactive && !row.overview->live) return std::string{dash};
    auto out = next_time(row, now);
    const auto interval = config.interval();
    out += small(interval ? fmt::format("every {} h", interval->count()) : "every tick");
    return out;
}

std::string rows_cell(const StatusRow& row) {
    const auto rows = row.newest_good != nullptr ? rows_of(*row.newest_good) : std::nullopt;
    if (!rows) return std::string{dash};
    auto out = grouped(*rows);
    // Against the run before it: a table that shrinks overnight is worth a look.
    for (const auto& run : row.overview->recent) {
        if (&run == row.newest_good || run.state != RunState::succeeded) continue;
        if (const auto before = rows_of(run); before && *before != *rows)
            out += small((*rows > *before ? "+" : "−") +
                         grouped(*rows > *before ? *rows - *before : *before - *rows));
        break;
    }
    return out;
}

std::string duration_cell(const StatusRow& row) {
    const auto length = row.newest != nullptr ? duration_of(*row.newest) : std::nullopt;
    return length ? span_text(*length) : std::string{dash};
}

void add_cell(std::string& out, std::string_view kind, std::string_view label,
              const std::string& content) {
    out += fmt::format(R"(<td role="cell" class="{}" data-label="{}"><div>{}</div></td>)", kind,
                       label, content);
}

}  // namespace

std::string config_lines(const StatusRow& row, Clock::TimePoint now) {
    const auto& overview = *row.overview;
    const auto trouble = trouble_box(row, now);
    auto out =
        fmt::format("<tbody role=\"rowgroup\" class=\"{}{}\" id=\"config-{}\">\n<tr role=\"row\">",
                    word(row.standing), trouble.empty() ? "" : " troubled", overview.config.id);
    add_cell(out, "state", "State", state_cell(row));
    out += name_cell(overview.config);
    add_cell(out, "last", "Last run", last_cell(row, now));
    add_cell(out, "next", "Next run", next_cell(row, now));
    add_cell(out, "rows", "Rows", rows_cell(row));
    add_cell(out, "duration", "Duration", duration_cell(row));
    add_cell(out, "chart", "Last 20 runs", run_chart(overview, now));
    out += "</tr>\n";
    if (!trouble.empty())
        out += fmt::format(
            "<tr role=\"row\" class=\"more\"><td role=\"cell\" class=\"gap\"></td>"
            "<td role=\"cell\" colspan=\"6\">{}</td></tr>\n",
            trouble);
    return out + "</tbody>\n";
}

}  // namespace sheetbq::app
