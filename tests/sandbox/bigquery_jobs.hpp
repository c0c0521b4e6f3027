#pragma once

#include "bigquery_load.hpp"
#include "bigquery_world.hpp"
#include "call.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// A job resource as it was sent, checked as far as one can without data.
struct JobOrder {
    std::string project;
    std::string id;
    std::string location;
    boost::json::object configuration;
    std::string type;  ///< LOAD, QUERY or COPY
    bool dry_run = false;

    std::string full_id() const { return project + ":" + location + "." + id; }
};

/// Reads the body of jobs.insert. @throws Error for what BigQuery refuses at once: unknown fields,
/// no bigquery.jobs.create, bad id or labels, wrong location, no such dataset, an id that exists.
JobOrder read_job(BigQueryWorld& world, const Call& call, const std::string& project,
                  std::string_view text);

/// Makes a load job for uploaded data and answers it.
Answer start_load(BigQueryWorld& world, const Call& call, const JobOrder& order, std::string data);

/// Makes a job, which runs `work` when it ends.
Job& start_job(BigQueryWorld& world, const Call& call, const JobOrder& order,
               std::function<void(Job&)> work);

/// The job, as jobs.get finds it. @throws Error not_found also for a wrong or missing location.
Job& find_job(BigQueryWorld& world, const std::string& project, const std::string& id,
              const std::string& location);

bool is_done(const Job& job);
/// Ends the job: runs its work unless it was cancelled.
void end_job(BigQueryWorld& world, Job& job);
/// Lets a poll pass: the job ends once it was asked about often enough.
void poll_job(BigQueryWorld& world, Job& job);

}  // namespace sheetbq::sandbox
