#include "sheetbq/http/deadlines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sheetbq::http {
namespace {

std::string seconds(std::chrono::milliseconds time) {
    return fmt::format("{} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

PaceMeter::PaceMeter(std::chrono::milliseconds span, std::size_t least_rate, SteadyTime now)
    : slot_{std::max<std::chrono::nanoseconds>(std::chrono::nanoseconds{span} / slots,
                                               std::chrono::milliseconds{1})},
      least_bytes_{least_rate * static_cast<std::size_t>(span.count()) / 1000},
      slot_end_{now + slot_} {}

void PaceMeter::add(std::size_t bytes) { counts_.at(current_ % slots) += bytes; }

bool PaceMeter::too_slow(SteadyTime now) {
    while (now >= slot_end_) {
        const auto sum = std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
        if (current_ + 1 >= slots && sum < least_bytes_) return true;
        slot_end_ += slot_;
        counts_.at(++current_ % slots) = 0;
    }
    return false;
}

Deadlines::Deadlines(const Timeouts& timeouts, SteadyTime now)
    : timeouts_{timeouts}, total_{now + timeouts.total}, quiet_{now + timeouts.connect} {}

void Deadlines::connecting(SteadyTime now) {
    connecting_ = true;
    pace_.reset();
    quiet_ = now + timeouts_.connect;
}

void Deadlines::connected(SteadyTime now) {
    connecting_ = false;
    quiet_ = now + timeouts_.idle;
}

void Deadlines::body_begins(SteadyTime now) {
    if (timeouts_.least_rate > 0) pace_.emplace(timeouts_.idle, timeouts_.least_rate, now);
}

void Deadlines::moved(std::size_t bytes, SteadyTime now) {
    if (!connecting_) quiet_ = now + timeouts_.idle;
    if (pace_) pace_->add(bytes);
}

void Deadlines::paused(std::chrono::nanoseconds time, SteadyTime now) {
    quiet_ = now + timeouts_.idle;
    if (pace_) pace_->skip(time);
}

SteadyTime Deadlines::next() const {
    const auto next = std::min(total_, quiet_);
    return pace_ ? std::min(next, pace_->next()) : next;
}

std::optional<std::string> Deadlines::expired(SteadyTime now) {
    if (connecting_ && now >= quiet_)
        return fmt::format("there was no connection within {}", seconds(timeouts_.connect));
    if (now >= total_)
        return fmt::format("the exchange took longer than {} altogether", seconds(timeouts_.total));
    if (now >= quiet_) return fmt::format("nothing moved for {}", seconds(timeouts_.idle));
    if (pace_ && pace_->too_slow(now))
        return fmt::format("the body moved slower than {} bytes a second for {}",
                           timeouts_.least_rate, seconds(timeouts_.idle));
    return std::nullopt;
}

}  // namespace sheetbq::http
