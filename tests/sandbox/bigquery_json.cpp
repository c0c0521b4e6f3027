#include "bigquery_json.hpp"

#include "bigquery_refusal.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

Error wrong_value(std::string_view name, std::string_view type, const json::value& value) {
    return invalid(
        fmt::format("Invalid value at '{}' ({}), {}", name, type, json::serialize(value)));
}

}  // namespace

json::object parse_object(std::string_view text) {
    json::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object())
        throw invalid("Invalid JSON payload received. Unexpected token.");
    return std::move(value.as_object());
}

void check_members(const json::object& object, std::span<const std::string_view> known,
                   std::string_view where) {
    for (const auto& member : object) {
        const std::string_view key{member.key().data(), member.key().size()};
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw invalid(
                fmt::format("Invalid JSON payload received. Unknown name \"{}\" at "
                            "'{}': Cannot find field.",
                            key, where));
    }
}

std::string text_member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_string()) throw wrong_value(name, "TYPE_STRING", *value);
    return json::value_to<std::string>(*value);
}

bool flag_member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return false;
    if (value->is_bool()) return value->get_bool();
    const auto text = value->is_string() ? json::value_to<std::string>(*value) : "";
    if (text != "true" && text != "false") throw wrong_value(name, "TYPE_BOOL", *value);
    return text == "true";
}

std::optional<std::int64_t> number_member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    const auto text = value->is_string() ? json::value_to<std::string>(*value) : "";
    std::int64_t out = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, out);
    if (text.empty() || error != std::errc{} || stopped != end)
        throw wrong_value(name, "TYPE_INT64", *value);
    return out;
}

json::object object_member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_object()) throw wrong_value(name, "TYPE_MESSAGE", *value);
    return value->get_object();
}

}  // namespace sheetbq::sandbox
