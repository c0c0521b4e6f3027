#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::table {

/// The longest name that BigQuery takes, in characters (code points).
constexpr std::size_t longest_column_name = 300;

/// `header` as a BigQuery column name (flexible names). The rules, in this order:
/// 1. Letters and numbers of any script (Unicode L, N), `_` and other connectors (Pc), `-` and
///    other dashes (Pd) stay. Combining marks (M) stay when what they combine with stays.
/// 2. A run of anything else (white space, punctuation, symbols, emoji, malformed UTF-8, also
///    the punctuation that flexible names would allow) becomes one `_`; at either end of the name
///    and beside a `_` of the header's own it goes without a trace.
/// 3. Without a letter or number the name is empty: the header says nothing.
/// 4. A leading number gets `_` before it.
/// 5. A prefix that BigQuery reserves (`_TABLE_`, `_FILE_`, `_PARTITION`, `_ROW_TIMESTAMP`,
///    `__ROOT__`, `_COLIDENTIFIER`, `_CHANGE_SEQUENCE_NUMBER`, `_CHANGE_TYPE`,
///    `_CHANGE_TIMESTAMP`, and `_field_`, which it advises against; in any case) gets `col` before
///    it: `_TABLE_x` is `col_TABLE_x`.
/// 6. What is longer than `longest_column_name` is cut.
std::string normalise_column_name(std::string_view header);

/// BigQuery takes `name` as it is: 1 to 300 characters, each a letter, number, mark, connector,
/// dash, white space or one of `& % = + : ' < > # |`, no reserved prefix.
bool is_column_name(std::string_view name);

/// Two names are one column to BigQuery: equal without case. Simple case folding of all scripts,
/// one code point at a time (`ß` and `SS` differ).
bool same_column(std::string_view a, std::string_view b);
/// A key equal for names that are `same_column`.
std::string fold_case(std::string_view name);

struct NamedColumn {
    int column = 0;      ///< zero-based, in the sheet
    std::string name;    ///< as BigQuery will have it
    std::string header;  ///< as the sheet has it
    /// The column that has the name this one would have had (`_2`, `_3` was added here).
    std::optional<int> collides_with;
};

/// Names for header cells, unique without case. Of several that normalise to one name the leftmost
/// keeps it; the others get `_2`, `_3` ... from left to right, numbers skipped that would give a
/// name which any header has by itself; a long name is cut so that the suffix fits. Blank headers
/// (those without a letter or number) become `column_C` after their column's letters, and give way
/// where a header has that name.
/// @param headers  (column, header cell's text); blank text means no header.
/// @returns one entry a header, in the order given.
std::vector<NamedColumn> name_columns(const std::vector<std::pair<int, std::string>>& headers);

}  // namespace sheetbq::table
