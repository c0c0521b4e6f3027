#pragma once

#include "world.hpp"

#include <string>

namespace sheetbq::helper {

/// No PostgreSQL is configured, but a Cloud Run job is: then its executions are what there is to
/// see.
bool shows_cloud_run(World& world);

/// The job's executions, newest first.
int list_executions(World& world, int limit);
/// One of them, by its name with or without path. @returns the exit code for --exit-status.
int show_execution(World& world, const std::string& name);

}  // namespace sheetbq::helper
