#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::table {

/// `header` as a BigQuery column name (flexible names): runs of characters that BigQuery does not
/// allow become one `_`, white space included; letters and digits of any script, combining marks,
/// `_` and `-` stay (other allowed punctuation also becomes `_`); `_` at either end that replaced
/// something is dropped; a leading digit gets `_` before it; a reserved prefix gets `_` too... see
/// docs/configuration.md; at most 300 characters. Empty when nothing is left.
std::string normalise_column_name(std::string_view header);

/// Two names are one column to BigQuery: equal without case (ASCII, Latin, Greek, Cyrillic).
bool same_column(std::string_view a, std::string_view b);
/// A key equal for names that are `same_column`.
std::string fold_case(std::string_view name);

struct NamedColumn {
    int column = 0;      ///< zero-based, in the sheet
    std::string name;    ///< as BigQuery will have it
    std::string header;  ///< as the sheet has it
    /// The earlier column whose name this one collided with (`_2`, `_3` was added).
    std::optional<int> collides_with;
};

/// Names for header cells from left to right, unique without case: the first keeps its name, later
/// ones get `_2`, `_3` ... (also when that very name is taken). Blank headers become `column_C`.
/// @param headers  (column, header cell's text); blank text means no header.
std::vector<NamedColumn> name_columns(const std::vector<std::pair<int, std::string>>& headers);

}  // namespace sheetbq::table
