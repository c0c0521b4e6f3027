#include "support/status_sample.hpp"

#include "sheetbq/table/unicode.hpp"

#include <fmt/format.h>

#include <cmath>

namespace sheetbq::testing {
namespace {

using control::ConfigOverview;
using control::Run;
using control::RunState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr std::string_view sheet = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh";

void fail(ConfigOverview& line, int failures, seconds ago, const std::string& kind,
          const std::string& what, const std::string& fix) {
    for (int i = 0; i < failures && i < 20; ++i) {
        auto& run = line.recent[static_cast<std::size_t>(i)];
        run.state = RunState::failed;
        run.error_class = kind;
        run.error_message = what;
        run.error_hint = fix;
        run.report.clear();
        run.finished_at = *run.started_at + 900ms;
    }
    line.recent[0].finished_at = sample_now() - ago;
    line.recent[0].started_at = sample_now() - ago - 900ms;
    line.state.failures = failures;
    line.state.failing_since = sample_now() - ago - failures * 24h;
    line.state.last_error_class = kind;
    line.state.last_error = what;
    line.state.last_hint = fix;
    line.state.incident_id = "019a2f3e-7c1b-7d9e-8f00-0123456789ab";
    line.state.incident_opened_at = line.state.failing_since;
    line.state.not_before = sample_now() + 3h;
    line.config.last_run = sample_now() - ago - (failures + 1) * 24h;
    line.due_at = *line.config.last_run + 24h;
}

void run_now(ConfigOverview& line, RunState state, seconds since) {
    auto run = sample_run(RunState::running, 0s, 0ms, 0);
    run.state = state;
    run.finished_at.reset();
    run.started_at = sample_now() - since;
    if (state == RunState::claimed) run.started_at.reset();
    run.report.clear();
    line.live = run;
    line.due_at = sample_now() - since - 12s;
    line.config.last_run = *line.due_at - 24h;
}

void hourly(ConfigOverview& line, std::chrono::minutes ago) {
    line.config.frequency_hours = 1;
    for (std::size_t i = 0; i < line.recent.size(); ++i) {
        auto& run = line.recent[i];
        const auto length = *run.finished_at - *run.started_at;
        run.finished_at = sample_now() - ago - static_cast<int>(i) * 1h;
        run.started_at = *run.finished_at - length;
        run.created_at = *run.started_at - 2s;
        run.due_at = run.created_at - 3s;
    }
    line.config.last_run = line.recent[0].created_at;
    line.due_at = *line.config.last_run + 1h;
}

void add_failing(std::vector<ConfigOverview>& lines) {
    lines.push_back(sample_config(3, "Vertriebsplanung 2026 – Außendienst Süd (Kopie von Kopie)"));
    fail(lines.back(), 3, 4h, "permission_denied",
         "cannot read the spreadsheet 1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh: Google "
         "answered 403 PERMISSION_DENIED: The caller does not have permission",
         "Open https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh"
         " and share it with sheetbq-job@acme-data-warehouse.iam.gserviceaccount.com as Viewer; "
         "the next run then loads it. If the sheet belongs to another organisation, its "
         "administrator must allow sharing outside, or the owner copies it into a shared drive "
         "that this account is a member of.");
    lines.push_back(sample_config(17, "Returns & refunds"));
    auto& refused = lines.back();
    fail(refused, 1, 40min, "bad_data", "two columns of the tab \"Returns\" cannot be loaded",
         "Correct the cells, or set TYPE_CONFLICT=null to load NULL there.");
    refused.recent[0].report =
        R"({"rows":0,"seconds":{"read":0.8},"error":{"code":"bad_data","text":"2 cells of the )"
        R"(column \"amount\" are no FLOAT64","reason":"Returns!D18 is \"n/a\"\nReturns!D42 is )"
        R"(\"see mail\"","hint":"Correct the cells, or set TYPE_CONFLICT=null to load NULL there."}})";
    refused.recent[0].log_uri = "https://console.cloud.google.com/run/jobs/executions/details/x";
    refused.state.incident_id.clear();
}

void add_odd(std::vector<ConfigOverview>& lines) {
    std::string turned_round;
    table::append_utf8(turned_round, 0x202E);
    lines.push_back(sample_config(5, "تقرير المبيعات اليومي"));
    lines.push_back(sample_config(6, "🚚 Lieferungen 🇩🇪 👩‍👩‍👧‍👦 Team"));
    lines.back().config.tab = "Q1 📈";
    hourly(lines.back(), 20min);
    lines.push_back(sample_config(7, "<script>alert('x')</script> \"quoted\" & more"));
    lines.back().config.tab = "a<b>&\"c'";
    lines.push_back(sample_config(
        8,
        "AVeryLongNameWithoutAnySpaceWhichSomebodyGeneratedByAProgramAndThatGoesOnAndOnUntil"
        "TheColumnOfTheDatabaseIsFullOrNearlySo_2026_01_31_final_final_v2"));
    lines.back().config.table = "a_destination_table_whose_name_is_rather_long_too_v2_final";
    lines.push_back(sample_config(9, "bell\x07 and " + turned_round + "gnp.exe \xFF"));
    lines.push_back(sample_config(10, "Headcount"));
    lines.back().config.sheet_url = "https://evil.example/\"><b>";
}

}  // namespace

