#pragma once

#include "bigquery_csv.hpp"
#include "bigquery_literal.hpp"
#include "bigquery_schema.hpp"
#include "bigquery_world.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

/// `configuration.load`, read and checked.
struct LoadConfig {
    std::string project;
    std::string dataset;
    std::string table;
    std::optional<std::vector<BigQueryColumn>> schema;
    bool json_lines = false;
    std::string write = "WRITE_APPEND";
    bool create = true;
    bool add_fields = false;
    bool relax_fields = false;
    CsvFormat csv;
    LiteralRules literals;
    std::vector<std::string> null_markers{""};
    bool default_marker = true;  ///< nobody named one: "" is NULL
    bool jagged_rows = false;
    bool ignore_unknown = false;
    std::uint64_t skip_rows = 0;
    std::uint64_t max_bad_records = 0;
    boost::json::object table_properties;  ///< description, labels, friendlyName

    std::string table_name() const { return project + ":" + dataset + "." + table; }
};

/// @throws Error bad_data for what jobs.insert refuses at once: unknown fields, bad values,
///     combinations that BigQuery does not take.
LoadConfig read_load_config(const boost::json::object& load, bool knows_write_truncate_data);

struct LoadedRows {
    std::vector<Row> rows;  ///< in the order of the columns; empty when not kept
    std::uint64_t count = 0;
    std::uint64_t bad = 0;
    std::uint64_t bytes = 0;           ///< statistics.load.outputBytes
    std::uint64_t quoted_markers = 0;  ///< quoted cells equal to a null marker
    std::vector<std::string> errors;   ///< of bad rows, the first few
    /// Too many rows were bad: the message of the errorResult.
    std::string failure;
};

/// Reads every row of an upload. @throws Error bad_data when the data as a whole is unusable.
LoadedRows read_rows(const LoadConfig& config, const std::vector<BigQueryColumn>& columns,
                     std::string_view body, bool keep);

/// Runs a load to its end: all or nothing. Returns what was read.
/// @throws Error for what the job fails with, before anything changed.
LoadedRows run_load(BigQueryWorld& world, const LoadConfig& config, std::string_view body);

}  // namespace sheetbq::sandbox
