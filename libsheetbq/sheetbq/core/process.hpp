#pragma once

#include <cstdint>

namespace sheetbq {

/// Most memory that this process has had resident so far, in bytes.
std::uint64_t peak_memory_bytes();

/// User and system CPU time of this process so far, in seconds.
double cpu_seconds();

}  // namespace sheetbq
