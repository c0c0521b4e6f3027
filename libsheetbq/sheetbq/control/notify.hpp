#pragma once

#include "sheetbq/control/store.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/gcp/slack.hpp"

#include <stop_token>
#include <string>

namespace sheetbq::control {

/// How messages look, and which are sent.
struct NotifySettings {
    std::string prefix{};  ///< stands before each message
    bool ticks = false;    ///< a summary of each tick too, not only failures
};

/// Sends what waits in the outbox. Nothing it meets ever fails a tick.
class Notifier {
public:
    Notifier(Store& store, gcp::Slack& slack, Clock& clock, Log log, NotifySettings settings);

    bool wants_ticks() const { return settings_.ticks; }

    /// Sends until the outbox is empty or `budget` is over.
    void drain(const std::string& tick_id, int digest_threshold, std::chrono::milliseconds budget,
               std::stop_token stop);

private:
    bool send(const LeasedMessage& leased, std::stop_token stop);

    Store& store_;
    gcp::Slack& slack_;
    Clock& clock_;
    Log log_;
    NotifySettings settings_;
};

}  // namespace sheetbq::control
