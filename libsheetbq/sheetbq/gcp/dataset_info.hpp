#pragma once

#include "sheetbq/gcp/bigquery.hpp"

#include <string>
#include <vector>

namespace sheetbq::gcp {

/// Whether an account may write tables of a dataset, as far as the dataset's own list tells.
enum class WriteAccess {
    granted,   ///< the list names the account itself
    possible,  ///< the list names groups, domains or roles of the project that may hold it
    none,
};

/// A dataset as datasets.get tells of it.
struct DatasetInfo {
    std::string location{};
    WriteAccess access = WriteAccess::none;
};

/// @param account  whose access is looked for.
/// @throws Error not_found, permission_denied with what to create or grant.
DatasetInfo dataset_info(ApiClient& api, const std::string& project, const std::string& dataset,
                         const std::string& account, std::stop_token stop);

}  // namespace sheetbq::gcp
