#include "sheetbq/app/json_text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

bool is_nested(const json::value& value) {
    return (value.is_object() && !value.get_object().empty()) ||
           (value.is_array() && !value.get_array().empty());
}

/// Numbers that Boost.JSON would write as 5E-1.
std::string scalar(const json::value& value) {
    const auto* const number = value.if_double();
    return number == nullptr ? json::serialize(value) : fmt::format("{}", *number);
}

void write_pretty(std::string& out, const json::value& value, const std::string& indent) {
    if (!is_nested(value)) {
        out += scalar(value);
        return;
    }
    const auto deeper = indent + "  ";
    const auto* separator = "";
    if (const auto* const object = value.if_object()) {
        out += "{";
        for (const auto& [key, member] : *object) {
            out += separator;
            out += "\n" + deeper + json::serialize(json::string{key}) + ": ";
            write_pretty(out, member, deeper);
            separator = ",";
        }
        out += "\n" + indent + "}";
        return;
    }
    out += "[";
    for (const auto& item : value.get_array()) {
        out += separator;
        out += "\n" + deeper;
        write_pretty(out, item, deeper);
        separator = ",";
    }
    out += "\n" + indent + "]";
}

/// Words that YAML 1.1 or 1.2 reads as something else than text.
bool is_reserved(std::string_view word) {
    std::string lower{word};
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    constexpr std::array<std::string_view, 9> reserved{"true", "false", "yes", "no", "on",
                                                       "off",  "null",  "y",   "n"};
    return std::find(reserved.begin(), reserved.end(), lower) != reserved.end();
}

bool is_plain_word(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), inner) &&
           !is_reserved(text);
}

/// With a point, by which readers of YAML 1.1 know a number with an exponent.
std::string yaml_number(double number) {
    auto text = fmt::format("{}", number);
    const auto whole = std::min(text.find_first_not_of("-0123456789"), text.size());
    if (whole == text.size() || text[whole] != '.') text.insert(whole, ".0");
    return text;
}

std::string yaml_scalar(const json::value& value) {
    const auto* const text = value.if_string();
    if (text != nullptr && is_plain_word(*text)) return std::string{*text};
    if (const auto* const number = value.if_double()) return yaml_number(*number);
    return scalar(value);
}

void write_yaml(std::string& out, const json::value& value, const std::string& indent);

void write_members(std::string& out, const json::object& object, const std::string& indent) {
    const auto* before = "";
    for (const auto& [key, member] : object) {
        out += before + yaml_scalar(json::string{key}) + ":";
        if (is_nested(member)) {
            const auto deeper = indent + (member.is_array() ? "" : "  ");
            out += "\n" + deeper;
            write_yaml(out, member, deeper);
        } else {
            out += " " + yaml_scalar(member) + "\n";
        }
        before = indent.c_str();
    }
}

void write_items(std::string& out, const json::array& array, const std::string& indent) {
    const auto* before = "";
    for (const auto& item : array) {
        out += before;
        out += "- ";
        write_yaml(out, item, indent + "  ");
        before = indent.c_str();
    }
}

/// @param indent  of the lines below the one that is being written.
void write_yaml(std::string& out, const json::value& value, const std::string& indent) {
    if (!is_nested(value))
        out += yaml_scalar(value) + "\n";
    else if (const auto* const object = value.if_object())
        write_members(out, *object, indent);
    else
        write_items(out, value.get_array(), indent);
}

}  // namespace

std::string pretty_json(const json::value& value) {
    std::string out;
    write_pretty(out, value, "");
    return out + "\n";
}

std::string to_yaml(const json::value& value) {
    std::string out;
    write_yaml(out, value, "");
    return out;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace sheetbq::app
