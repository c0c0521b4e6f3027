#include "sheetbq/app/flags.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/core/nearest.hpp"

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sheetbq::app {
namespace {

namespace po = boost::program_options;

constexpr std::string_view negation = "no-";

bool is_switch(const Flag& flag) { return flag.argument.empty(); }

const Flag* find_flag(std::span<const Flag> flags, std::string_view name) {
    const auto found = std::find_if(flags.begin(), flags.end(),
                                    [&](const Flag& flag) { return flag.name == name; });
    return found == flags.end() ? nullptr : &*found;
}

std::string negated(const Flag& flag) { return fmt::format("{}{}", negation, flag.name); }

std::optional<bool> truth(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    constexpr std::array yes{"true", "yes", "on", "1"};
    constexpr std::array no{"false", "no", "off", "0", ""};
    if (std::find(yes.begin(), yes.end(), word) != yes.end()) return true;
    if (std::find(no.begin(), no.end(), word) != no.end()) return false;
    return std::nullopt;
}

std::string program_name(int argc, char** argv) {
    if (argc < 1) return "it";
    const std::string_view path = argv[0];
    return std::string{path.substr(path.rfind('/') + 1)};
}

/// Everything that may stand behind two dashes.
std::vector<std::string> known_names(std::span<const Flag> flags) {
    std::vector<std::string> names;
    for (const auto& flag : flags) names.emplace_back(flag.name);
    for (const auto& flag : flags)
        if (is_switch(flag)) names.push_back(negated(flag));
    return names;
}

/// The name that a word of the command line names; without dashes and value.
std::string bare_name(std::string_view word) {
    word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
    return std::string{word.substr(0, word.find('='))};
}

/// What a name or word that is no flag may have meant.
Error unknown(const std::string& program, std::span<const Flag> flags, const std::string& word) {
    const auto names = known_names(flags);
    const bool dashes = word.starts_with('-');
    const auto name = bare_name(word);
    const auto meant = nearest(name, names);
    const auto more = fmt::format("{} --help lists all flags.", program);
    // What follows = may be a secret, so it is not repeated.
    return Error{Code::usage, dashes ? fmt::format("there is no flag --{}", name)
                                     : fmt::format("\"{}\" is no flag", word)}
        .because(dashes ? "flags are not abbreviated, and unknown ones are never ignored"
                        : "flags begin with two dashes, and values follow their flag")
        .fix(meant.empty() ? more : fmt::format("Did you mean --{}? {}", meant, more));
}

Error no_value(const Flag& flag) {
    return Error{Code::usage, fmt::format("--{} needs a value", flag.name)}
        .because(fmt::format("--{}: {}", flag.name, flag.description))
        .fix(fmt::format("Write --{}={}.", flag.name, flag.argument));
}

po::options_description described(std::span<const Flag> flags) {
    po::options_description options;
    for (const auto& flag : flags) {
        if (!is_switch(flag)) {
            options.add_options()(std::string{flag.name}.c_str(), po::value<std::string>());
            continue;
        }
        options.add_options()(std::string{flag.name}.c_str(), po::value<bool>()->zero_tokens());
        options.add_options()(negated(flag).c_str(), po::value<bool>()->zero_tokens());
    }
    return options;
}

/// The words of the command line, taken apart.
po::parsed_options parse(const std::string& program, std::span<const Flag> flags,
                         const std::vector<std::string>& words) {
    namespace style = po::command_line_style;
    constexpr int strict = style::allow_long | style::long_allow_next | style::long_allow_adjacent;
    const auto known = described(flags);
    try {
        return po::command_line_parser{words}.options(known).style(strict).run();
    } catch (const po::unknown_option& problem) {
        throw unknown(program, flags, "--" + bare_name(problem.get_option_name()));
    } catch (const po::error_with_option_name& problem) {
        const auto name = bare_name(problem.get_option_name());
        const auto* const flag = find_flag(flags, name);
        if (flag == nullptr || is_switch(*flag))
            throw Error{Code::usage, fmt::format("--{} takes no value", name)}
                .because("it is either given or not")
                .fix(flag == nullptr ? fmt::format("Write --{} alone.", name)
                                     : fmt::format("Write --{0} or --no-{0}.", name));
        throw no_value(*flag);
    }
}

/// The value of a flag that takes one, which stands at `argv[at]`; moves on to it.
char* value_at(int argc, char** argv, int& at) {
    char* const equals = std::strchr(argv[at], '=');
    if (equals != nullptr) return equals + 1;
    return at + 1 < argc ? argv[++at] : nullptr;
}

/// Others can read a program's command line; a password needs not stay there.
void wipe_secrets(std::span<const Flag> flags, int argc, char** argv) {
    for (int i = 1; i < argc && std::string_view{argv[i]} != "--"; ++i) {
        const std::string_view word = argv[i];
        const auto* const flag = find_flag(flags, bare_name(word));
        if (!word.starts_with("--") || flag == nullptr || is_switch(*flag)) continue;
        char* const value = value_at(argc, argv, i);
        if (value == nullptr || !flag->secret) continue;
        const auto size = std::strlen(value);
        std::memset(value, 0, size);
        if (size != 0) *value = '*';
    }
}

/// `-o` as `--output`, `--switch=false` as `--no-switch`.
std::string plain_word(std::span<const Flag> flags, const std::string& word) {
    const auto lettered = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) {
        return word.size() == 2 && word[0] == '-' && word[1] == flag.letter;
    });
    if (lettered != flags.end()) return fmt::format("--{}", lettered->name);
    const auto equals = word.find('=');
    if (!word.starts_with("--") || equals == std::string::npos) return word;
    const auto* const flag = find_flag(flags, bare_name(word));
    if (flag == nullptr || !is_switch(*flag)) return word;
    const auto on = truth(word.substr(equals + 1));
    if (!on || equals + 1 == word.size()) return word;
    return fmt::format("--{}", *on ? std::string{flag->name} : negated(*flag));
}

