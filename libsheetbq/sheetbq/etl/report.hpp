#pragma once

#include "sheetbq/core/error.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/etl/difference.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::etl {

enum class Outcome { loaded, unchanged, dry_run, failed };
std::string_view to_string(Outcome outcome);

/// One column as it was loaded.
struct ReportedColumn {
    std::string name;
    std::string type;
    std::string header;
    std::string letters;  ///< `C`; empty when it is not in the sheet
    table::KindCounts cells{};
};

/// Everything worth knowing about a run; the last line it logs.
struct RunReport {
    Outcome outcome = Outcome::failed;
    std::string run_id;
    std::string config_id;
    std::string config_name;
    std::string spreadsheet_title;
    std::string tab_title;
    std::string sheet_link;
    std::string table;     ///< project.dataset.table
    std::string job_id;    ///< of the load job that counts
    bool adopted = false;  ///< an earlier attempt of this run had loaded already
    std::uint64_t rows = 0;
    std::uint64_t blank_rows = 0;
    std::uint64_t cells = 0;
    std::uint64_t text_bytes = 0;        ///< of the CSV
    std::uint64_t compressed_bytes = 0;  ///< of the upload
    std::uint64_t bytes_in = 0;          ///< bodies from Google, as sent
    std::uint64_t bytes_out = 0;
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    std::uint64_t peak_memory = 0;
    double cpu_seconds = 0;
    std::vector<std::pair<std::string, double>> seconds;  ///< by phase, in order
    std::vector<ReportedColumn> columns;
    std::vector<Notice> notices;
    std::vector<std::vector<std::optional<std::string>>> first_rows;  ///< previews only
    std::optional<Difference> difference;                             ///< previews only
    std::optional<Error> error;
    int signal = 0;  ///< that asked the run to stop, e.g. SIGINT; 0: none

    /// The program's: as a shell knows it (128 and the number) when a signal ended the run.
    int exit_code() const {
        if (!error) return 0;
        const bool signalled = error->code() == Code::cancelled && signal != 0;
        return signalled ? 128 + signal : sheetbq::exit_code(error->code());
    }
};

/// The report as JSON: the fields of the event `run_finished`.
boost::json::object to_json(const RunReport& report);

/// One sentence: what became of the table.
std::string summary(const RunReport& report);

/// Columns with types and counts, then the first rows, set as tables for people.
std::string preview(const RunReport& report);

/// Reads CSV as the encoder writes it. @returns at most `rows` rows; `null_marker` gives nothing.
std::vector<std::vector<std::optional<std::string>>> read_own_csv(std::string_view csv,
                                                                  std::string_view null_marker,
                                                                  std::size_t rows);

}  // namespace sheetbq::etl
