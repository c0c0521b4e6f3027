#pragma once

#include "sheetbq/gcp/api_client.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "sheetbq/gcp/run_jobs.hpp"

#include <string>
#include <vector>

namespace sheetbq::gcp {

/// What IAM knows of a resource: something that permissions are granted on.
struct IamResource {
    std::string url;   ///< without `:testIamPermissions`
    std::string name;  ///< for people
};

IamResource iam_project(const std::string& project);
IamResource iam_run_job(const JobName& job);
IamResource iam_table(const TableId& table);
/// @param name  `projects/P/secrets/S`, perhaps with `/versions/V` behind it.
IamResource iam_secret(const std::string& name);

/// Those of `wanted` that our own account lacks on the resource, in that order.
/// @throws Error not_found; permission_denied when the API is switched off.
std::vector<std::string> missing_permissions(ApiClient& api, const IamResource& resource,
                                             const std::vector<std::string>& wanted,
                                             std::stop_token stop);

}  // namespace sheetbq::gcp
