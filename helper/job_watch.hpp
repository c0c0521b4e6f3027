#pragma once

#include "sheetbq/etl/read.hpp"
#include "world.hpp"

#include <boost/json/object.hpp>

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sheetbq::helper {

/// Tells people how jobs go on that run elsewhere: draws the progress that they log, and with
/// --follow shows the other things that they say.
class JobWatch {
public:
    explicit JobWatch(World& world);

    /// A line that a local job wrote.
    void line(std::string_view text);
    /// Asks Cloud Logging what an execution has written since the last time; at most once in ten
    /// seconds, or --poll if that is longer. What cannot be had is told once, and not asked again.
    /// @param execution  its full name.
    void look(const std::string& execution, Clock::TimePoint began, std::stop_token stop);
    /// The same at the end, whenever the last time was.
    void last_look(const std::string& execution, Clock::TimePoint began, std::stop_token stop) {
        looked_.reset();
        look(execution, began, std::move(stop));
    }
    /// Draws how far the job is, as it told last; else `text`.
    void waiting(std::string_view text);
    /// Says once what state a run is in; the same again is not said.
    void state(const std::string& text);

private:
    void event(const boost::json::object& event);
    std::string filter(const std::string& execution, Clock::TimePoint began) const;
    void take(const boost::json::object& entry);
    bool is_time();

    World& world_;
    bool follow_;
    bool blind_ = false;
    std::mutex mutex_;  // a local job's lines come from another thread
    std::optional<etl::Progress> progress_;
    std::string state_;
    std::optional<std::chrono::nanoseconds> looked_;
    std::string newest_;  // timestamp
    std::set<std::string> seen_;
};

/// How to go on with a run that was left alone.
std::string going_on(const std::string& run);

}  // namespace sheetbq::helper
