#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <random>

namespace sheetbq {

std::string make_uuid(const Clock& clock) {
    using namespace std::chrono;
    const auto since_1970 = duration_cast<nanoseconds>(clock.now().time_since_epoch());
    const auto ms = floor<milliseconds>(since_1970);
    // RFC 9562, 6.2, method 3: the twelve bits after the version count fractions of the
    // millisecond, so that ids of one process sort without any memory of the last one.
    const auto fraction = static_cast<std::uint64_t>((since_1970 - ms).count()) * 4096 / 1'000'000;
    std::random_device random;
    const std::uint64_t high = random();
    const auto low = (high << 32U) | random();
    return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
                       static_cast<std::uint64_t>(ms.count()) >> 16U & 0xFFFF'FFFFU,
                       static_cast<std::uint64_t>(ms.count()) & 0xFFFFU, fraction,
                       0x8000U | (low >> 48U & 0x3FFFU), low & 0xFFFF'FFFF'FFFFU);
}

}  // namespace sheetbq
