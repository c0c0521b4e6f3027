#pragma once

#include "sheetbq/gcp/api_client.hpp"
#include "sheetbq/table/schema.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::gcp {

/// Names a table.
struct TableId {
    std::string project;
    std::string dataset;
    std::string table;

    std::string dotted() const { return project + "." + dataset + "." + table; }
};

/// A table as tables.get tells of it.
struct TableInfo {
    table::Schema schema{};
    std::string type{};  ///< TABLE, VIEW, EXTERNAL ...
    std::uint64_t rows = 0;
    std::string description{};
    boost::json::object labels{};
    boost::json::array fields{};  ///< schema.fields as the service has them
    std::int64_t modified_ms = 0;
    std::int64_t created_ms = 0;
    std::uint64_t bytes = 0;
    bool partitioned = false;
    bool clustered = false;
};

/// Names a job.
struct JobId {
    std::string project;
    std::string location;
    std::string id;
};

/// A job as jobs.get tells of it.
struct JobInfo {
    bool done = false;
    std::string reason{};  ///< of errorResult; empty when it succeeded or still runs
    std::string message{};
    std::vector<std::string> errors{};  ///< errors[], as sentences
    std::uint64_t output_rows = 0;
    std::uint64_t bad_records = 0;
    boost::json::object labels{};
    std::uint64_t copied_rows = 0;
    std::int64_t started_ms = 0;  ///< 0: not yet
    std::int64_t ended_ms = 0;

    bool failed() const { return done && !(reason.empty() && message.empty()); }
};

/// BigQuery API v2.
class BigQuery {
public:
    explicit BigQuery(ApiClient& api) : api_{api} {}

    /// The dataset's location, e.g. `EU`.
    /// @throws Error not_found, permission_denied with what to create or grant.
    std::string location(const std::string& project, const std::string& dataset,
                         std::stop_token stop);

    /// Nothing when there is no such table.
    std::optional<TableInfo> find_table(const TableId& id, std::stop_token stop);

    /// Adds NULLABLE columns behind those of `existing`.
    void add_columns(const TableId& id, const TableInfo& existing, const table::Schema& added,
                     std::stop_token stop);

    /// Sets labels; others stay.
    void set_labels(const TableId& id, const boost::json::object& labels, std::stop_token stop);

    /// Starts a query job under a chosen id. A job that exists already is no error.
    void start_query(const JobId& id, const std::string& sql, std::stop_token stop);

    /// How the start of an upload was answered.
    struct UploadStart {
        std::string session{};             ///< its address, a secret; empty: there is none
        bool job_exists = false;           ///< a job of that id exists already
        std::optional<JobInfo> refused{};  ///< the job's configuration was refused as invalid
    };

    /// Opens a resumable upload of `bytes` bytes for the load job that `resource` describes.
    UploadStart start_upload(const std::string& project, const boost::json::object& resource,
                             std::uint64_t bytes, std::stop_token stop);

    /// Nothing when there is no such job.
    std::optional<JobInfo> find_job(const JobId& id, std::stop_token stop);

    /// Asks the service to cancel; best effort.
    void cancel(const JobId& id, std::stop_token stop);

    ApiClient& api() { return api_; }

private:
    ApiClient& api_;
};

/// Reads a Job resource.
JobInfo read_job(const boost::json::object& resource);

}  // namespace sheetbq::gcp
