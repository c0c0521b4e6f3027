#include "sheetbq/app/html.hpp"

#include "sheetbq/table/unicode.hpp"

namespace sheetbq::app {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Controls, line and paragraph separators, direction marks and overrides, noncharacters.
bool hidden(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || (code & 0xFFFEU) == 0xFFFE;
}

std::string_view entity(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

std::string escaped(std::string_view text, std::string_view allowed) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    while (!text.empty()) {
        const auto before = text;
        const auto code = table::take_character(text);
        const auto taken = before.substr(0, before.size() - text.size());
        const bool kept =
            taken.size() == 1 && allowed.find(taken.front()) != std::string_view::npos;
        if (const auto name = taken.size() == 1 ? entity(taken.front()) : ""; !name.empty())
            out += name;
        else if (code == 0xFFFD || (hidden(code) && !kept))  // FFFD: perhaps a byte, no character
            out += replacement;
        else
            out += taken;
    }
    return out;
}

}  // namespace

std::string html(std::string_view text) { return escaped(text, ""); }

std::string html_lines(std::string_view text) { return escaped(text, "\n\t"); }

}  // namespace sheetbq::app
