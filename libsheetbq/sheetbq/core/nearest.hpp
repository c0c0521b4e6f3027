#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sheetbq {

/// How many slips make `b` of `a`: a character too many, missing, wrong, or two swapped.
std::size_t slips(std::string_view a, std::string_view b);

/// What was probably meant: the word with the fewest slips, at most two, or else the only one that
/// begins so. @returns an empty text when none is near.
std::string_view nearest(std::string_view typed, std::span<const std::string> words);

}  // namespace sheetbq
