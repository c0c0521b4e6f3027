#pragma once

#include "field_mask.hpp"
#include "sheet_range.hpp"

#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// Appends `"name":` with a comma before it unless first in its object.
void append_name(std::string& out, std::string_view name);

/// Appends the GridData of a rectangle, as far as `mask` selects it. Straight to text: a format
/// scan asks for hundreds of thousands of cells.
void append_grid(std::string& out, const Tab& tab, const Rectangle& cells, const FieldMask& mask);

}  // namespace sheetbq::sandbox
