#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace sheetbq::app {

/// Reads JSON that a person wrote.
/// @param name  of the file, for the error.
/// @throws Error bad_config with line, column and what most likely is wrong there.
boost::json::value read_json(std::string_view content, const std::string& name);

}  // namespace sheetbq::app
