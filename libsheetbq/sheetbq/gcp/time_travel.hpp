#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/gcp/bigquery.hpp"

#include <chrono>
#include <string>

namespace sheetbq::gcp {

/// Where a dataset is, and how far back its tables can be read.
struct Reach {
    std::string location{};
    std::chrono::hours window{168};
};

/// A table as it was at a moment.
struct PastTable {
    table::Schema schema{};
    std::uint64_t rows = 0;
};

/// Tables as they were, within the dataset's window of two to seven days.
/// @see https://cloud.google.com/bigquery/docs/access-historical-data
class TimeTravel {
public:
    explicit TimeTravel(BigQuery& bigquery) : api_{bigquery.api()}, bigquery_{bigquery} {}

    /// @throws Error not_found, permission_denied as BigQuery::location.
    Reach reach(const std::string& project, const std::string& dataset, std::stop_token stop);

    /// Columns and rows at a moment. Reads no data and so costs nothing: columns are told by a dry
    /// run, and rows are counted from metadata.
    /// @throws Error not_found when there is no version of that moment: it lies outside the window,
    ///     or the table was not there.
    PastTable look(const TableId& id, const std::string& location, Clock::TimePoint at,
                   std::stop_token stop);

    /// Starts a copy job that puts the table as of `at` in the place of what it is now, whole or
    /// not at all. A job of that id that exists already is no error.
    void start_restore(const JobId& job, const TableId& id, Clock::TimePoint at,
                       std::stop_token stop);

    /// Waits for a job's end. @throws Error unavailable when nothing is known of it for minutes.
    JobInfo wait(const JobId& job, std::stop_token stop);

private:
    std::uint64_t count_rows(const TableId& id, const std::string& location, Clock::TimePoint at,
                             std::stop_token stop);

    ApiClient& api_;
    BigQuery& bigquery_;
};

/// Milliseconds since the epoch, as BigQuery writes times.
std::int64_t to_ms(Clock::TimePoint time);
Clock::TimePoint from_ms(std::int64_t ms);

}  // namespace sheetbq::gcp
