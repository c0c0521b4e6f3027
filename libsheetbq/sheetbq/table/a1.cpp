#include "sheetbq/table/a1.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/table/trim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sheetbq::table {
namespace {

constexpr int last_column = 26 + 26 * 26 + 26 * 26 * 26;  // ZZZ, counted from one
constexpr int last_row = 10'000'000;

/// One end of a range, counted from one; 0 is "not said".
struct Corner {
    int column = 0;
    int row = 0;
};

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

/// The place of a letter in the alphabet from 1, whatever its case; 0 for anything else.
int letter(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A' + 1;
    if (c >= 'a' && c <= 'z') return c - 'a' + 1;
    return 0;
}

std::optional<int> take_column(std::string_view& text) {
    int column = 0;
    for (; !text.empty() && letter(text.front()) != 0; text.remove_prefix(1)) {
        column = column * 26 + letter(text.front());
        if (column > last_column) return std::nullopt;
    }
    return column;
}

std::optional<int> take_row(std::string_view& text) {
    int row = 0;
    if (!text.empty() && text.front() == '0') return std::nullopt;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
        row = row * 10 + (text.front() - '0');
        if (row > last_row) return std::nullopt;
    }
    return row;
}

/// `C17`, `$C$17`, `C`, `17`.
std::optional<Corner> take_corner(std::string_view& text) {
    bool dollar = take(text, '$');
    const auto column = take_column(text);
    if (!column) return std::nullopt;
    if (*column != 0) dollar = take(text, '$');
    const auto row = take_row(text);
    if (!row || (*row == 0 && (dollar || *column == 0))) return std::nullopt;
    return Corner{*column, *row};
}

/// First and last place, zero-based, of an axis whose two ends were given from one on, or not (0).
std::pair<int, int> axis(int a, int b) {
    if (a == 0 && b == 0) return {0, GridRange::unbounded};
    if (a == 0 || b == 0) return {a + b - 1, GridRange::unbounded};
    return {std::min(a, b) - 1, std::max(a, b) - 1};
}

/// `A:C`, `2:5` or at least one whole corner; not `A:5`.
bool makes_range(const Corner& a, const Corner& b) {
    const bool columns_only = a.row == 0 && b.row == 0;
    const bool rows_only = a.column == 0 && b.column == 0;
    const auto whole = [](const Corner& corner) { return corner.row != 0 && corner.column != 0; };
    return columns_only || rows_only || whole(a) || whole(b);
}

std::optional<GridRange> parse_range(std::string_view text) {
    const auto from = take_corner(text);
    if (!from) return std::nullopt;
    auto to = from;
    if (text.empty()) {
        if (from->column == 0 || from->row == 0) return std::nullopt;
    } else {
        if (!take(text, ':')) return std::nullopt;
        to = take_corner(text);
        if (!to || !text.empty()) return std::nullopt;
    }
    if (!makes_range(*from, *to)) return std::nullopt;
    const auto [first_row, end_row] = axis(from->row, to->row);
    const auto [first_column, end_column] = axis(from->column, to->column);
    return GridRange{first_row, first_column, end_row, end_column};
}

/// Takes `'title'` off the front and gives it back unquoted.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string title;
    text.remove_prefix(1);
    for (;;) {
        const auto quote = text.find('\'');
        if (quote == std::string_view::npos) return std::nullopt;
        title += text.substr(0, quote);
        text.remove_prefix(quote + 1);
        if (!take(text, '\'')) break;
        title += '\'';
    }
    if (title.empty()) return std::nullopt;
    return title;
}

}  // namespace

std::string column_letters(int column) {
    std::string letters;
    for (int rest = column + 1; rest > 0; rest = (rest - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
    return letters;
}

std::string address(int row, int column) {
    return fmt::format("{}{}", column_letters(column), row + 1);
}

std::string quote_title(std::string_view title) {
    std::string quoted = "'";
    for (const char c : title) {
        if (c == '\'') quoted += '\'';
        quoted += c;
    }
    return quoted += '\'';
}

std::string to_a1(std::string_view title, const GridRange& range) {
    if (range.last_row == GridRange::unbounded || range.last_column == GridRange::unbounded)
        throw Error{Code::internal, "a range with an open end was about to be requested"};
    return fmt::format("{}!{}:{}", quote_title(title), address(range.first_row, range.first_column),
                       address(range.last_row, range.last_column));
}

std::optional<A1> parse_a1(std::string_view text) {
    text = trim(text);
    A1 result;
    if (!text.empty() && text.front() == '\'') {
        result.title = take_quoted(text);
        if (!result.title) return std::nullopt;
        if (text.empty()) return result;
        if (!take(text, '!')) return std::nullopt;
    } else if (const auto mark = text.rfind('!'); mark != std::string_view::npos) {
        if (mark == 0) return std::nullopt;
        result.title = std::string{text.substr(0, mark)};
        text.remove_prefix(mark + 1);
    }
    const auto range = parse_range(text);
    if (!range) return std::nullopt;
    result.range = *range;
    return result;
}

}  // namespace sheetbq::table
