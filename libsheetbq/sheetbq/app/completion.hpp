#pragma once

#include "sheetbq/app/command.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// What a word of a command line may become.
struct Candidate {
    std::string word;
    std::string description{};  ///< one line; may be empty
};

/// What stands where the cursor is, beside the words that are known.
enum class Completes {
    words,    ///< nothing else
    files,    ///< a file, which the shell knows best
    folders,  ///< a folder, the same
    configs,  ///< a configuration: its name, or its id
    runs,     ///< a run's id
};

/// How a command line may go on.
struct Completion {
    Completes completes = Completes::words;
    std::vector<Candidate> candidates{};  ///< all begin with what is typed
    std::string typed{};  ///< what is being completed: the value alone of `--flag=value`
};

/// How the line may go on at its last word.
/// @param words  without the program; the last is the one at the cursor, perhaps empty.
Completion complete(const CommandSet& set, std::span<const std::string> words);

/// Those that begin with what is typed.
std::vector<Candidate> beginning_with(std::vector<Candidate> all, std::string_view typed);

/// The script that teaches a shell to ask `PROGRAM __complete -- WORDS...`.
/// @param shell  bash, zsh or fish.
/// @param program  as it is typed; the script serves `sheetbq-PROGRAM` too.
std::string completion_script(std::string_view shell, std::string_view program);

}  // namespace sheetbq::app
