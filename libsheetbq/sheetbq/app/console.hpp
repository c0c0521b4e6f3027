#pragma once

#include "sheetbq/app/settings.hpp"
#include "sheetbq/etl/read.hpp"

#include <mutex>
#include <string_view>

namespace sheetbq::app {

/// Where a program's lines go: JSON events to standard output, text to standard error with a
/// progress line that is drawn over. Safe to use from several threads.
class Console {
public:
    explicit Console(Settings settings);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    Log log();
    /// Draws how far the run is; at most ten times a second, and only on a terminal.
    void progress(const etl::Progress& progress);

private:
    void write(int descriptor, std::string_view line);
    void erase_progress();

    Settings settings_;
    SystemClock clock_;
    std::mutex mutex_;
    std::chrono::nanoseconds drawn_at_{0};
    bool drawn_ = false;
};

/// Writes all of `text`; a closed pipe is no error of ours.
void write_all(int descriptor, std::string_view text);

}  // namespace sheetbq::app
