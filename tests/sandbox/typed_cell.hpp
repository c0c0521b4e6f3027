#pragma once

#include "sheets_world.hpp"

#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// What becomes of `text` when a person types it into an automatic cell of `tab`.
Cell typed_cell(Tab& tab, const std::string& text);

/// The token Sheets answers for a double: `3`, `0.5`, `1E+21`.
std::string number_token(double value);

}  // namespace sheetbq::sandbox
