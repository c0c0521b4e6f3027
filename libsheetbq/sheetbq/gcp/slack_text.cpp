#include "sheetbq/gcp/slack.hpp"

#include <array>
#include <utility>

namespace sheetbq::gcp {
namespace {

using namespace std::string_view_literals;

/// Where formatting could begin or end, its mark becomes a look-alike: Slack knows no escape for
/// these.
constexpr std::array look_alikes{std::pair{'*', "\u2217"sv}, std::pair{'_', "\u02cd"sv},
                                 std::pair{'~', "\u223c"sv}, std::pair{'`', "\u02cb"sv}};

/// Tells Slack that what follows an @ is no name.
constexpr auto word_joiner = "\u2060"sv;

/// Letters, digits, and every byte of a character beyond ASCII.
bool in_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           static_cast<unsigned char>(c) >= 0x80U;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with_word(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (lower(text[i]) != word[i]) return false;
    return text.size() == word.size() || !in_word(text[word.size()]);
}

/// `rest` begins with an @ that would call people.
bool calls_people(std::string_view rest, char before) {
    if (in_word(before)) return false;  // an e-mail address
    rest.remove_prefix(1);
    return begins_with_word(rest, "channel") || begins_with_word(rest, "here") ||
           begins_with_word(rest, "everyone");
}

/// How many bytes of `rest` turn the direction of text (U+202A to U+202E, U+2066 to U+2069), or end
/// a line without looking like it (U+2028, U+2029).
std::size_t invisible(std::string_view rest) {
    constexpr std::size_t size = 3;
    if (rest.size() < size) return 0;
    const char last = rest[2];
    const bool direction_or_line = rest.starts_with("\xe2\x80") && last >= '\xa8' && last <= '\xae';
    const bool isolation = rest.starts_with("\xe2\x81") && last >= '\xa6' && last <= '\xa9';
    return direction_or_line || isolation ? size : 0;
}

/// What is shown in the place of the first character of `rest`.
std::string shown(std::string_view rest, char before) {
    const char c = rest.front();
    const char after = rest.size() > 1 ? rest[1] : ' ';
    for (const auto& [mark, look_alike] : look_alikes)
        if (c == mark && !(in_word(before) && in_word(after))) return std::string{look_alike};
    if (c == '&') return "&amp;";
    if (c == '<') return "&lt;";
    if (c == '>') return "&gt;";
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return " ";
    if (c == '@' && calls_people(rest, before)) return std::string{c}.append(word_joiner);
    return {c};
}

}  // namespace

std::string slack_escape(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    char before = ' ';
    while (!text.empty()) {
        auto size = invisible(text);
        if (size == 0) {
            size = 1;
            result += shown(text, before);
        } else {
            result += ' ';
        }
        before = text[size - 1];
        text.remove_prefix(size);
    }
    return result;
}

}  // namespace sheetbq::gcp
