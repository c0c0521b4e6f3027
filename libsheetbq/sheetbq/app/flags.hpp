#pragma once

#include "sheetbq/core/error.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// One flag of a program. The table of these serves parsing, help, completion, man pages and docs.
struct Flag {
    std::string_view name;         ///< without dashes, e.g. `postgres-host`
    std::string_view argument;     ///< what help calls its value, e.g. HOST; empty: a switch
    std::string_view variables;    ///< that give it too, in order, separated by spaces
    std::string_view initial;      ///< default, as typed
    std::string_view group;        ///< heading in --help
    std::string_view description;  ///< one line, lower case
    bool secret = false;           ///< is never printed and wiped from the command line
    char letter = '\0';            ///< `-o` for short; none: '\0'
    std::string_view values{};     ///< words it may be, separated by spaces; empty: anything
    bool repeated = false;         ///< may be given several times; see FlagValues::all
};

/// What a settings file says: values of flags, by name.
struct SettingsFile {
    std::string path;
    std::map<std::string, std::string, std::less<>> values;
};

/// Whether a command takes words that are no flags.
enum class Arguments { none, some };

/// The values of a program's flags: flag over environment over settings files over default.
class FlagValues {
public:
    /// Reads a command line; `--name=value` and `--name value` mean the same, a switch also takes
    /// `--no-name` and `--name=false`, the last of several wins. Secrets are overwritten in `argv`.
    /// @param flags  must outlive this.
    /// @throws Error usage for an unknown flag (with the nearest known one), a missing value, a
    /// word
    ///     that is none of a flag's values.
    FlagValues(std::span<const Flag> flags, int argc, char** argv,
               const std::function<std::optional<std::string>(std::string_view)>& variable,
               Arguments arguments = Arguments::none);

    /// Takes from a file what is not known yet; the first file wins. What it says of other flags is
    /// left alone. @throws Error usage as the constructor.
    void fall_back_to(const SettingsFile& file);

    /// The words that are no flags.
    const std::vector<std::string>& arguments() const { return arguments_; }
    /// Whether there is such a flag at all.
    bool knows(std::string_view name) const;
    bool on(std::string_view name) const;
    std::string text(std::string_view name) const;
    std::optional<std::string> given(std::string_view name) const;  ///< by flag or variable
    /// Given by the command line itself.
    bool typed(std::string_view name) const;
    /// @throws Error usage when it is no number of that range.
    long number(std::string_view name, long least, long most) const;
    /// `150s`, `40m`, `90d`, `250ms`; a bare number is seconds. @throws Error usage.
    std::chrono::milliseconds duration(std::string_view name) const;
    /// `60/m`, `2/s`, `100/h`: how many a second. @throws Error usage.
    double rate(std::string_view name) const;
    std::vector<int> numbers(std::string_view name) const;        ///< `1,2,3`
    std::vector<std::string> words(std::string_view name) const;  ///< separated by commas
    std::vector<std::string> all(std::string_view name) const;    ///< of a repeated flag, in order
    /// Where a value comes from: `--flag`, `--no-flag`, `VARIABLE`, a settings file's path,
    /// `default`.
    std::string origin(std::string_view name) const;

private:
    struct Value {
        std::string text;
        std::string origin;
    };
    const Flag& flag(std::string_view name) const;
    void take_variables(
        const Flag& flag,
        const std::function<std::optional<std::string>(std::string_view)>& variable);
    void check(const Flag& flag) const;
    Error refusal(const Flag& flag, std::string reason, std::string_view example) const;

    std::span<const Flag> flags_;
    std::map<std::string, Value, std::less<>> values_;
    std::map<std::string, std::vector<std::string>, std::less<>> repeated_;
    std::vector<std::string> arguments_;
};

/// `text` in lines of at most `width`, words kept whole; `line` is what the first begins with, and
/// further ones are indented. Ends with a line break.
std::string set_words(std::string line, std::size_t indent, std::string_view text,
                      std::size_t width = 80);

/// The flags by group, with defaults and variables, as --help prints them.
std::string describe_flags(std::span<const Flag> flags);

}  // namespace sheetbq::app
