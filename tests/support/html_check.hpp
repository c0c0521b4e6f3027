#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::testing {

/// What is wrong with the tags of a page: not nested, not closed, an attribute without quotes or
/// given twice, a bare `<` or `&`. Empty: nothing.
std::string html_problem(std::string_view page);

/// Everything between tags, without style sheets, as a browser would show it.
std::string shown_text(std::string_view page);

/// The values of an attribute throughout the page.
std::vector<std::string> attribute_values(std::string_view page, std::string_view name);

}  // namespace sheetbq::testing
