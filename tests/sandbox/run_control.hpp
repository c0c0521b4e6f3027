#pragma once

#include "sandbox.hpp"

#include <boost/json/array.hpp>

#include <string>

namespace sheetbq::sandbox {

/// Makes a job of `projects/P/locations/R/jobs/J`, or of the JSON of docs/sandbox.md.
/// @throws Error bad_config.
void add_cloud_run_job(Sandbox& sandbox, const std::string& given);

/// Sets how Cloud Run and Logging behave, from JSON (docs/sandbox.md); what it does not name stays.
/// @throws Error bad_config.
void set_cloud_run(Sandbox& sandbox, const std::string& text);

/// From now on executions run this program, with these variables besides their own.
void use_job_program(Sandbox& sandbox, const std::string& program, ContainerEnv inherited);

/// Every execution there ever was: run and configuration, times, ends, who cancelled it.
boost::json::array journal_to_json(Sandbox& sandbox);

}  // namespace sheetbq::sandbox
