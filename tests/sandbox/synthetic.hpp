#pragma once

#include "sheets_world.hpp"

namespace sheetbq::sandbox {

/// A tab of that size (header included) made up on the fly, the same for the same size: ten kinds
/// of columns in turn - id, integer with blanks, amount, random real, name, unicode text, note with
/// blanks and escapes, date, date and time, boolean with blanks.
Tab synthetic_tab(const std::string& title, int rows, int columns);

}  // namespace sheetbq::sandbox
