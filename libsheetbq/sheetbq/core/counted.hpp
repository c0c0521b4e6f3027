#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

namespace sheetbq {

/// `1 row`, `2 error cells`: a number of things, for nouns whose plural takes an s.
std::string counted(std::integral auto count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace sheetbq
