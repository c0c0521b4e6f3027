#include "fault/experiment.hpp"

#include "sandbox/bigquery_jobs.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <random>

namespace sheetbq::testing {

using namespace std::chrono_literals;

std::string small_csv(int rows, int seed) {
    std::string csv = "id,name,price,day\n";
    for (int row = 1; row <= rows; ++row)
        csv += fmt::format("{},item {}-{},{}.5,2024-01-{:02}\n", row + seed * 10'000, seed, row,
                           row % 90, row % 28 + 1);
    return csv;
}

std::string large_csv(int rows, int seed) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::mt19937 random{static_cast<std::mt19937::result_type>(seed)};
    std::string csv = "id,blob\n";
    for (int row = 1; row <= rows; ++row) {
        csv += fmt::format("{},x", row);
        for (int i = 0; i < 440; ++i) csv += letters[random() % letters.size()];
        csv += "\n";
    }
    return csv;
}

std::function<void(sandbox::Sandbox&)> edit_to(const std::string& csv) {
    return [csv](sandbox::Sandbox& google) {
        auto& spreadsheet = google.sheets.at(Job::spreadsheet_id);
        auto& tab = spreadsheet.tabs.at(0);
        auto edited = sandbox::tab_from_csv(tab.title, csv);
        edited.gid = tab.gid;
        tab = std::move(edited);
        ++spreadsheet.version;
    };
}

Experiment::Experiment(std::string mode, Start start, const std::string& csv)
    : mode_{std::move(mode)}, start_{start} {
    const bool wide = csv.starts_with("id,blob");
    if (wide) old_csv_ = large_csv(3, 1);
    if (start == Start::with_table) {
        job.type_csv(old_csv_);
        REQUIRE_FALSE(job.run().error);
    }
    old_ = table_text();
    job.type_csv(csv);
    also_accept(csv);
}

void Experiment::also_accept(const std::string& csv) { new_.insert(text_after(csv)); }

std::string Experiment::text_after(const std::string& csv) const {
    static std::map<std::string, std::string> known;
    auto& text = known[mode_ + (start_ == Start::with_table ? "|" : "") + old_csv_ + csv];
    if (text.empty()) text = load_undisturbed(csv);
    return text;
}

std::string Experiment::load_undisturbed(const std::string& csv) const {
    Job twin;
    if (start_ == Start::with_table) {
        twin.type_csv(old_csv_);
        REQUIRE_FALSE(twin.run().error);
    }
    twin.type_csv(csv);
    REQUIRE_FALSE(twin.run({{"WRITE_MODE", mode_}}).error);
    return twin.schema() + "\n" + twin.rows();
}

std::string Experiment::table_text() {
    return job.table() == nullptr ? "no table" : job.schema() + "\n" + job.rows();
}

etl::RunReport Experiment::run(std::map<std::string, std::string> variables) {
    variables_ = std::move(variables);
    variables_.insert({{"WRITE_MODE", mode_},
                       {"WINDOW_CELLS", "1000"},
                       {"UPLOAD_CHUNK_KB", "256"},
                       {"SHEETBQ_RUN_ID", "experiment"}});
    slept_before_ = job.clock.slept().size();
    auto report = job.run(variables_);
    check(report);
    return report;
}

etl::RunReport Experiment::run_again() {
    auto report = job.run(variables_);
    check(report);
    CHECK_FALSE(report.error);
    return report;
}

void Experiment::check(const etl::RunReport& report) {
    INFO("error: " << (report.error ? describe(*report.error) : "none"));
    const bool failed = report.error.has_value();
    const bool became_new = is_new();
    CHECK((became_new || is_old()));
    if (!failed) {
        CHECK(became_new);
        CHECK(report.outcome == etl::Outcome::loaded);
        CHECK(report.exit_code() == 0);
    } else {
        CHECK(report.outcome == etl::Outcome::failed);
        CHECK(report.exit_code() != 0);
        CHECK(report.exit_code() != 1);
        CHECK_FALSE(report.error->text().empty());
        CHECK_FALSE(report.error->hint().empty());
    }
    const auto json = to_json(report);
    CHECK(json.at("run_id") == "experiment");
    CHECK(json.at("exit_code").as_int64() == report.exit_code());
    CHECK(json.contains("error") == failed);
    if (settle()) CHECK((is_new() || is_old()));
    CHECK(job.google.invalid_requests().empty());
}

/// Lets every job end that still runs. @returns whether one did.
bool Experiment::settle() {
    bool any = false;
    job.google.edit([&] {
        for (auto& [name, left] : job.google.bigquery.jobs) {
            any = any || !sandbox::is_done(left);
            sandbox::end_job(job.google.bigquery, left);
        }
    });
    return any;
}

bool Experiment::is_old() { return table_text() == old_; }

bool Experiment::is_new() { return new_.contains(table_text()); }

std::vector<std::chrono::milliseconds> Experiment::waits() const {
    std::vector<std::chrono::milliseconds> out;
    const auto slept = job.clock.slept();
    for (std::size_t i = slept_before_; i < slept.size(); ++i)
        if (slept[i] >= 1s) out.push_back(slept[i]);
    return out;
}

}  // namespace sheetbq::testing
