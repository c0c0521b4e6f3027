#pragma once

#include "support/catch.hpp"
#include "support/job_fixture.hpp"

#include <optional>
#include <set>
#include <string>

namespace sheetbq::testing {

/// Paths of each method that a run calls, as Fault::path_contains wants them.
namespace path {
inline constexpr auto spreadsheet = "fields=spreadsheetId";
inline constexpr auto formats = "fields=sheets.data";
inline constexpr auto values = "/values/";
inline constexpr auto version = "/drive/v3/files/";
inline constexpr auto dataset = "/datasets/demo?";
inline constexpr auto table = "/tables/orders?";
inline constexpr auto session = "/jobs?uploadType=resumable";
inline constexpr auto chunk = "upload_id=";
inline constexpr auto poll = "/jobs/sheetbq_";
}  // namespace path

/// A CSV of these rows; `seed` changes every cell but the header. Four columns, so that 1,000 cells
/// are 250 rows.
std::string small_csv(int rows, int seed);
/// A CSV of text that does not compress: 3,000 rows are about a megabyte, four chunks of 256 KiB.
std::string large_csv(int rows, int seed);

/// One experiment: a table that holds the rows of an older sheet, a run that meets faults, and the
/// promise that must hold whatever happens.
///
/// After every run: the table is exactly the old or exactly the new one, in append mode with the
/// new rows added once; the run's success means the new one; a failure has an exit code, a hint
/// and a report; and no job that the run left behind breaks this later. Every request was valid.
class Experiment {
public:
    enum class Start { without_table, with_table };

    /// @param mode  `replace` or `append`. @param csv  the sheet that the run meets.
    explicit Experiment(std::string mode, Start start = Start::with_table,
                        const std::string& csv = small_csv(900, 2));

    /// A sheet that may have become the table, too: an edit during the run.
    void also_accept(const std::string& csv);
    /// Harms the calls of one method.
    void fail(sandbox::Fault fault) { job.google.fail(std::move(fault)); }
    /// Runs under the usual variables with windows of 250 rows and chunks of 256 KiB, and checks
    /// the promise.
    etl::RunReport run(std::map<std::string, std::string> variables = {});
    /// The same run once more, all faults over: it must succeed and leave the new table.
    etl::RunReport run_again();
    /// Checks the promise now, after this report.
    void check(const etl::RunReport& report);

    bool is_old();
    bool is_new();
    /// Waits of at least a second since the last run began: those of retries.
    std::vector<std::chrono::milliseconds> waits() const;

    Job job;

private:
    std::string table_text();
    /// What the table becomes of `csv`; runs of the same sheet share the answer.
    std::string text_after(const std::string& csv) const;
    std::string load_undisturbed(const std::string& csv) const;
    bool settle();

    std::string mode_;
    Start start_;
    std::string old_csv_ = small_csv(40, 1);
    std::string old_;
    std::set<std::string> new_;
    std::size_t slept_before_ = 0;
    std::map<std::string, std::string> variables_;
};

/// Replaces the tab by a sheet typed anew, title and gid kept, as one edit.
std::function<void(sandbox::Sandbox&)> edit_to(const std::string& csv);

}  // namespace sheetbq::testing
