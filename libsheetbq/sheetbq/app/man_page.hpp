#pragma once

#include "sheetbq/app/command.hpp"
#include "sheetbq/app/flags.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// A variable or a file, and what it is for.
struct ManEntry {
    std::string name;
    std::string text;
};

/// What a manual page says of a program.
struct Manual {
    std::string_view name;     ///< e.g. `sheetbq-job`
    std::string_view summary;  ///< one line, lower case
    std::string_view details;  ///< paragraphs, separated by empty lines
    /// The program's commands; nothing for a program that has none.
    const CommandSet* commands = nullptr;
    std::vector<Flag> flags;  ///< of the program itself, or those that its commands share
    std::vector<ManEntry> variables;
    std::vector<ManEntry> files;
    std::vector<Example> examples;
    std::vector<std::string_view> see_also;  ///< pages of section 1, in alphabetical order
};

/// The page in mdoc, for man(1).
std::string man_page(const Manual& manual);

/// The variables that flags are given by, then those that every program reads.
std::vector<ManEntry> manual_variables(std::span<const Flag> flags);

/// The files that settings and credentials are read from.
std::vector<ManEntry> manual_files(bool settings);

}  // namespace sheetbq::app
