#pragma once

#include "sheetbq/etl/verdict.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sheetbq::etl {

/// How a column of the table changes.
struct ColumnChange {
    std::string name;
    std::string before;    ///< type in the live table; empty: the column is added
    std::string after;     ///< type after the load; empty: the column goes
    bool in_sheet = true;  ///< false: it stays in the table, NULL in every row that is loaded
};

/// What a load would change of the live table.
struct Difference {
    bool creates = false;   ///< there is no table yet; `columns` is empty
    bool rebuilds = false;  ///< its schema is replaced, not only extended
    std::uint64_t rows_before = 0;
    std::uint64_t rows_after = 0;
    std::vector<ColumnChange> columns;  ///< only those that change
};

Difference compare(const Destination& destination, const ReadResult& read, const Verdict& verdict,
                   const Options& options);

boost::json::object to_json(const Difference& difference);

}  // namespace sheetbq::etl
