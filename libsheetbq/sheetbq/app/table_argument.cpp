#include "sheetbq/app/table_argument.hpp"

#include <algorithm>

namespace sheetbq::app {
namespace {

bool is_word(std::string_view text, std::string_view also) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               also.find(c) != std::string_view::npos;
    });
}

}  // namespace

std::optional<gcp::TableId> read_table_name(std::string_view text) {
    if (text.size() >= 2 && text.front() == '`' && text.back() == '`')
        text = text.substr(1, text.size() - 2);
    const auto last = text.rfind('.');
    if (last == std::string_view::npos || last == 0) return std::nullopt;
    // A project may have a dot and a colon of its own: example.com:project.
    const auto middle = text.find_last_of(".:", last - 1);
    if (middle == std::string_view::npos) return std::nullopt;
    const auto project = text.substr(0, middle);
    const auto dataset = text.substr(middle + 1, last - middle - 1);
    const auto table = text.substr(last + 1);
    if (!is_word(project, "-_.:") || !is_word(dataset, "_") || table.empty() ||
        table.find_first_of("@$:/`") != std::string_view::npos)
        return std::nullopt;
    return gcp::TableId{std::string{project}, std::string{dataset}, std::string{table}};
}

}  // namespace sheetbq::app
