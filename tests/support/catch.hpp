#pragma once

// Catch2 2.13 (Debian 12) and 3.x (Debian 13) name their headers differently.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
// NOLINTNEXTLINE(readability-identifier-naming): named as in Catch2 3
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif
