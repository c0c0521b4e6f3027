#pragma once

#include "sheetbq/control/config.hpp"

#include <string>
#include <string_view>

namespace sheetbq::app {

/// Path of sheetbq-job: as given, else beside this program, else on the PATH.
/// @throws Error not_found with where it looked.
std::string find_job_program(const std::string& given);

/// What a local job gets of this process's environment: credentials, endpoints, proxies, and where
/// files are; nothing of what is this program's own. It logs JSON.
control::Variables inherited_variables();

}  // namespace sheetbq::app
