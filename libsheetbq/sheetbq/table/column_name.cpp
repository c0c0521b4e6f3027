#include "sheetbq/table/column_name.hpp"

#include "sheetbq/table/a1.hpp"
#include "sheetbq/table/unicode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace sheetbq::table {
namespace {

constexpr std::array<std::string_view, 10> reserved_prefixes{"_table_",
                                                             "_file_",
                                                             "_partition",
                                                             "_row_timestamp",
                                                             "__root__",
                                                             "_colidentifier",
                                                             "_change_sequence_number",
                                                             "_change_type",
                                                             "_change_timestamp",
                                                             "_field_"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_reserved_prefix(std::string_view name) {
    return std::any_of(
        reserved_prefixes.begin(), reserved_prefixes.end(), [&](std::string_view prefix) {
            return name.size() >= prefix.size() &&
                   std::equal(prefix.begin(), prefix.end(), name.begin(),
                              [](char reserved, char c) { return reserved == lower(c); });
        });
}

/// Builds a name character by character.
class NameBuilder {
public:
    void add(char32_t code) {
        const auto kind = character_class(code);
        if (kind == CharacterClass::other || (kind == CharacterClass::mark && !combines_)) {
            gap_ = true;
            combines_ = false;
            return;
        }
        if (gap_ && !name_.empty() && code != '_' && name_.back() != '_') name_ += '_';
        gap_ = false;
        combines_ = true;
        says_something_ |= kind == CharacterClass::letter || kind == CharacterClass::number;
        append_utf8(name_, code);
    }

    /// Empty when there was no letter or number.
    std::string take() { return says_something_ ? std::move(name_) : std::string{}; }

private:
    std::string name_;
    bool gap_ = false;       ///< something was left out since the last character
    bool combines_ = false;  ///< a mark here would combine with a character that stayed
    bool says_something_ = false;
};

/// `name` made safe from reserved prefixes and cut to `room` characters.
std::string guarded(std::string name, std::size_t room) {
    if (has_reserved_prefix(name)) name.insert(0, "col");
    name.resize(first_characters(name, room).size());
    return name;
}

std::string with_suffix(const std::string& name, std::size_t number) {
    const std::string suffix = fmt::format("_{}", number);
    const std::string_view base = first_characters(name, longest_column_name - suffix.size());
    // A suffix can complete a reserved prefix: `_FILE` is a fine name, `_FILE_2` is not.
    std::string suffixed = fmt::format("{}{}", base, suffix);
    if (!has_reserved_prefix(suffixed)) return suffixed;
    return "col" + suffixed;
}

/// White space and the punctuation of flexible names.
bool is_tolerated(char32_t code) {
    constexpr std::u32string_view tolerated =
        U"&%=+:'<>#| \t\n\r\f\v\u0085\u00A0\u1680\u2028\u2029"
        U"\u202F\u205F\u3000";
    return tolerated.find(code) != std::u32string_view::npos || (code >= 0x2000 && code <= 0x200A);
}

/// Who has which name, by its folded form.
class Claims {
public:
    void claim(NamedColumn& column) {
        const auto [holder, first] = holders_.try_emplace(fold_case(column.name), column.column);
        if (!first) column.collides_with = holder->second;
    }

    /// Gives the column the next free name with a suffix.
    void settle(NamedColumn& column) {
        std::size_t& number = numbers_.try_emplace(fold_case(column.name), 1).first->second;
        std::string name;
        do {
            name = with_suffix(column.name, ++number);
        } while (!holders_.try_emplace(fold_case(name), column.column).second);
        column.name = std::move(name);
    }

private:
    std::unordered_map<std::string, int> holders_;
    std::unordered_map<std::string, std::size_t> numbers_;
};

}  // namespace

std::string normalise_column_name(std::string_view header) {
    NameBuilder builder;
    while (!header.empty()) builder.add(take_character(header));
    std::string name = builder.take();
    if (name.empty()) return name;
    if (character_class(first_character(name).code) == CharacterClass::number) name.insert(0, "_");
    return guarded(std::move(name), longest_column_name);
}

bool is_column_name(std::string_view name) {
    if (name.empty() || has_reserved_prefix(name)) return false;
    std::size_t size = 0;
    for (; !name.empty(); ++size) {
        const char32_t code = take_character(name);
        if (character_class(code) == CharacterClass::other && !is_tolerated(code)) return false;
    }
    return size <= longest_column_name;
}

bool same_column(std::string_view a, std::string_view b) { return fold_case(a) == fold_case(b); }

std::string fold_case(std::string_view name) {
    std::string folded;
    folded.reserve(name.size());
    while (!name.empty()) {
        const auto [code, size] = first_character(name);
        if (size == 0)
            folded += name.front();
        else
            append_utf8(folded, fold(code));
        name.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return folded;
}

std::vector<NamedColumn> name_columns(const std::vector<std::pair<int, std::string>>& headers) {
    std::vector<NamedColumn> columns;
    columns.reserve(headers.size());
    Claims claims;
    for (const auto& [column, header] : headers) {
        columns.push_back({column, normalise_column_name(header), header, std::nullopt});
        if (!columns.back().name.empty()) claims.claim(columns.back());
    }
    for (auto& column : columns) {
        if (!column.name.empty()) continue;
        column.name = "column_" + column_letters(column.column);
        claims.claim(column);
    }
    for (auto& column : columns)
        if (column.collides_with) claims.settle(column);
    return columns;
}

}  // namespace sheetbq::table
