#pragma once

#include "sheetbq/gcp/bigquery.hpp"

// What BigQuery's refusals mean, for all files that talk to it.
namespace sheetbq::gcp {

/// A call about a dataset, or about a table in it, was refused.
Error explain_dataset(const Refusal& refusal, const std::string& project,
                      const std::string& dataset);

/// A job was refused: it needs rights on the dataset and the right to run jobs in the project.
Error explain_job(const Refusal& refusal, const std::string& project);

/// As it stands in requests.
boost::json::object job_reference(const JobId& id);

}  // namespace sheetbq::gcp
