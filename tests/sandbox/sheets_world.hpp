#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// One cell as a spreadsheet keeps it.
struct Cell {
    enum class Kind : std::uint8_t { blank, number, text, boolean, error };
    Kind kind = Kind::blank;
    std::uint16_t format = 0;  ///< index into Tab::formats; 0 = automatic
    std::string value{};       ///< number token, text, `TRUE`/`FALSE`, or error word such as `#N/A`
};

struct NumberFormat {
    std::string type{};  ///< DATE, TIME ... as in the API; "" = automatic
    std::string pattern{};
};

struct Tab {
    std::string title = "Sheet1";
    int gid = 0;
    std::string sheet_type = "GRID";  ///< GRID, OBJECT, DATA_SOURCE
    bool hidden = false;
    int row_count = 1000;  ///< grid size, not data extent
    int column_count = 26;
    std::vector<std::vector<Cell>> rows{};
    std::vector<NumberFormat> formats{{}};
    /// (row, column) -> formula text, e.g. `=4/2`.
    std::map<std::pair<int, int>, std::string> formulas{};
    /// (row, column) -> what FORMATTED_VALUE shows, where it differs from what the format gives.
    std::map<std::pair<int, int>, std::string> displayed{};
    /// When set, rows come from here instead of `rows` (very large sheets): fills `out` with the
    /// cells of zero-based `row`. `row_count` tells how many there are.
    std::function<void(int row, std::vector<Cell>& out)> generate{};

    /// Index of this format, added when new.
    std::uint16_t format(const std::string& type, const std::string& pattern);
};

struct Spreadsheet {
    std::string id{};
    std::string title = "Untitled spreadsheet";
    std::string locale = "en_US";
    std::string time_zone = "Etc/GMT";
    std::string mime_type = "application/vnd.google-apps.spreadsheet";
    std::vector<Tab> tabs{};
    std::map<std::string, std::string> named_ranges{};  ///< name -> `'Tab'!A1:C9`
    std::set<std::string> shared_with{};                ///< e-mails; "*" = anyone with the link
    std::int64_t version = 1;                           ///< Drive's; every edit adds one
    bool trashed = false;
    bool shared_drive = false;      ///< Drive finds it only with supportsAllDrives=true
    std::string shortcut_target{};  ///< id behind a shortcut (mime type ...google-apps.shortcut)

    Tab& tab(const std::string& wanted);
};

using SheetsWorld = std::map<std::string, Spreadsheet>;  ///< by id

/// A spreadsheet of one tab from CSV text. First row and cells as typed by a person: numbers
/// without leading zeros become numbers, TRUE/FALSE booleans, ISO dates/datetimes/times day numbers
/// with the matching format, `12%` and `$1,234.50` numbers with PERCENT and CURRENCY formats, error
/// words errors; everything else, leading zeros included, stays text. @throws Error bad_data when
/// the CSV is malformed.
Tab tab_from_csv(const std::string& title, const std::string& csv);

/// The JSON form of a spreadsheet file; see docs/sandbox.md. @throws Error bad_data when malformed.
Spreadsheet spreadsheet_from_json(const std::string& text);

}  // namespace sheetbq::sandbox
