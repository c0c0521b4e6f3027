#pragma once

#include <cstddef>

namespace sheetbq {

constexpr std::size_t operator""_KiB(unsigned long long count) { return count << 10U; }
constexpr std::size_t operator""_MiB(unsigned long long count) { return count << 20U; }

}  // namespace sheetbq
