#include "sheetbq/app/flags.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace sheetbq::app {
namespace {

using std::chrono::milliseconds;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = std::min(text.find_first_not_of(blank), text.size());
    return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

template <class Number>
std::optional<Number> whole_text(std::string_view text) {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || stop != end) return std::nullopt;
    return number;
}

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

/// Splits `150s` into its number and its unit.
std::pair<std::string_view, std::string_view> number_and_unit(std::string_view text,
                                                              std::string_view of_number) {
    const auto end = std::min(text.find_first_not_of(of_number), text.size());
    return {text.substr(0, end), text.substr(end)};
}

std::vector<std::string> parts(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        const auto part = list.substr(0, list.find(','));
        if (!trimmed(part).empty()) out.emplace_back(trimmed(part));
        list.remove_prefix(std::min(part.size() + 1, list.size()));
    }
    return out;
}

}  // namespace

Error FlagValues::refusal(const Flag& flag, std::string reason, std::string_view example) const {
    const auto from = origin(flag.name);
    const auto name = from == "default" ? fmt::format("--{}", flag.name) : from;
    return Error{Code::usage, flag.secret ? fmt::format("{} cannot be understood", name)
                                          : fmt::format("{} is \"{}\"", name, text(flag.name))}
        .because(std::move(reason))
        .fix(fmt::format("Write e.g. {}={}.", name, flag.initial.empty() ? example : flag.initial));
}

long FlagValues::number(std::string_view name, long least, long most) const {
    const auto value = whole_text<long>(trimmed(text(name)));
    if (!value || *value < least || *value > most)
        throw refusal(flag(name), fmt::format("it is a whole number from {} to {}", least, most),
                      std::to_string(least));
    return *value;
}

milliseconds FlagValues::duration(std::string_view name) const {
    constexpr std::array units{Unit{"", 1'000},      Unit{"ms", 1},       Unit{"s", 1'000},
                               Unit{"m", 60'000},    Unit{"min", 60'000}, Unit{"h", 3'600'000},
                               Unit{"d", 86'400'000}};
    constexpr std::int64_t longest = 36'500LL * 86'400'000;
    const auto whole = text(name);
    const auto [digits, word] = number_and_unit(trimmed(whole), "0123456789");
    const auto count = whole_text<std::int64_t>(digits);
    for (const auto& unit : units)
        if (count && word == unit.name && *count <= longest / unit.milliseconds)
            return milliseconds{*count * unit.milliseconds};
    throw refusal(flag(name), "a time is a whole number with ms, s, m, h or d behind it", "60s");
}

double FlagValues::rate(std::string_view name) const {
    constexpr std::array units{Unit{"/s", 1'000}, Unit{"/m", 60'000}, Unit{"/min", 60'000},
                               Unit{"/h", 3'600'000}, Unit{"/d", 86'400'000}};
    const auto whole = text(name);
    const auto [digits, word] = number_and_unit(trimmed(whole), "0123456789.");
    const auto count = whole_text<double>(digits);
    for (const auto& unit : units)
        if (count && word == unit.name && *count > 0 && std::isfinite(*count))
            return *count * 1'000 / static_cast<double>(unit.milliseconds);
    throw refusal(flag(name), "a rate is a number above 0 with /s, /m, /h or /d behind it", "60/m");
}

std::vector<int> FlagValues::numbers(std::string_view name) const {
    std::vector<int> out;
    for (const auto& part : parts(text(name))) {
        const auto value = whole_text<int>(part);
        if (!value)
            throw refusal(flag(name), fmt::format("\"{}\" is no whole number", part), "1,2,3");
        out.push_back(*value);
    }
    return out;
}

std::vector<std::string> FlagValues::words(std::string_view name) const {
    return parts(text(name));
}

}  // namespace sheetbq::app
