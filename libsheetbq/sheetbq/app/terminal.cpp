#include "sheetbq/app/terminal.hpp"

#include "sheetbq/app/settings.hpp"
#include "sheetbq/table/unicode.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::app {
namespace {

constexpr std::size_t least_width = 40;
constexpr std::size_t usual_width = 80;

bool wants_colour(std::string_view word, bool terminal) {
    if (word == "always") return true;
    if (word == "never") return false;
    if (environment_variable("NO_COLOR")) return false;
    if (const auto force = environment_variable("CLICOLOR_FORCE")) return *force != "0";
    return terminal && environment_variable("TERM") != "dumb" &&
           environment_variable("CLICOLOR") != "0";
}

std::size_t width_of_output() {
    std::size_t columns = 0;
    if (const auto told = environment_variable("COLUMNS"))
        std::from_chars(told->data(), told->data() + told->size(), columns);
    winsize size{};
    if (columns == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
    return columns == 0 ? usual_width : std::max(columns, least_width);
}

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t n>
bool within(const std::array<Range, n>& ranges, char32_t c) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// East Asian wide and full-width characters, and pictures.
constexpr std::array wide{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};
/// Combining marks, joiners and variation selectors.
constexpr std::array narrow{Range{0x0300, 0x036f}, Range{0x0483, 0x0489}, Range{0x0591, 0x05bd},
                            Range{0x064b, 0x065f}, Range{0x200b, 0x200f}, Range{0x20d0, 0x20ff},
                            Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f}, Range{0xfeff, 0xfeff}};

std::size_t width_of(char32_t c) {
    if (within(narrow, c)) return 0;
    return within(wide, c) ? 2 : 1;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

}  // namespace

Terminal Terminal::look(std::string_view colour) {
    Terminal seen;
    seen.out = isatty(STDOUT_FILENO) == 1;
    seen.error = isatty(STDERR_FILENO) == 1;
    seen.input = isatty(STDIN_FILENO) == 1;
    seen.width = width_of_output();
    seen.colour = wants_colour(colour, seen.out);
    return seen;
}

std::string toned(std::string_view text, Tone tone, bool colour) {
    std::string_view code;
    switch (tone) {
        case Tone::plain:
            break;
        case Tone::good:
            code = "32";
            break;
        case Tone::bad:
            code = "31";
            break;
        case Tone::warning:
            code = "33";
            break;
        case Tone::dim:
            code = "2";
            break;
        case Tone::strong:
            code = "1";
            break;
    }
    if (!colour || code.empty()) return std::string{text};
    std::string out = "\033[";
    out.append(code).append("m").append(text).append("\033[0m");
    return out;
}

std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) width += width_of(table::take_character(text));
    return width;
}

std::string fitted(std::string_view text, std::size_t columns) {
    std::string whole;
    std::string cut;  // what still leaves room for the dots
    std::size_t width = 0;
    while (!text.empty()) {
        auto c = table::take_character(text);
        if (is_control(c)) c = ' ';
        width += width_of(c);
        table::append_utf8(whole, c);
        if (width < columns) cut = whole;
        if (width > columns) return cut + "…";
    }
    return whole;
}

}  // namespace sheetbq::app
