#include "sheetbq/control/notify.hpp"

#include "sheetbq/control/crash_point.hpp"
#include "sheetbq/control/slack_message.hpp"

#include <fmt/format.h>

namespace sheetbq::control {
namespace {

using std::chrono::milliseconds;

constexpr int at_a_time = 20;
constexpr int most_attempts = 3;  // of a message that Slack refuses for good
constexpr milliseconds lease{60'000};
constexpr milliseconds pause_after_failure{30'000};

}  // namespace

Notifier::Notifier(Store& store, gcp::Slack& slack, Clock& clock, Log log, NotifySettings settings)
    : store_{store},
      slack_{slack},
      clock_{clock},
      log_{std::move(log)},
      settings_{std::move(settings)} {}

void Notifier::drain(const std::string& tick_id, int digest_threshold, milliseconds budget,
                     std::stop_token stop) {
    const auto end = clock_.monotonic() + budget;
    try {
        store_.remind();
        store_.digest(tick_id, digest_threshold);
        while (clock_.monotonic() < end && !stop.stop_requested()) {
            const auto messages = store_.lease_messages(at_a_time, lease);
            crash_point("outbox_leased");
            for (const auto& message : messages)
                if (!send(message, stop)) return;
            if (messages.empty()) return;
        }
    } catch (const Error& error) {
        // Whatever happens to messages, the runs are recorded: the next tick sends them.
        log_.warning("notify_failed", error.what());
    }
}

/// @returns whether there is use in sending more now.
bool Notifier::send(const LeasedMessage& leased, std::stop_token stop) {
    // A digest is marked before it is sent: it may get lost, but never comes twice.
    const bool once = leased.message.kind == "digest";
    if (once) store_.mark_sent(leased.id);
    const auto answer = slack_.post(slack_message(leased.message, settings_.prefix), stop);
    crash_point("slack_sent_before_mark");
    if (answer.sent) {
        if (!once) store_.mark_sent(leased.id);
        return true;
    }
    log_.warning("slack_failed", answer.error, {{"message", leased.message.dedup_key}});
    if (once) return answer.permanent;
    const bool give_up = answer.permanent && leased.attempts + 1 >= most_attempts;
    store_.mark_unsent(leased.id, answer.error, answer.retry_after.value_or(pause_after_failure),
                       give_up);
    return answer.permanent;
}

}  // namespace sheetbq::control
