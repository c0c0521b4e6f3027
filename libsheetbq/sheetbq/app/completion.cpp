#include "sheetbq/app/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

using Words = std::span<const std::string>;

std::vector<Candidate> one_each(std::string_view list) {
    std::vector<Candidate> out;
    while (!list.empty()) {
        const auto word = list.substr(0, list.find(' '));
        if (!word.empty()) out.push_back({std::string{word}});
        list.remove_prefix(std::min(word.size() + 1, list.size()));
    }
    return out;
}

/// What a word of Command::completes asks for, or the argument's name of a flag.
Completes asked_for(std::string_view word) {
    struct Known {
        std::string_view word;
        Completes completes;
    };
    static constexpr std::array known{
        Known{"config", Completes::configs}, Known{"CONFIG", Completes::configs},
        Known{"run", Completes::runs},       Known{"RUN", Completes::runs},
        Known{"file", Completes::files},     Known{"FILE", Completes::files},
        Known{"FOLDER", Completes::folders},
    };
    const auto* const found = std::find_if(known.begin(), known.end(),
                                           [&](const Known& each) { return each.word == word; });
    return found == known.end() ? Completes::words : found->completes;
}

const Flag* find_flag(std::span<const Flag> flags, std::string_view word) {
    const auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) {
        const bool lettered = word.size() == 2 && word[0] == '-' && word[1] == flag.letter;
        return lettered || (word.starts_with("--") && word.substr(2) == flag.name);
    });
    return found == flags.end() ? nullptr : &*found;
}

bool takes_value(const Flag* flag) { return flag != nullptr && !flag->argument.empty(); }

Completion made_of(std::vector<Candidate> candidates, std::string_view typed) {
    return {.candidates = beginning_with(std::move(candidates), typed),
            .typed = std::string{typed}};
}

Completion values_of(const Flag& flag, std::string_view typed) {
    if (flag.argument.empty()) return made_of(one_each("true false"), typed);
    auto made = made_of(one_each(flag.values), typed);
    const bool config = flag.name == "config" || flag.name.starts_with("config-name") ||
                        flag.name == "config-id" || flag.name == "only-config";
    made.completes = config ? Completes::configs : asked_for(flag.argument);
    return made;
}

/// The flags that may still be given, a switch that is on by its name for off.
Completion flags_of(std::span<const Flag> flags, Words before, std::string_view typed) {
    std::vector<Candidate> names;
    for (const auto& flag : flags) {
        const auto given = std::any_of(before.begin(), before.end(), [&](const std::string& word) {
            return find_flag({&flag, 1}, word.substr(0, word.find('='))) != nullptr;
        });
        if (given && !flag.repeated) continue;
        const bool is_on = flag.argument.empty() && flag.initial == "true";
        names.push_back({fmt::format("--{}{}", is_on ? "no-" : "", flag.name),
                         fmt::format("{}{}", is_on ? "not: " : "", flag.description)});
    }
    return made_of(std::move(names), typed);
}

/// Commands and groups below those words, as far as they are commands.
std::vector<Candidate> commands_below(const CommandSet& set, Words words) {
    const auto path = fmt::format("{}", fmt::join(words, " "));
    std::vector<Candidate> out;
    if (!words.empty() && !set.is_group(path)) return out;
    for (auto& each : children(set, path)) out.push_back({each.word, std::move(each.summary)});
    return out;
}

/// The words of a line without flags and their values; nothing behind them counts as a flag when
/// `--` was among them.
struct Taken {
    std::vector<std::string> arguments;
    const Flag* waiting = nullptr;  ///< its value comes next
    bool only_arguments = false;
};

Taken take(std::span<const Flag> flags, Words words) {
    Taken taken;
    for (const auto& word : words) {
        if (taken.waiting != nullptr) {
            taken.waiting = nullptr;
        } else if (taken.only_arguments || !word.starts_with('-')) {
            taken.arguments.push_back(word);
        } else if (word == "--") {
            taken.only_arguments = true;
        } else if (const auto* const flag = find_flag(flags, word); takes_value(flag)) {
            taken.waiting = flag;
        }
    }
    return taken;
}

Completion argument_of(const CommandSet& set, const Command& command,
                       const std::vector<std::string>& before, std::string_view typed) {
    const auto& known = command.arguments;
    const bool over = before.size() >= known.size();
    if (known.empty() || (over && !known.back().many)) return made_of({}, typed);
    const auto list = known[std::min(before.size(), known.size() - 1)].completes;
    if (const auto asked = asked_for(list); asked != Completes::words)
        return {.completes = asked, .candidates = {}, .typed = std::string{typed}};
    std::vector<Candidate> out;
    for (auto& each : one_each(list)) {
        if (each.word != "command") {
            if (before.empty() || !known.back().many) out.push_back(std::move(each));
            continue;
        }
        for (auto& below : commands_below(set, before)) out.push_back(std::move(below));
    }
    return made_of(std::move(out), typed);
}

Completion behind(const CommandSet& set, const Command& command, Words words) {
    const auto flags = command.all_flags();
    const auto before = words.first(words.size() - 1);
    const std::string_view typed = words.back();
    const auto taken = take(flags, before);
    if (taken.waiting != nullptr) return values_of(*taken.waiting, typed);
    if (taken.only_arguments || !typed.starts_with('-'))
        return argument_of(set, command, taken.arguments, typed);
    const auto equals = typed.find('=');
    if (equals == std::string_view::npos) return flags_of(flags, before, typed);
    const auto* const flag = find_flag(flags, typed.substr(0, equals));
    return flag == nullptr ? Completion{} : values_of(*flag, typed.substr(equals + 1));
}

std::size_t count_words(std::string_view path) {
    return static_cast<std::size_t>(std::count(path.begin(), path.end(), ' ')) + 1;
}

}  // namespace

std::vector<Candidate> beginning_with(std::vector<Candidate> all, std::string_view typed) {
    std::erase_if(all, [&](const Candidate& each) { return !each.word.starts_with(typed); });
    return all;
}

Completion complete(const CommandSet& set, Words words) {
    if (words.empty()) return {};
    const auto before = words.first(words.size() - 1);
    if (const auto* const command = set.find(before))
        return behind(set, *command, words.subspan(count_words(command->path)));
    const std::string_view typed = words.back();
    if (!typed.starts_with('-')) return made_of(commands_below(set, before), typed);
    std::vector<Candidate> flags{{"--help", "what there is"}};
    if (before.empty()) flags.push_back({"--version", "print the version"});
    return made_of(std::move(flags), typed);
}

}  // namespace sheetbq::app
