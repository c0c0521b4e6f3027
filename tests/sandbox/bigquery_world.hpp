#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// A value as tabledata.list shows it before formatting: canonical text, nothing for NULL.
using Row = std::vector<std::optional<std::string>>;

struct Table {
    boost::json::array fields;  ///< schema.fields, with descriptions and policyTags
    std::vector<Row> rows;
    std::uint64_t rows_not_kept = 0;  ///< loaded while `keep_rows` was false
    std::string type = "TABLE";       ///< TABLE, VIEW, EXTERNAL ...
    std::string description;
    boost::json::object labels;
    std::int64_t created_ms = 0;
    std::int64_t modified_ms = 0;
    std::uint64_t version = 1;  ///< counts every change; behind the etag
    std::set<std::string>
        row_access_policies;  ///< lost by WRITE_TRUNCATE, kept by WRITE_TRUNCATE_DATA
};

/// A table as it was before a change.
struct PastTable {
    std::int64_t from_ms = 0;
    std::int64_t until_ms = 0;  ///< not included
    Table table;
};

struct Dataset {
    std::string location = "US";
    std::map<std::string, Table> tables;
    std::map<std::string, std::vector<PastTable>> past;  ///< by table, the oldest first
    int time_travel_hours = 168;
    std::set<std::string> readers{"*"};  ///< accounts that may read; "*" = all
    std::set<std::string> writers{"*"};
};

struct Job {
    boost::json::object resource;  ///< as jobs.get answers it once done
    std::string account;
    int polls_until_done = 1;  ///< how many jobs.get still say RUNNING
    int hidden_polls = 0;      ///< how many jobs.get still answer 404
    bool cancelled = false;
    /// Runs when the job ends: applies the load (atomically) and sets status and statistics.
    std::function<void(Job&)> finish;
};

struct UploadSession {
    std::string project;
    std::string body;  ///< the job resource sent first
    std::string data;  ///< bytes committed so far
    std::optional<std::uint64_t> total;
    bool gone = false;
    std::string account;
    std::optional<std::string> finished_answer;  ///< what a status query answers after the end
};

struct BigQueryWorld {
    std::map<std::string, std::map<std::string, Dataset>> projects;  ///< project -> dataset id
    std::map<std::string, Job> jobs;                                 ///< `project:location.jobId`
    std::map<std::string, UploadSession> uploads;                    ///< by upload id
    std::set<std::string> job_users{"*"};   ///< accounts with bigquery.jobs.create
    bool knows_write_truncate_data = true;  ///< false: refuses it with schemaUpdateOptions
    bool keep_rows = true;                  ///< false: counts rows only (benchmarks)
    /// errorResult for the next load jobs, taken in order: {reason, message}.
    std::vector<std::pair<std::string, std::string>> next_job_errors;
    int polls_until_done = 1;  ///< default for new jobs
    int hidden_polls = 0;
    /// Added to outputRows of the next load (a service that lies).
    std::int64_t output_rows_offset = 0;

    /// Quoted cells that equalled a null marker. They load as text here; Google does not say what
    /// it does with them, so our client must never send one.
    std::uint64_t quoted_markers = 0;
    std::int64_t now_ms = 0;  ///< the time of the call, set from the clock before each one

    Table* find_table(const std::string& project, const std::string& dataset,
                      const std::string& table);
};

}  // namespace sheetbq::sandbox