Clock::TimePoint sample_now() {
    return std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 8h + 5s;
}

Run sample_run(RunState state, seconds ago, milliseconds length, std::int64_t rows) {
    Run run;
    run.run_id = "019a2f3e-7c1b-7000-8000-00000000000a";
    run.trigger = "schedule";
    run.state = state;
    run.finished_at = sample_now() - ago;
    run.started_at = *run.finished_at - length;
    run.created_at = *run.started_at - 2s;
    run.due_at = run.created_at - 4s;
    if (state == RunState::succeeded) run.report = fmt::format(R"({{"rows": {}}})", rows);
    return run;
}

ConfigOverview sample_config(int id, const std::string& name) {
    ConfigOverview line;
    line.config = {.id = id,
                   .name = name,
                   .sheet_url = fmt::format("https://docs.google.com/spreadsheets/d/{}/edit#gid={}",
                                            sheet, id * 7919),
                   .tab = "Orders",
                   .project = "acme-data-warehouse",
                   .dataset = "sales",
                   .table = fmt::format("table_{}", id),
                   .schema_handling = "auto_detect",
                   .frequency_hours = 24};
    const std::chrono::minutes ago{97 + id * 13};
    for (int i = 0; i < 20; ++i) {
        const double wave = 1.0 + 0.6 * std::sin(id * 1.7 + i * 0.9) + (i == id % 7 ? 1.4 : 0);
        line.recent.push_back(sample_run(RunState::succeeded, ago + i * 24h,
                                         milliseconds{static_cast<int>(4'100 * wave)},
                                         id * 4'321 - i * 7));
    }
    line.config.last_run = line.recent[0].created_at;
    line.due_at = *line.config.last_run + 24h;
    return line;
}

app::StatusView sample_view() {
    app::StatusView view{.now = sample_now(), .live = 3, .max_running = 5, .version = "0.1.0"};
    auto& lines = view.configs;
    lines.push_back(sample_config(1, "Orders"));
    hourly(lines.back(), 12min);
    lines.back().recent[3].state = RunState::failed;
    lines.back().recent[3].error_class = "unavailable";
    lines.push_back(sample_config(2, "Customers"));
    add_failing(lines);
    lines.push_back(sample_config(4, "Exchange rates (every tick)"));
    hourly(lines.back(), 1min);
    lines.back().config.frequency_hours.reset();
    lines.back().config.tab.reset();
    add_odd(lines);
    lines.push_back(sample_config(11, "Inventory"));
    run_now(lines.back(), RunState::running, 32s);
    lines.push_back(sample_config(12, "Product master"));
    run_now(lines.back(), RunState::claimed, 1s);
    lines.push_back(sample_config(13, "Marketing spend"));
    lines.back().config.last_run = sample_now() - 29h;
    lines.back().due_at = sample_now() - 5h - 12min;
    lines.push_back(sample_config(14, "New hires 2026"));
    lines.back().recent.clear();
    lines.back().config.last_run.reset();
    lines.back().due_at = sample_now() - 3min;
    lines.push_back(sample_config(15, "Legacy KPI"));
    lines.back().config.active = false;
    lines.back().due_at.reset();
    lines.push_back(sample_config(16, "Budget 2026 (put off until February)"));
    lines.back().config.last_run = sample_now() + 30h;
    lines.back().due_at = sample_now() + 54h;
    lines.push_back(sample_config(18, "Supplier scorecards"));
    auto& lost = lines.back().recent[0];
    lost = sample_run(RunState::lost, 26min, 190s, 0);
    lost.error_class = "infrastructure";
    lost.error_message = "the execution is gone, and BigQuery knows no load job of this run";
    lost.error_hint = "Nothing: the next run loads the sheet as a whole.";
    lines.push_back(sample_config(19, "Ledger"));
    lines.back().recent[0].state = RunState::failed;
    fail(lines.back(), 12, 20min, "not_found",
         "there is no tab \"Ledgr\": the spreadsheet has the "
         "tabs \"Ledger\", \"Notes\"",
         "Set google_sheet_tab_name to Ledger:\nUPDATE sheet_to_bigquery_configs SET "
         "google_sheet_tab_name = 'Ledger' WHERE id = 19;");
    run_now(lines.back(), RunState::running, 2s);
    lines.push_back(sample_config(20, "Weekly forecast"));
    return view;
}

control::FleetMetrics sample_metrics() {
    return {.live = {{"running", 3}, {"claimed", 1}},
            .finished = {{"succeeded", 1'204}, {"failed", 17}},
            .configs = 20,
            .active = 19,
            .failing = 4,
            .due = 5,
            .open_incidents = 2,
            .outbox_pending = 6,
            .duplicate_executions = 7,
            .lateness_p50 = 1.25,
            .lateness_p99 = 312.5,
            .lateness_max = 18'720,
            .oldest_unseen_poll = 0.5};
}

app::StatusView large_view(int configs) {
    app::StatusView view{.now = sample_now(), .max_running = 5, .version = "0.1.0"};
    for (int i = 1; i <= configs; ++i)
        view.configs.push_back(sample_config(i, fmt::format("Sheet {:05}", (i * 7919) % 100'003)));
    return view;
}

}  // namespace sheetbq::testing
