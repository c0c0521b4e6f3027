#pragma once

#include "logging_world.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

/// The part of the Logging query language that is understood here: comparisons joined by AND. What
/// is beyond it is refused, never guessed.
class LogFilter {
public:
    /// @throws Error bad_data in the words of the service.
    static LogFilter parse(std::string_view text);

    bool matches(const LogEntry& entry) const;
    /// Whether some comparison bounds the time from below or above.
    bool bounds_time() const;

private:
    /// `a.b."c.d" OP value`
    struct Comparison {
        std::vector<std::string> path;
        std::string op;  ///< = != > >= < <= :
        std::string value;
    };
    static bool holds(const Comparison& comparison, const LogEntry& entry);
    friend class LogFilterParser;

    std::vector<Comparison> comparisons_;
};

}  // namespace sheetbq::sandbox
