#pragma once

#include "sheets_world.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sheetbq::sandbox {

/// What becomes of `text` when a person types it into an automatic cell of `tab`.
Cell typed_cell(Tab& tab, const std::string& text);

/// A cell as spreadsheet files and edits write it: a plain value, or an object with `value`,
/// `number`, `typed` or `error`, and `format`, `formula`, `displayed`. @param at  (row, column).
/// @throws Error bad_data naming `where` when malformed.
Cell cell_from_json(Tab& tab, const boost::json::value& value, std::pair<int, int> at,
                    const std::string& where);

/// The token Sheets answers for a double: `3`, `0.5`, `1E+21`.
std::string number_token(double value);

}  // namespace sheetbq::sandbox
