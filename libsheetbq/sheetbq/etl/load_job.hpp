#pragma once

#include "sheetbq/etl/verdict.hpp"

#include <boost/json/object.hpp>

namespace sheetbq::etl {

/// The Job resource of the load: explicit schema in the order of the CSV, CSV options, disposition,
/// labels; a description of the table when the load creates it.
///
/// @param add_columns  let the load add the columns that the live table lacks.
/// @see https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload
boost::json::object load_job(const gcp::JobId& id, const Source& source,
                             const Destination& destination, const ReadResult& read,
                             const Verdict& verdict, const Options& options, bool add_columns);

/// `text` as a label's value: lower case letters, digits, `_`, `-`, at most 63.
std::string label_value(std::string_view text);

}  // namespace sheetbq::etl
