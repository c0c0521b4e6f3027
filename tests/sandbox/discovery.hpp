#pragma once

#include "call.hpp"

#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// Holds every request against Google's own descriptions of its APIs (discovery files).
class DiscoveryCheck {
public:
    /// @param folder  with `sheets.v4.json` ...; where it does not exist the check is off.
    explicit DiscoveryCheck(std::string folder);

    /// The folder beside the checkout this was built from.
    static std::string default_folder();

    bool enabled() const { return enabled_; }

    /// What is wrong with the request, a sentence each; empty when it is valid, its host has no
    /// discovery file, or the check is off.
    std::vector<std::string> problems(const Call& call) const;

private:
    std::string folder_;
    bool enabled_;
};

}  // namespace sheetbq::sandbox
