#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sheetbq::app {

/// What standard output and standard error are.
struct Terminal {
    bool out = false;  ///< standard output is a terminal
    bool error = false;
    bool input = false;      ///< a person can be asked
    std::size_t width = 80;  ///< of standard output, in characters
    bool colour = false;     ///< for standard output

    /// Looks at the descriptors and at NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM, COLUMNS.
    /// @param colour  auto, always or never.
    static Terminal look(std::string_view colour);
};

enum class Tone { plain, good, bad, warning, dim, strong };

/// `text` in the tone's colour.
std::string toned(std::string_view text, Tone tone, bool colour);

/// How many columns of a terminal a UTF-8 text takes: two for wide characters, none for combining
/// ones.
std::size_t text_width(std::string_view text);

/// `text` in at most so many columns, with `…` at its end when something is missing; line breaks,
/// tabs and other control characters become blanks.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace sheetbq::app
