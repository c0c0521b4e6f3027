#pragma once

#include "sheetbq/control/policy.hpp"

#include <string>

namespace sheetbq::control {

/// The Slack message, JSON, for a message of the outbox: what happened, why, what to do, and links
/// to the sheet's cell and to the execution's log. Names and sentences of others are escaped.
/// @param prefix  stands before the headline, e.g. `[production]`.
std::string slack_message(const Message& message, const std::string& prefix = {});

}  // namespace sheetbq::control
