#pragma once

#include "sheetbq/gcp/bigquery.hpp"

#include <boost/json/value.hpp>

namespace sheetbq::gcp {

/// The beginning of a table.
struct FirstRows {
    std::uint64_t total = 0;
    boost::json::array rows{};  ///< of arrays, a value for each field
};

/// At most `most` rows in one request; values as `row_value` makes them. Views and external tables
/// have none that could be listed.
/// @param fields  schema.fields of the table.
/// @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list
FirstRows first_rows(BigQuery& bigquery, const TableId& id, const boost::json::array& fields,
                     int most, std::stop_token stop);

/// What a cell of tabledata.list means, as JSON: numbers and booleans where JSON has them exactly,
/// timestamps in RFC 3339 with microseconds (the request asks for them as whole numbers), records
/// as objects, repeated fields as lists, everything else in BigQuery's own text.
boost::json::value row_value(const boost::json::object& field, const boost::json::value& cell);

}  // namespace sheetbq::gcp
