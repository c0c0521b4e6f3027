#pragma once

#include <string>
#include <string_view>

namespace sheetbq::app {

/// Anybody's text for HTML: in an element, or in an attribute between quotes. What is not UTF-8,
/// control characters and those that turn the direction of writing become U+FFFD.
std::string html(std::string_view text);

/// The same for text of several lines, which keeps its line breaks and tabs.
std::string html_lines(std::string_view text);

}  // namespace sheetbq::app
