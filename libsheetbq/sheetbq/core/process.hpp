#pragma once

#include <cstdint>

namespace sheetbq {

/// Most memory that this process has had resident so far, in bytes.
std::uint64_t peak_memory_bytes();

/// User and system CPU time of this process so far, in seconds.
double cpu_seconds();

/// Memory holds tokens and cells: a crash of this process, and of those it starts, leaves no file
/// of it.
void forbid_core_dumps();

}  // namespace sheetbq
