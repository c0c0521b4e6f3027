#include "fault/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

namespace sheetbq::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t at_once = 12;  // they wait for leases most of the time

/// What the test that runs has told.
struct Tally {
    int runs = 0;
    int failed_runs = 0;
    int cases = 0;
    int green = 0;
    std::string measured;
};

Tally& tally() {
    static Tally now;
    return now;
}

/// The experiment's number among the tags: F2; "" when there is none.
std::string experiment_of(const Catch::TestCaseInfo& info) {
    const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    for (const auto& tag : info.tags) {
#if __has_include(<catch2/catch_all.hpp>)
        const std::string text{tag.original.data(), tag.original.size()};
#else
        const auto& text = tag;
#endif
        if (text.size() > 1 && text[0] == 'F' && std::all_of(text.begin() + 1, text.end(), digit))
            return text;
    }
    return {};
}

}  // namespace

void record_experiment(const std::string& id, const std::string& what, int cases, int green) {
    const auto* const file = std::getenv("SHEETBQ_RESULTS");
    if (file == nullptr) return;
    std::ofstream{file, std::ios::app}
        << fmt::format("| {} | {} | {} of {} |\n", id, what, green, cases);
}

void record_measure(const std::string& text) { tally().measured += "; " + text; }

void record_cases(int cases, int green) {
    tally().cases += cases;
    tally().green += green;
}

int seeds() {
    const auto* const more = std::getenv("SHEETBQ_SEEDS");
    return more == nullptr ? 3 : std::stoi(more);
}

std::vector<std::string> wrongs(Fleet& fleet, int extra_allowed) {
    std::vector<std::string> wrong;
    expect(wrong, fleet.quiesce(), never_at_rest);
    for (auto& each : fleet.violations()) wrong.push_back(std::move(each));
    const int extra = fleet.extra_executions();
    expect(wrong, extra <= extra_allowed, fmt::format("{} executions too many", extra));
    return wrong;
}

void hold_back_failures(Fleet& fleet) {
    fleet.query(
        "UPDATE sheetbq.config_state SET not_before = greatest(not_before, now() + interval '1 "
        "hour') WHERE not_before IS NOT NULL");
}

void expect(std::vector<std::string>& wrong, bool holds, const std::string& complaint) {
    if (!holds) wrong.push_back(complaint);
}

std::vector<std::vector<std::string>> outcomes(const std::vector<Trial>& trials) {
    std::vector<std::vector<std::string>> wrong;
    for (std::size_t from = 0; from < trials.size(); from += at_once) {
        const auto to = std::min(from + at_once, trials.size());
        std::vector<std::unique_ptr<Fleet>> fleets;  // they end in this thread: they assert
        std::vector<std::future<std::vector<std::string>>> batch;
        for (auto i = from; i < to; ++i) {
            fleets.push_back(std::make_unique<Fleet>(trials[i].options));
            batch.push_back(
                std::async(std::launch::async, trials[i].run, std::ref(*fleets.back())));
        }
        for (auto& each : batch) wrong.push_back(each.get());
    }
    return wrong;
}

void run_trials(const std::vector<Trial>& trials) {
    const auto wrong = outcomes(trials);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        INFO(trials[i].name);
        CHECK(wrong[i] == std::vector<std::string>{});
    }
    const auto green = std::count(wrong.begin(), wrong.end(), std::vector<std::string>{});
    record_cases(static_cast<int>(trials.size()), static_cast<int>(green));
}

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

/// Tells of each test that is an experiment.
class ResultsListener : public ListenerBase {
public:
    using ListenerBase::ListenerBase;

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        tally() = {};
        name_ = info.name;
        id_ = experiment_of(info);
    }

    /// A test runs once for each value of its generators; each run is the section of its name.
    void sectionEnded(const Catch::SectionStats& stats) override {
        if (stats.sectionInfo.name != name_) return;
        ++tally().runs;
        if (!stats.assertions.allOk()) ++tally().failed_runs;
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        if (id_.empty()) return;
        const auto& told = tally();
        const bool failed = !stats.totals.assertions.allOk();
        const int cases = told.cases != 0 ? told.cases : std::max(told.runs, 1);
        int green = told.cases != 0 ? told.green : told.runs - told.failed_runs;
        if (failed) green = std::min(green, cases - 1);
        auto what = name_;
        if (what.starts_with(id_ + " ")) what.erase(0, id_.size() + 1);
        record_experiment(id_, what + told.measured, cases, green);
    }

private:
    std::string id_;
    std::string name_;
};

CATCH_REGISTER_LISTENER(ResultsListener)

}  // namespace
}  // namespace sheetbq::testing
