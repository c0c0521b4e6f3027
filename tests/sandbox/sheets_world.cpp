#include "sheets_world.hpp"

#include "sheetbq/core/error.hpp"
#include "typed_cell.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {

namespace {

/// RFC 4180, with LF or CRLF.
class CsvReader {
public:
    explicit CsvReader(const std::string& text) : text_{text} {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    }

    bool next_row(std::vector<std::string>& out) {
        out.clear();
        if (at_ >= text_.size()) return false;
        ++row_;
        for (;;) {
            out.push_back(field());
            if (at_ >= text_.size()) return true;
            const char c = text_[at_++];
            if (c == '\n') return true;
            if (c == '\r') {
                if (at_ < text_.size() && text_[at_] == '\n') ++at_;
                return true;
            }
        }
    }

private:
    std::string field() {
        if (at_ < text_.size() && text_[at_] == '"') return quoted();
        const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
        auto value = text_.substr(at_, end - at_);
        if (value.find('"') != std::string::npos) refuse("a quote stands in the middle of a field");
        at_ = end;
        return value;
    }

    std::string quoted() {
        std::string value;
        for (++at_;; ++at_) {
            if (at_ >= text_.size()) refuse("a quoted field is not closed");
            if (text_[at_] == '"') {
                if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
                ++at_;
            }
            value += text_[at_];
        }
        ++at_;
        if (at_ < text_.size() && std::string_view{",\r\n"}.find(text_[at_]) == std::string::npos)
            refuse("text follows a closing quote");
        return value;
    }

    [[noreturn]] void refuse(std::string_view why) const {
        throw Error{Code::bad_data, fmt::format("row {} of the CSV cannot be read", row_)}
            .because(std::string{why})
            .fix(
                "Put fields with quotes, commas or line breaks in double quotes, and double every "
                "quote inside.");
    }

    const std::string& text_;
    std::size_t at_ = 0;
    int row_ = 0;
};

}  // namespace

std::uint16_t Tab::format(const std::string& type, const std::string& pattern) {
    const auto found = std::ranges::find_if(
        formats, [&](const auto& known) { return known.type == type && known.pattern == pattern; });
    if (found != formats.end()) return static_cast<std::uint16_t>(found - formats.begin());
    formats.push_back({type, pattern});
    return static_cast<std::uint16_t>(formats.size() - 1);
}

Tab& Spreadsheet::tab(const std::string& wanted) {
    const auto found = std::ranges::find(tabs, wanted, &Tab::title);
    if (found == tabs.end())
        throw Error{Code::not_found, fmt::format(R"(the sandbox has no tab "{}")", wanted)};
    return *found;
}

Tab tab_from_csv(const std::string& title, const std::string& csv) {
    Tab tab;
    tab.title = title;
    CsvReader reader{csv};
    std::vector<std::string> fields;
    while (reader.next_row(fields)) {
        auto& row = tab.rows.emplace_back();
        for (const auto& field : fields) row.push_back(typed_cell(tab, field));
        tab.column_count = std::max(tab.column_count, static_cast<int>(row.size()));
    }
    tab.row_count = std::max(tab.row_count, static_cast<int>(tab.rows.size()));
    return tab;
}

}  // namespace sheetbq::sandbox
