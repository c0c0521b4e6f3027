#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::app {

/// An execution of a Cloud Run job.
struct ExecutionName {
    std::string project;
    std::string region;
    std::string job;
    std::string execution;  ///< its short name

    /// `projects/P/locations/R/jobs/J/executions/E`.
    std::string full() const;
};

/// Reads a full name. @returns nothing for any other text.
std::optional<ExecutionName> read_execution_name(std::string_view name);

/// Whether the word is formed as names of a job's executions are: `JOB-x7k2p`.
bool is_execution_of(std::string_view job, std::string_view word);

/// Whether the word is formed as the beginning of a run's id is.
bool looks_like_run(std::string_view word);

/// An entry of Cloud Logging as `sheetbq.log_entry/v1` has it: time, severity, message, event,
/// execution, insert_id, payload.
boost::json::object log_entry_json(const boost::json::object& entry);

/// Such an entry as people read it: one line, more when the message has more; ends with a line
/// break.
std::string log_entry_text(const boost::json::object& item, bool colour);

}  // namespace sheetbq::app
