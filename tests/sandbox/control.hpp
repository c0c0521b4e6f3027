#pragma once

#include "sandbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace sheetbq::sandbox {

/// A fault from its JSON form (docs/sandbox.md). @throws Error bad_config naming the bad field.
Fault fault_from_json(const std::string& text);

/// One recorded request, for logs: method, host, target, status, bytes.
boost::json::object to_json(const RecordedRequest& request);

/// Every table: `project.dataset.table`, schema, number of rows, and the first `rows` of them.
boost::json::array tables_to_json(const BigQueryWorld& world, std::size_t rows);

/// Changes a sheet as a person would: a cell, a tab's title, its number of rows. Counts a version.
/// @throws Error bad_config naming what is wrong.
void apply_edit(Sandbox& sandbox, const std::string& text);

}  // namespace sheetbq::sandbox
