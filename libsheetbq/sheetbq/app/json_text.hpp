#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace sheetbq::app {

/// JSON in indented lines, for people and programs alike; ends with a line break.
std::string pretty_json(const boost::json::value& value);

/// The same value as YAML 1.2. Texts stand in quotes unless they are plain words that no reader of
/// YAML takes for anything else. Ends with a line break.
std::string to_yaml(const boost::json::value& value);

/// The text; null for an empty one.
boost::json::value text_or_null(const std::string& text);

}  // namespace sheetbq::app
