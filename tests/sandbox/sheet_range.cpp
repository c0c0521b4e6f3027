#include "sheet_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace sheetbq::sandbox {

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// One end of a range: `B7`, `B`, `7`.
struct Corner {
    std::optional<int> row;
    std::optional<int> column;
};

std::optional<int> read_column(std::string_view letters) {
    if (letters.empty() || letters.size() > 3) return std::nullopt;
    int column = 0;
    for (const char c : letters)
        column = column * 26 + std::toupper(static_cast<unsigned char>(c)) - 'A' + 1;
    return column - 1;
}

std::optional<Corner> read_corner(std::string_view text) {
    Corner corner;
    const auto skip_dollar = [&] {
        if (!text.empty() && text.front() == '$') text.remove_prefix(1);
    };
    skip_dollar();
    const auto letters =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_letter) - text.begin());
    if (letters > 0) {
        corner.column = read_column(text.substr(0, letters));
        if (!corner.column) return std::nullopt;
        text.remove_prefix(letters);
        skip_dollar();
    }
    if (text.empty()) return corner.column ? std::optional{corner} : std::nullopt;
    int row = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
    if (error != std::errc{} || end != text.data() + text.size() || row < 1 || !is_digit(text[0]))
        return std::nullopt;
    corner.row = row - 1;
    return corner;
}

/// A range with open ends, before it meets a grid.
struct Open {
    Corner first;
    Corner last;
};

std::optional<Open> read_cells(std::string_view text) {
    const auto colon = text.find(':');
    const auto first = read_corner(text.substr(0, colon));
    if (!first) return std::nullopt;
    if (colon == std::string_view::npos) {
        if (!first->row || !first->column) return std::nullopt;
        return Open{*first, *first};
    }
    const auto last = read_corner(text.substr(colon + 1));
    if (!last) return std::nullopt;
    Open open{*first, *last};
    if (open.first.row && open.last.row && *open.first.row > *open.last.row)
        std::swap(open.first.row, open.last.row);
    if (open.first.column && open.last.column && *open.first.column > *open.last.column)
        std::swap(open.first.column, open.last.column);
    // `A:C5` starts in row 5, `5:C` in column C.
    if (!open.first.row && open.last.row) std::swap(open.first.row, open.last.row);
    if (!open.first.column && open.last.column && !open.first.row)
        std::swap(open.first.column, open.last.column);
    return open;
}

/// A title and what stands after its `!`.
struct Parts {
    std::optional<std::string> title;
    std::optional<std::string> cells;
};

std::optional<Parts> split_quoted(std::string_view text) {
    Parts parts{.title = std::string{}, .cells = std::nullopt};
    std::size_t at = 1;
    for (;; ++at) {
        if (at >= text.size()) return std::nullopt;
        if (text[at] == '\'') {
            if (at + 1 >= text.size() || text[at + 1] != '\'') break;
            ++at;
        }
        *parts.title += text[at];
    }
    ++at;
    if (at == text.size()) return parts;
    if (text[at] != '!' || at + 1 == text.size()) return std::nullopt;
    parts.cells = text.substr(at + 1);
    return parts;
}

std::optional<Parts> split_title(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.front() == '\'') return split_quoted(text);
    const auto mark = text.rfind('!');
    if (mark == std::string_view::npos)
        return Parts{.title = std::nullopt, .cells = std::string{text}};
    if (mark == 0 || mark + 1 == text.size()) return std::nullopt;
    return Parts{.title = std::string{text.substr(0, mark)},
                 .cells = std::string{text.substr(mark + 1)}};
}

const Tab* find_tab(const Spreadsheet& spreadsheet, const std::string& title) {
    const auto found = std::ranges::find(spreadsheet.tabs, title, &Tab::title);
    const bool grid = found != spreadsheet.tabs.end() && found->sheet_type == "GRID";
    return grid ? &*found : nullptr;
}

const Tab* first_grid(const Spreadsheet& spreadsheet) {
    const auto found = std::ranges::find(spreadsheet.tabs, "GRID", &Tab::sheet_type);
    return found == spreadsheet.tabs.end() ? nullptr : &*found;
}

std::string letters(int column) {
    std::string out;
    for (++column; column > 0; column = (column - 1) / 26)
        out.insert(out.begin(), static_cast<char>('A' + (column - 1) % 26));
    return out;
}

/// Quotes where the bare title could be taken for something else.
std::string title_text(const std::string& title) {
    const bool plain =
        !title.empty() && !is_digit(title.front()) &&
        std::ranges::all_of(title, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    const auto corner = read_corner(title);
    if (plain && !(corner && corner->row && corner->column)) return title;
    std::string out = "'";
    for (const char c : title) out.append(c == '\'' ? 2 : 1, c);
    return out + "'";
}

std::string cells_text(const Rectangle& cells) {
    const auto first = fmt::format("{}{}", letters(cells.first_column), cells.first_row + 1);
    const auto last = fmt::format("{}{}", letters(cells.last_column), cells.last_row + 1);
    return first == last ? first : first + ":" + last;
}

ResolvedRange fit(const Tab& tab, const Open& open) {
    const Rectangle asked{.first_row = open.first.row.value_or(0),
                          .first_column = open.first.column.value_or(0),
                          .last_row = open.last.row.value_or(tab.row_count - 1),
                          .last_column = open.last.column.value_or(tab.column_count - 1)};
    if (asked.first_row >= tab.row_count || asked.first_column >= tab.column_count)
        return {.refusal =
                    fmt::format("Range ({}) exceeds grid limits. Max rows: {}, max columns: {}",
                                range_text(tab, {asked.first_row, asked.first_column,
                                                 std::max(asked.first_row, asked.last_row),
                                                 std::max(asked.first_column, asked.last_column)}),
                                tab.row_count, tab.column_count)};
    auto cells = asked;
    cells.last_row = std::min(asked.last_row, tab.row_count - 1);
    cells.last_column = std::min(asked.last_column, tab.column_count - 1);
    return {.tab = &tab, .cells = cells, .refusal = {}};
}

ResolvedRange resolve_bare(const Spreadsheet& spreadsheet, const std::string& text,
                           ResolvedRange unparsable) {
    const auto* first = first_grid(spreadsheet);
    const auto open = read_cells(text);
    if (open && first != nullptr) return fit(*first, *open);
    if (const auto named = spreadsheet.named_ranges.find(text);
        named != spreadsheet.named_ranges.end() && named->second != text)
        return resolve_range(spreadsheet, named->second);
    const auto* tab = find_tab(spreadsheet, text);
    return tab == nullptr ? std::move(unparsable) : fit(*tab, {});
}

}  // namespace

ResolvedRange resolve_range(const Spreadsheet& spreadsheet, const std::string& text) {
    ResolvedRange unparsable{.refusal = "Unable to parse range: " + text};
    const auto parts = split_title(text);
    if (!parts) return unparsable;
    if (!parts->title) return resolve_bare(spreadsheet, *parts->cells, std::move(unparsable));
    const auto* tab = find_tab(spreadsheet, *parts->title);
    if (tab == nullptr) return unparsable;
    if (!parts->cells) return fit(*tab, {});
    if (const auto open = read_cells(*parts->cells)) return fit(*tab, *open);
    const auto named = spreadsheet.named_ranges.find(*parts->cells);
    if (named == spreadsheet.named_ranges.end()) return unparsable;
    return resolve_range(spreadsheet, named->second);
}

std::string range_text(const Tab& tab, const Rectangle& cells) {
    return title_text(tab.title) + "!" + cells_text(cells);
}

}  // namespace sheetbq::sandbox
