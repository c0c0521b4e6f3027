#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sheetbq::bench {

/// What cannot be avoided for a tab: decompressing and scanning its answers, compressing its CSV.
class BareCost {
public:
    /// Makes the answers for a synthetic tab of `rows` x 10 cells in windows of 300,000 cells, and
    /// the CSV they become. No sockets.
    BareCost(int rows, bool pretty);

    /// Does it once. @returns CPU seconds of this process
    double measure() const;

    /// While windows 2.. were scanned and encoded.
    std::uint64_t allocations_after_first_window() const { return allocations_; }

private:
    std::vector<std::string> answers_;  ///< gzip
    std::string csv_;
    std::uint64_t allocations_ = 0;
};

}  // namespace sheetbq::bench
