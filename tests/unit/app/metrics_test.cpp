#include "sheetbq/app/metrics.hpp"

#include "support/catch.hpp"
#include "support/status_sample.hpp"

#include <limits>
#include <regex>
#include <set>
#include <sstream>

using sheetbq::app::open_metrics;
using sheetbq::testing::sample_metrics;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in{text};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// What breaks the rules of OpenMetrics 1.0 that a scraper cares for; empty: nothing.
std::string problem(const std::string& text) {
    static const std::regex about{R"(# (TYPE|UNIT|HELP) ([a-z][a-z0-9_]*) (.+))"};
    static const std::regex sample{
        R"(([a-z][a-z0-9_]*)(\{[a-z]+="([^"\\\n]|\\["\\n])*"\})? (-?[0-9.e+-]+|NaN|\+Inf))"};
    auto lines = lines_of(text);
    if (text.empty() || text.back() != '\n' || lines.back() != "# EOF")
        return "no # EOF at the end";
    lines.pop_back();
    std::set<std::string> families;
    std::set<std::string> series;
    std::string family;
    std::string type;
    for (const auto& line : lines) {
        std::smatch parts;
        if (std::regex_match(line, parts, about)) {
            if (parts[1] == "TYPE") {
                family = parts[2];
                type = parts[3];
                if (!families.insert(family).second) return "family twice: " + family;
            }
            if (parts[2] != family) return "out of its family: " + line;
            if (parts[1] == "UNIT" && !family.ends_with("_" + parts[3].str()))
                return "unit is not the end of the name: " + line;
            continue;
        }
        if (!std::regex_match(line, parts, sample)) return "not understood: " + line;
        const std::string ending = type == "counter" ? "_total" : type == "info" ? "_info" : "";
        if (parts[1] != family + ending) return "sample of another family: " + line;
        if (!series.insert(parts[1].str() + parts[2].str()).second) return "twice: " + line;
    }
    return {};
}

}  // namespace

TEST_CASE("The metrics follow OpenMetrics, full and empty") {
    CHECK(problem(open_metrics(sample_metrics())).empty());
    CHECK(problem(open_metrics({})).empty());
    CHECK(problem(open_metrics({}, {.version = "a \"quoted\" \\ one\nand more"})).empty());
    CHECK(sheetbq::app::open_metrics_type ==
          "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST_CASE("The metrics say what the fleet does") {
    const auto text = open_metrics(sample_metrics(), {2.5, 33'554'432, "0.1.0"});
    for (const std::string line :
         {"sheetbq_runs_live{state=\"running\"} 3", "sheetbq_runs_live{state=\"cancelling\"} 0",
          "sheetbq_runs_finished_24h{state=\"succeeded\"} 1204",
          "sheetbq_runs_finished_24h{state=\"lost\"} 0",
          "sheetbq_lateness_seconds{quantile=\"0.5\"} 1.25",
          "sheetbq_lateness_seconds{quantile=\"0.99\"} 312.5",
          "sheetbq_due_lateness_max_seconds 18720", "sheetbq_oldest_unseen_poll_seconds 0.5",
          "sheetbq_duplicate_executions_total 7", "sheetbq_configs 20", "sheetbq_configs_active 19",
          "sheetbq_configs_failing 4", "sheetbq_configs_due 5", "sheetbq_incidents_open 2",
          "sheetbq_outbox_pending 6", "sheetbq_process_cpu_seconds_total 2.5",
          "sheetbq_process_peak_memory_bytes 33554432", "sheetbq_build_info{version=\"0.1.0\"} 1"})
        CHECK_THAT(text, ContainsSubstring("\n" + line + "\n"));
}

TEST_CASE("The metrics of this process are real") {
    const auto process = sheetbq::app::read_process_counters();
    CHECK(process.peak_memory_bytes > 1'000'000);
    CHECK(process.cpu_seconds > 0);
    CHECK_FALSE(process.version.empty());
}

TEST_CASE("Numbers that are none are written as OpenMetrics has them") {
    auto fleet = sample_metrics();
    fleet.lateness_p50 = std::numeric_limits<double>::quiet_NaN();
    fleet.lateness_p99 = std::numeric_limits<double>::infinity();
    CHECK_THAT(open_metrics(fleet), ContainsSubstring("{quantile=\"0.5\"} NaN\n"));
    CHECK_THAT(open_metrics(fleet), ContainsSubstring("{quantile=\"0.99\"} +Inf\n"));
    CHECK(problem(open_metrics(fleet)).empty());
}

TEST_CASE("The check of the metrics finds what is wrong") {
    for (const std::string broken :
         {"", "# EOF", "# TYPE a gauge\na 1\n", "a 1\n# EOF\n", "# TYPE a gauge\na 1\na 2\n# EOF\n",
          "# TYPE a counter\na 1\n# EOF\n", "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n",
          "# TYPE a gauge\na{b=\"c\n\"} 1\n# EOF\n", "# TYPE a gauge\na one\n# EOF\n",
          "# TYPE a gauge\n# TYPE a gauge\n# EOF\n"})
        CHECK_FALSE(problem(broken).empty());
}
