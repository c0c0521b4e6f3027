#pragma once

#include <string_view>

/// Places where a test kills the process, and bugs that a test puts in. Neither is in a program
/// that ships: SHEETBQ_FAULTS is defined for tests/fault alone, which also defines these functions.
namespace sheetbq::control {

#ifdef SHEETBQ_FAULTS
inline constexpr bool fault_build = true;
void crash_point(std::string_view name);
bool injected_bug(std::string_view name);
#else
inline constexpr bool fault_build = false;
inline void crash_point(std::string_view /*name*/) {}
constexpr bool injected_bug(std::string_view /*name*/) { return false; }
#endif

}  // namespace sheetbq::control
