#pragma once

#include <map>
#include <set>
#include <string>

namespace sheetbq::sandbox {

/// What IAM grants on projects, beside what each API's own world says.
struct IamWorld {
    /// By account: what it may do on every project; accounts that are not named may do all that
    /// nothing else forbids.
    std::map<std::string, std::set<std::string>> project_permissions{};
};

}  // namespace sheetbq::sandbox
