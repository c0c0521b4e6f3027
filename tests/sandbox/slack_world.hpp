#pragma once

#include "sheetbq/core/clock.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// A message that Slack took.
struct SlackMessage {
    std::string webhook;  ///< `T../B../SECRET`
    Clock::TimePoint at;
    boost::json::object payload;
};

/// Slack's incoming webhooks.
struct SlackWorld {
    /// By what stands after /services/; the value is what a message is refused with, in Slack's
    /// words (`channel_is_archived`, `rate_limited` ...), "" = it is taken.
    std::map<std::string, std::string> webhooks{
        {"T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", ""}};
    int retry_after = 30;  ///< seconds, told with `rate_limited`
    std::vector<SlackMessage> messages{};
};

}  // namespace sheetbq::sandbox
