#pragma once

#include "sheetbq/gcp/api_client.hpp"
#include "sheetbq/table/a1.hpp"
#include "sheetbq/table/format_scan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::gcp {

/// A tab as spreadsheets.get tells of it.
struct TabInfo {
    std::string title{};
    int gid = 0;
    int index = 0;
    std::string type{};  ///< GRID, OBJECT, DATA_SOURCE
    bool hidden = false;
    int rows = 0;  ///< size of the grid, not of the data
    int columns = 0;
};

struct NamedRange {
    std::string name{};
    int gid = 0;
    table::GridRange range{};
};

struct SpreadsheetInfo {
    std::string id{};
    std::string title{};
    std::string locale{};         ///< e.g. en_US
    std::string time_zone{};      ///< e.g. Europe/Berlin, or GMT-07:00
    std::vector<TabInfo> tabs{};  ///< by index
    std::vector<NamedRange> named_ranges{};
};

/// Google Sheets API v4, read-only. Every call costs one of the account's 60 reads a minute.
class Sheets {
public:
    explicit Sheets(ApiClient& api) : api_{api} {}

    /// Title, tabs and named ranges; no cells.
    /// @throws Error permission_denied naming whom to share with; not_found; bad_config for an
    /// Office
    ///     file or another kind of document.
    /// @see https://developers.google.com/sheets/api/reference/rest/v4/spreadsheets/get
    SpreadsheetInfo spreadsheet(const std::string& id, std::stop_token stop);

    /// Number formats and error values of the cells in `ranges` (A1 notation).
    /// Repeated under the retry policy: `fresh` is called at the start of each attempt and gives
    /// the taker of that attempt's cells.
    using OnCell = std::function<void(const table::ScannedCell&)>;
    void formats(const std::string& id, const std::vector<std::string>& ranges,
                 const std::function<OnCell()>& fresh, std::stop_token stop);

    /// One attempt to read the values of `range` as stored: numbers as numbers, dates as days since
    /// 1899-12-30. `sink` takes the decompressed JSON as it arrives.
    /// @throws Error conflict when the tab is no longer what it was: renamed, deleted or shrunk.
    /// @see https://developers.google.com/sheets/api/reference/rest/v4/spreadsheets.values/get
    void values_once(const std::string& id, const std::string& range,
                     const std::function<void(std::string_view)>& sink, std::stop_token stop);

    ApiClient& api() { return api_; }

private:
    ApiClient& api_;
};

/// What a refusal to read spreadsheet `id` means, and what its owner can do about it.
Error explain_sheet_refusal(const Refusal& refusal, const std::string& id);

}  // namespace sheetbq::gcp
