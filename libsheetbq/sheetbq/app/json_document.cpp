#include "sheetbq/app/json_document.hpp"

#include "sheetbq/core/error.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// What a character that no JSON has there tells by itself.
std::string_view advice_on(char stopped) {
    switch (stopped) {
        case '\'':
            return "Write double quotes, not single ones.";
        case '/':
        case '#':
            return "Remove the remark; JSON has none.";
        case '\n':
        case '\r':
            return "End the text with double quotes on the line where it begins.";
        case '\0':
            return "The file ends too early; a bracket or quote is missing.";
        case ',':
            return "Remove one of the two commas.";
        default:
            return {};
    }
}

/// What most likely is wrong where reading stopped.
std::string advice(std::string_view content, std::size_t at) {
    const char stopped = at < content.size() ? content[at] : '\0';
    const auto before = content.substr(0, at).find_last_not_of(" \t\r\n");
    const char last = before == std::string_view::npos ? '\0' : content[before];
    if ((stopped == '}' || stopped == ']') && last == ',')
        return "Remove the comma before this bracket.";
    if (stopped == '"' && last != ',' && last != ':' && last != '{' && last != '[')
        return "Put a comma behind the value before it.";
    if (const auto plain = advice_on(stopped); !plain.empty()) return std::string{plain};
    if (last == '{' || last == ',') return "Put double quotes around the key.";
    return "Write \"key\": \"value\" pairs with commas between them; helper example prints a "
           "valid file.";
}

[[noreturn]] void refuse_syntax(std::string_view content, std::size_t at, const std::string& name,
                                const std::string& reason) {
    at = std::min(at, content.size());
    const auto head = content.substr(0, at);
    const auto line = 1 + std::count(head.begin(), head.end(), '\n');
    const auto begin = head.rfind('\n') == std::string_view::npos ? 0 : head.rfind('\n') + 1;
    throw Error{Code::bad_config,
                fmt::format("{} line {}, column {} is no valid JSON", name, line, at - begin + 1)}
        .because(reason)
        .fix(advice(content, at));
}

}  // namespace

json::value read_json(std::string_view content, const std::string& name) {
    if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
    if (content.find_first_not_of(" \t\r\n") == std::string_view::npos)
        throw Error{Code::bad_config, name + " is empty"}.fix(
            "Write a configuration to start from: helper example > config.json");
    json::stream_parser parser;
    json::error_code broken;
    auto at = parser.write_some(content.data(), content.size(), broken);
    if (!broken && at < content.size()) broken = json::error::extra_data;
    if (!broken) {
        at = content.size();
        parser.finish(broken);
    }
    if (broken) refuse_syntax(content, at, name, broken.message());
    return parser.release();
}

}  // namespace sheetbq::app
