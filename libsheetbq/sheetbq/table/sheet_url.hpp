#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::table {

/// What a pasted address says.
struct SheetReference {
    std::string spreadsheet_id;
    std::optional<int> gid;            ///< fragment wins over query
    std::optional<std::string> range;  ///< `&range=A1:C9` of a link to cells
};

/// Understands every form of the contract's 2.1: /d/ID, /d/ID/edit#gid=N, ?gid=N#gid=N, /u/0/,
/// drive.google.com/open?id=ID and /file/d/ID, legacy key=, a bare id. White space around is
/// ignored.
/// @throws Error bad_config with the reason: a published link (/d/e/2PACX-...), a link to another
///     kind of file (Docs, Slides, Forms, a folder), a malformed gid, something else.
SheetReference parse_sheet_url(std::string_view text);

}  // namespace sheetbq::table
