#pragma once

#include "sheetbq/core/bytes.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sheetbq::control {

/// Makes lines of what a program writes, whatever pieces it comes in.
class LineReader {
public:
    static constexpr std::size_t longest_line = 256_KiB;
    static constexpr std::size_t longest_report = 8_MiB;

    /// @param on_line  each line without its break, cut after `longest_line` bytes.
    explicit LineReader(std::function<void(std::string_view line)> on_line);

    void take(std::string_view piece);
    /// Hands over a last line without a break.
    void end();
    /// The last line that was a `run_finished` event, uncut; empty: there was none, or a longer one
    /// than `longest_report`.
    const std::string& report() const { return report_; }

private:
    void append(std::string_view part);
    void finish_line();

    std::function<void(std::string_view)> on_line_;
    std::string line_;
    std::string report_;
    bool cut_ = false;  ///< something of this line was left out
};

}  // namespace sheetbq::control
