#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/secret.hpp"
#include "sheetbq/http/transport.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace sheetbq::gcp {

/// `text` so that Slack shows it as it is, on one line: no mention, no named link, no formatting
/// (`*` and the like become look-alikes where they would format). A bare address stays one.
std::string slack_escape(std::string_view text);

/// How a message was taken.
struct SlackAnswer {
    bool sent = false;
    bool permanent = false;  ///< no use in sending it again
    std::optional<std::chrono::milliseconds> retry_after{};
    std::string error{};  ///< without the webhook's address
};

/// A Slack incoming webhook.
class Slack {
public:
    /// @throws Error bad_config when the address is not one of hooks.slack.com (or loopback).
    Slack(http::Transport& transport, const Secret& webhook, Clock& clock);

    /// Sends once, 5 seconds at most; never throws but for a stop.
    SlackAnswer post(const std::string& message, std::stop_token stop);

private:
    http::Transport& transport_;
    Secret webhook_;
    Clock& clock_;
};

}  // namespace sheetbq::gcp