/// The words after the program's name.
std::vector<std::string> words_of(std::span<const Flag> flags, int argc, char** argv) {
    std::vector<std::string> words{argv + std::min(argc, 1), argv + argc};
    const auto end = std::find(words.begin(), words.end(), "--");
    std::transform(words.begin(), end, words.begin(),
                   [&](const std::string& word) { return plain_word(flags, word); });
    return words;
}

/// `--host --dry-run` is a forgotten value; whoever means it writes `--host=--dry-run`.
bool is_forgotten(std::span<const Flag> flags, const po::option& option) {
    if (option.original_tokens.size() < 2 || !option.original_tokens[1].starts_with("--"))
        return false;
    const auto names = known_names(flags);
    const auto next = bare_name(option.original_tokens[1]);
    return std::find(names.begin(), names.end(), next) != names.end();
}

/// A flag's name and what it is set to.
std::pair<std::string, std::string> setting_of(std::span<const Flag> flags,
                                               const po::option& option) {
    const auto* const flag = find_flag(flags, option.string_key);
    if (flag == nullptr) return {option.string_key.substr(negation.size()), "false"};
    if (is_forgotten(flags, option)) throw no_value(*flag);
    return {option.string_key, option.value.empty() ? "true" : option.value.at(0)};
}

}  // namespace

FlagValues::FlagValues(std::span<const Flag> flags, int argc, char** argv,
                       const std::function<std::optional<std::string>(std::string_view)>& variable,
                       Arguments arguments)
    : flags_{flags} {
    const auto program = program_name(argc, argv);
    const auto words = words_of(flags, argc, argv);
    wipe_secrets(flags, argc, argv);
    for (const auto& option : parse(program, flags, words).options) {
        if (option.string_key.empty()) {
            if (arguments == Arguments::none) throw unknown(program, flags, option.value.at(0));
            arguments_.push_back(option.value.at(0));
            continue;
        }
        auto [name, text] = setting_of(flags, option);
        if (flag(name).repeated) repeated_[name].push_back(text);
        values_.insert_or_assign(std::move(name),
                                 Value{std::move(text), fmt::format("--{}", option.string_key)});
    }
    for (const auto& flag : flags) {
        take_variables(flag, variable);
        check(flag);
    }
}

void FlagValues::fall_back_to(const SettingsFile& file) {
    for (const auto& flag : flags_) {
        const auto found = file.values.find(flag.name);
        if (found == file.values.end()) continue;
        const auto [at, taken] =
            values_.emplace(std::string{flag.name}, Value{found->second, file.path});
        if (taken) check(flag);
    }
}

void FlagValues::check(const Flag& flag) const {
    if (is_switch(flag) && !truth(text(flag.name)))
        throw refusal(flag, "it is true or false", "true");
    if (flag.values.empty() || !given(flag.name)) return;
    const auto word = text(flag.name);
    const auto known = fmt::format(" {} ", flag.values);
    if (word.find(' ') == std::string::npos && !word.empty() &&
        known.find(fmt::format(" {} ", word)) != std::string::npos)
        return;
    throw refusal(flag, fmt::format("its values are: {}", flag.values),
                  flag.values.substr(0, flag.values.find(' ')));
}

std::vector<std::string> FlagValues::all(std::string_view name) const {
    const auto found = repeated_.find(name);
    if (found != repeated_.end()) return found->second;
    const auto one = given(name);
    return one ? std::vector{*one} : std::vector<std::string>{};
}

void FlagValues::take_variables(
    const Flag& flag, const std::function<std::optional<std::string>(std::string_view)>& variable) {
    for (auto rest = flag.variables; !rest.empty() && !values_.contains(flag.name);) {
        const auto name = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (auto value = variable(name))
            values_.emplace(flag.name, Value{std::move(*value), std::string{name}});
    }
}

const Flag& FlagValues::flag(std::string_view name) const {
    const auto* const found = find_flag(flags_, name);
    if (found == nullptr)
        throw Error{Code::internal, fmt::format("the table of flags has no --{}", name)}.fix(
            "Report this as a bug of sheetbq.");
    return *found;
}

bool FlagValues::knows(std::string_view name) const { return find_flag(flags_, name) != nullptr; }

bool FlagValues::on(std::string_view name) const { return truth(text(name)).value_or(false); }

std::string FlagValues::text(std::string_view name) const {
    const auto& known = flag(name);
    const auto found = values_.find(name);
    return found == values_.end() ? std::string{known.initial} : found->second.text;
}

std::optional<std::string> FlagValues::given(std::string_view name) const {
    const auto found = values_.find(flag(name).name);
    if (found == values_.end()) return std::nullopt;
    return found->second.text;
}

bool FlagValues::typed(std::string_view name) const { return origin(name).starts_with("--"); }

std::string FlagValues::origin(std::string_view name) const {
    const auto found = values_.find(flag(name).name);
    return found == values_.end() ? "default" : found->second.origin;
}

}  // namespace sheetbq::app
