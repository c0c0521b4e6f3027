#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// The entry point that libFuzzer and the stand-alone driver call.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sheetbq::fuzz {

/// What must hold for every input; ends the program with `claim` when it does not.
inline void require(bool holds, std::string_view claim) {
    if (holds) return;
    std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(claim.size()), claim.data());
    std::abort();
}

/// The bytes that a fuzzer gives are `uint8_t`, ours are `char`.
inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace sheetbq::fuzz
