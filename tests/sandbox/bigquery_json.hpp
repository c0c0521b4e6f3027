#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// The body of a call as an object. @throws Error bad_data when it is none.
boost::json::object parse_object(std::string_view text);

/// Refuses members that are not in `known`. @throws Error bad_data in Google's words.
void check_members(const boost::json::object& object, std::span<const std::string_view> known,
                   std::string_view where);

/// The member as text, "" when absent. @throws Error bad_data when it is something else.
std::string text_member(const boost::json::object& object, std::string_view name);
/// false when absent. Takes "true" and "false" too.
bool flag_member(const boost::json::object& object, std::string_view name);
/// A number, or one in quotes; nothing when absent.
std::optional<std::int64_t> number_member(const boost::json::object& object, std::string_view name);
/// The member as an object, an empty one when absent.
boost::json::object object_member(const boost::json::object& object, std::string_view name);

}  // namespace sheetbq::sandbox
