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
    /// The same for events of another importance, and without those of one name.
    Log log(Level least, std::string_view without = {});
    /// Tells how far a run is. On a terminal a line that is drawn over, at most ten times a second;
    /// else, every `progress_every`, a line of text or the event `progress`.
    void progress(const etl::Progress& progress);
    /// The same for what has no numbers, e.g. `waiting for Cloud Run`.
    void progress(std::string_view state);
    /// Takes the progress line off the terminal.
    void erase();
    /// A line of text that stays, for people.
    void line(std::string_view text);

private:
    /// Whether something is to be told now; draws it itself on a terminal.
    bool draws_or_is_due(std::string_view text);
    void write(int descriptor, std::string_view line);
    void erase_progress();

    Settings settings_;
    SystemClock clock_;
    std::mutex mutex_;
    std::chrono::nanoseconds told_at_;
    bool drawn_ = false;
};

/// Writes all of `text`; a closed pipe is no error of ours.
void write_all(int descriptor, std::string_view text);

}  // namespace sheetbq::app
