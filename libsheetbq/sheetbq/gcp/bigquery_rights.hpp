#pragma once

#include "sheetbq/gcp/bigquery.hpp"

#include <set>
#include <string>
#include <vector>

namespace sheetbq::gcp {

/// Asks whether we may run jobs in a project, by a query that is only tried.
/// @throws Error permission_denied with the role to grant.
void check_may_run_jobs(BigQuery& bigquery, const std::string& project, const std::string& location,
                        std::stop_token stop);

/// Which of these permissions we have on a table that exists, e.g. `bigquery.tables.updateData`.
/// @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/testIamPermissions
std::set<std::string> table_permissions(BigQuery& bigquery, const TableId& id,
                                        const std::vector<std::string>& asked,
                                        std::stop_token stop);

}  // namespace sheetbq::gcp
