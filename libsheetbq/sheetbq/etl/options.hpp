#pragma once

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "sheetbq/table/schema.hpp"
#include "sheetbq/table/sheet_url.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::etl {

enum class WriteMode { replace, append };
enum class TypeConflict { fail, null, rebuild };
enum class ErrorCells { null, fail };
enum class Consistency { relaxed, strict };
enum class FormatScan { sample, full };

/// What the user asks for: one tab into one table. Filled by `read_options`.
struct Options {
    std::string config_id;
    std::string config_name;
    table::SheetReference sheet;
    std::string tab_title;  ///< empty: the URL's gid, else the first grid tab
    gcp::TableId destination;
    std::optional<table::Schema> custom_schema;  ///< set under SCHEMA_HANDLING=custom

    std::string sheet_range;  ///< A1 notation or the name of a named range
    int header_row = 1;       ///< counted from the range's first row; 0 = no header
    WriteMode write_mode = WriteMode::replace;
    TypeConflict type_conflict = TypeConflict::fail;
    ErrorCells error_cells = ErrorCells::null;
    Consistency consistency = Consistency::relaxed;
    FormatScan format_scan = FormatScan::sample;
    bool allow_empty = false;
    bool skip_unchanged = false;
    std::uint64_t min_rows = 0;
    int max_row_drop_percent = 100;             ///< 100 = any drop is accepted
    int read_concurrency = 4;                   ///< requests in flight
    int window_cells = 300'000;                 ///< cells asked for in one request
    std::size_t spool_bytes = 320_MiB;          ///< compressed CSV kept in memory at most
    std::uint64_t upload_chunk_bytes = 16_MiB;  ///< a multiple of 256 KiB
    std::chrono::seconds loading_wait{
        10};  ///< pause before cells that say Loading... are read again
    std::chrono::seconds retry_budget{600};   ///< waits between attempts of one request, together
    std::chrono::seconds run_timeout{3'600};  ///< of the whole run

    std::size_t preview_rows = 5;  ///< first rows that a dry run shows; no variable sets it

    std::string run_id;                        ///< SHEETBQ_RUN_ID; empty: made by the job
    std::string attempt;                       ///< SHEETBQ_ATTEMPT
    std::optional<Clock::TimePoint> start_by;  ///< SHEETBQ_START_BY
    std::string delegated_user;
};

/// One variable of the configuration, for parsing, --print-config, --help and
/// docs/configuration.md.
struct OptionDefinition {
    std::string_view name;     ///< of the environment variable
    std::string_view initial;  ///< default, as one would type it; "" = none
    std::string_view values;   ///< what it may be, with its unit
    std::string_view description;
    bool required = false;
    /// @throws Error bad_config whose text says what is wrong with `value`.
    void (*set)(Options& options, const std::string& value) = nullptr;
};

/// Every variable that a run reads, in the order of the documentation.
std::span<const OptionDefinition> option_definitions();

/// Value of a variable, or nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Reads and checks the whole configuration. Empty values count as not set.
/// @throws Error bad_config that lists every problem, each with its variable.
Options read_options(const Lookup& lookup);

/// What is wrong with one variable.
struct OptionProblem {
    std::string variable;
    Error error;  ///< its text goes on behind the variable's name: `is not set`
};

/// `TYPE_CONFLICT: ...`, with reason and hint.
std::string one_line(const OptionProblem& problem);

/// The same reading, for who tells problems in another way: they are added to `problems`, and what
/// has one keeps its default.
Options read_options(const Lookup& lookup, std::vector<OptionProblem>& problems);

}  // namespace sheetbq::etl
