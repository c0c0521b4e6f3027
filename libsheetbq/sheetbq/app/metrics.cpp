#include "sheetbq/app/metrics.hpp"

#include "sheetbq/core/process.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <concepts>

namespace sheetbq::app {
namespace {

using control::RunState;

/// The text format of OpenMetrics 1.0, a family after the other.
class MetricsText {
public:
    /// @param unit  the end of `name`; empty: has none.
    void family(std::string_view name, std::string_view type, std::string_view unit,
                std::string_view help) {
        text_ += fmt::format("# TYPE {} {}\n", name, type);
        if (!unit.empty()) text_ += fmt::format("# UNIT {} {}\n", name, unit);
        text_ += fmt::format("# HELP {} {}\n", name, help);
    }
    template <class Number>
    void sample(std::string_view name, Number value) {
        text_ += fmt::format("{} {}\n", name, number(value));
    }
    template <class Number>
    void sample(std::string_view name, std::string_view label, std::string_view value,
                Number count) {
        text_ += fmt::format("{}{{{}=\"{}\"}} {}\n", name, label, escaped(value), number(count));
    }
    /// A gauge of one sample.
    template <class Number>
    void gauge(std::string_view name, std::string_view unit, Number value, std::string_view help) {
        family(name, "gauge", unit, help);
        sample(name, value);
    }
    std::string end() && { return std::move(text_) + "# EOF\n"; }

private:
    static std::string escaped(std::string_view value) {
        std::string out;
        for (const char c : value) {
            if (c == '\\' || c == '"') out += '\\';
            out += c == '\n' ? "\\n" : std::string{c};
        }
        return out;
    }
    static std::string number(std::integral auto value) { return fmt::format("{}", value); }
    static std::string number(double value) {
        if (std::isnan(value)) return "NaN";
        if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
        return fmt::format("{}", value);
    }

    std::string text_;
};

/// A sample a state, also of those that no run is in: a series must not come and go.
void by_state(MetricsText& out, std::string_view name,
              const std::map<std::string, std::int64_t>& counts, bool live) {
    constexpr std::array states{RunState::claimed,    RunState::starting,  RunState::running,
                                RunState::cancelling, RunState::succeeded, RunState::failed,
                                RunState::cancelled,  RunState::lost,      RunState::abandoned};
    for (const auto state : states) {
        if (control::is_live(state) != live) continue;
        const auto word = control::to_string(state);
        const auto found = counts.find(std::string{word});
        out.sample(name, "state", word, found == counts.end() ? 0 : found->second);
    }
}

void write_runs(MetricsText& out, const control::FleetMetrics& fleet) {
    out.family("sheetbq_runs_live", "gauge", "", "Runs that have not ended, by state.");
    by_state(out, "sheetbq_runs_live", fleet.live, true);
    out.family("sheetbq_runs_finished_24h", "gauge", "",
               "Runs that ended in the last 24 hours, by state.");
    by_state(out, "sheetbq_runs_finished_24h", fleet.finished, false);
    out.family("sheetbq_lateness_seconds", "summary", "seconds",
               "How late runs of the last 24 hours were claimed.");
    out.sample("sheetbq_lateness_seconds", "quantile", "0.5", fleet.lateness_p50);
    out.sample("sheetbq_lateness_seconds", "quantile", "0.99", fleet.lateness_p99);
    out.gauge("sheetbq_due_lateness_max_seconds", "seconds", fleet.lateness_max,
              "How late the latest configuration is that is due now.");
    out.gauge("sheetbq_oldest_unseen_poll_seconds", "seconds", fleet.oldest_unseen_poll,
              "For how long the most neglected live run should have been looked at.");
    out.family("sheetbq_duplicate_executions", "counter", "",
               "Executions that were started twice and cancelled.");
    out.sample("sheetbq_duplicate_executions_total", fleet.duplicate_executions);
}

void write_configs(MetricsText& out, const control::FleetMetrics& fleet) {
    out.gauge("sheetbq_configs", "", fleet.configs, "Configurations in the table.");
    out.gauge("sheetbq_configs_active", "", fleet.active, "Configurations that are switched on.");
    out.gauge("sheetbq_configs_failing", "", fleet.failing,
              "Active configurations whose last run failed.");
    out.gauge("sheetbq_configs_due", "", fleet.due, "Configurations that wait for a run.");
    out.gauge("sheetbq_incidents_open", "", fleet.open_incidents, "Incidents that are not closed.");
    out.gauge("sheetbq_outbox_pending", "", fleet.outbox_pending,
              "Messages that have not been sent.");
}

}  // namespace

ProcessCounters read_process_counters() {
    return {cpu_seconds(), peak_memory_bytes(), SHEETBQ_VERSION};
}

std::string open_metrics(const control::FleetMetrics& fleet, const ProcessCounters& process) {
    MetricsText out;
    write_runs(out, fleet);
    write_configs(out, fleet);
    out.family("sheetbq_process_cpu_seconds", "counter", "seconds",
               "CPU time that this process has used.");
    out.sample("sheetbq_process_cpu_seconds_total", process.cpu_seconds);
    out.gauge("sheetbq_process_peak_memory_bytes", "bytes", process.peak_memory_bytes,
              "The most memory that this process has had resident.");
    out.family("sheetbq_build", "info", "", "What is running.");
    out.sample("sheetbq_build_info", "version", process.version, 1);
    return std::move(out).end();
}

}  // namespace sheetbq::app
