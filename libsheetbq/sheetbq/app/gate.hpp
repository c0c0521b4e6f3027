#pragma once

#include "sheetbq/app/service.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/http/transport.hpp"

#include <string>
#include <vector>

namespace sheetbq::app {

/// Who may ask, as the operator said it.
struct GateSettings {
    std::string word{};  ///< oidc, iam or none; empty: none on loopback, else oidc
    std::vector<std::string> audiences{};
    std::vector<std::string> emails{};
    std::string address{};    ///< where the server listens
    bool on_service = false;  ///< K_SERVICE is set
};

/// Lets callers in.
///
/// `oidc` verifies Google's identity token in full. `iam` trusts that Cloud Run has verified it and
/// reads who it was; what Cloud Run did not verify is refused. `none` lets everybody in who reaches
/// a loopback address.
/// @throws Error usage when the settings leave the gate open, or nobody could pass it.
Authenticate make_gate(const GateSettings& settings, http::Transport& transport, Clock& clock,
                       const Log& log);

}  // namespace sheetbq::app
