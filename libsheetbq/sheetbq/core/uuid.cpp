#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <random>

namespace sheetbq {

std::string make_uuid(const Clock& clock) {
    thread_local std::mt19937_64 random{std::random_device{}()};
    const auto since =
        std::chrono::floor<std::chrono::milliseconds>(clock.now().time_since_epoch());
    const auto time = static_cast<std::uint64_t>(since.count()) & 0xFFFF'FFFF'FFFFULL;
    const std::uint64_t first = random();
    const std::uint64_t second = random();
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", time >> 16U, time & 0xFFFFU,
                       0x7000U | (first & 0x0FFFU), 0x8000U | ((first >> 12U) & 0x3FFFU),
                       second & 0xFFFF'FFFF'FFFFULL);
}

}  // namespace sheetbq
