#pragma once

#include <cstdint>

namespace sheetbq::bench {

/// What cannot be avoided for a tab: CPU of this thread for its answers' bytes.
struct BareCost {
    double inflate_scan_deflate =
        0;                        ///< seconds: decompress and scan the answers, compress the CSV
    std::uint64_t bytes_in = 0;   ///< gzip of the answers
    std::uint64_t text_in = 0;    ///< JSON
    std::uint64_t text_out = 0;   ///< CSV
    std::uint64_t bytes_out = 0;  ///< gzip of the CSV
    std::uint64_t allocations_after_first_window =
        0;  ///< while windows 2.. were scanned and encoded
};

/// Makes the answers for a synthetic tab of `rows` x 10 cells in windows of 300,000 cells, then
/// measures inflating and scanning them and deflating the CSV they become. No sockets.
BareCost measure_bare_cost(int rows, bool pretty);

}  // namespace sheetbq::bench
