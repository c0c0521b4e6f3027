#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

// Members of Google's answers, forgiving: what is absent, or of another kind, is empty.
namespace sheetbq::gcp {

inline std::string text_at(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

inline int int_at(const boost::json::object& object, std::string_view key, int otherwise = 0) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? static_cast<int>(value->get_int64()) : otherwise;
}

inline const boost::json::object& object_at(const boost::json::object& object,
                                            std::string_view key) {
    static const boost::json::object nothing;
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : nothing;
}

inline const boost::json::array& array_at(const boost::json::object& object, std::string_view key) {
    static const boost::json::array nothing;
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : nothing;
}

}  // namespace sheetbq::gcp
