#pragma once

#include "sheetbq/http/transport.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Bytes a second over the last span of time, to an eighth of the span.
class PaceMeter {
public:
    PaceMeter(std::chrono::milliseconds span, std::size_t least_rate, SteadyTime now);

    void add(std::size_t bytes);
    /// Time that was not the other side's does not count.
    void skip(std::chrono::nanoseconds time) { slot_end_ += time; }
    /// When to ask next.
    SteadyTime next() const { return slot_end_; }
    bool too_slow(SteadyTime now);

private:
    static constexpr std::size_t slots = 8;
    std::chrono::nanoseconds slot_;
    std::size_t least_bytes_;  // in a whole span
    SteadyTime slot_end_;
    std::array<std::size_t, slots> counts_{};
    std::size_t current_ = 0;  // slots that have begun, less one
};

/// When one exchange is to be given up. Pure: is told the time, never waits.
class Deadlines {
public:
    Deadlines(const Timeouts& timeouts, SteadyTime now);

    void connecting(SteadyTime now);
    void connected(SteadyTime now);
    /// A body flows from now on, in either direction, and must keep up the least rate.
    void body_begins(SteadyTime now);
    void body_ends() { pace_.reset(); }
    void moved(std::size_t bytes, SteadyTime now);
    /// The caller was busy with what had come.
    void paused(std::chrono::nanoseconds time, SteadyTime now);

    /// When to ask `expired` again, unless something happens before.
    SteadyTime next() const;
    /// What went wrong by now, e.g. `it took longer than 200 s altogether`; empty while all is
    /// well.
    std::optional<std::string> expired(SteadyTime now);

private:
    Timeouts timeouts_;
    SteadyTime total_;
    SteadyTime quiet_;  // end of the wait for a connection, or for the next byte
    bool connecting_ = true;
    std::optional<PaceMeter> pace_;
};

}  // namespace sheetbq::http
