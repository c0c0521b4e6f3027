#include "sheetbq/app/man_page.hpp"

#include "sheetbq/app/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

/// Of the last change to what these pages say; builds of the same sources are the same.
constexpr std::string_view date = "November 23, 2026";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else
            out += c == '\n' ? ' ' : c;
    }
    return out;
}

/// A line of text: never taken for a macro.
std::string text_line(std::string_view text) {
    const bool dangerous = !text.empty() && (text.front() == '.' || text.front() == '\'');
    return fmt::format("{}{}\n", dangerous ? "\\&" : "", escaped(text));
}

/// Text with a line for each sentence, as man(1) likes it.
std::string text_lines(std::string_view text) {
    constexpr std::string_view ends = ".!?";
    std::string out;
    std::size_t begin = 0;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        const char next = text[i + 2];
        const bool small = next >= 'a' && next <= 'z';
        if (ends.find(text[i]) == std::string_view::npos || text[i + 1] != ' ' || small) continue;
        out += text_line(text.substr(begin, i + 1 - begin));
        begin = i + 2;
    }
    return out + text_line(text.substr(begin));
}

/// A word behind a macro: neither a macro itself nor punctuation.
std::string word(std::string_view text) {
    auto inner = escaped(text);
    for (auto at = inner.find('"'); at != std::string::npos; at = inner.find('"', at + 5))
        inner.replace(at, 1, "\\(dq");
    return inner.find(' ') == std::string::npos ? "\\&" + inner : "\"\\&" + inner + "\"";
}

/// `text` with a capital letter and a full stop.
std::string sentence(std::string_view text) {
    std::string out{text};
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    if (!out.empty() && out.back() != '.') out += '.';
    return out;
}

std::string section(std::string_view title) { return fmt::format(".Sh {}\n", title); }

constexpr std::string_view begin_list = ".Bl -tag -width Ds\n";
constexpr std::string_view end_list = ".El\n";

/// Lines of a text's paragraphs.
std::string paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto paragraph = text.substr(0, text.find("\n\n"));
        out += (out.empty() ? "" : ".Pp\n") + text_lines(paragraph);
        text.remove_prefix(std::min(paragraph.size() + 2, text.size()));
    }
    return out;
}

std::string flag_item(const Flag& flag) {
    std::string out = ".It ";
    if (flag.letter != '\0') out += fmt::format("Fl {} , ", flag.letter);
    const bool is_on = flag.argument.empty() && flag.initial == "true";
    out += fmt::format("Fl Fl {}{}", is_on ? "\\&[no-]" : "", flag.name);
    if (!flag.argument.empty()) out += fmt::format(" Ns = Ns Ar {}", word(flag.argument));
    out += "\n" + text_lines(sentence(flag.description));
    if (!flag.argument.empty() && !flag.initial.empty() && !flag.secret)
        out += text_line(fmt::format("Default: {}.", flag.initial));
    if (!flag.variables.empty()) out += text_line(fmt::format("Variable: {}.", flag.variables));
    return out;
}

std::string flag_list(std::span<const Flag> flags) {
    std::string out{begin_list};
    for (const auto& flag : flags) out += flag_item(flag);
    return out.append(end_list);
}

std::string grouped_flags(std::span<const Flag> flags) {
    std::vector<std::string_view> groups;
    for (const auto& flag : flags)
        if (std::find(groups.begin(), groups.end(), flag.group) == groups.end())
            groups.push_back(flag.group);
    std::string out;
    for (const auto group : groups) {
        std::vector<Flag> members;
        std::copy_if(flags.begin(), flags.end(), std::back_inserter(members),
                     [&](const Flag& flag) { return flag.group == group; });
        out += fmt::format(".Ss {}\n", group) + flag_list(members);
    }
    return out;
}

std::string command_item(const Command& command, std::span<const Flag> shared) {
    auto out = fmt::format(".It Cm {}", word(command.path));
    for (const auto& argument : command.arguments) {
        const auto name = fmt::format("Ar {}{}", word(argument.name), argument.many ? " ..." : "");
        out += argument.required ? " " + name : fmt::format(" Oo {} Oc", name);
    }
    out += "\n" + text_lines(sentence(command.summary));
    if (!command.details.empty()) out += ".Pp\n" + paragraphs(command.details);
    if (command.flags.empty()) return out;
    std::vector<Flag> own;
    for (const auto& flag : command.flags.front())
        if (std::none_of(shared.begin(), shared.end(),
                         [&](const Flag& each) { return each.name == flag.name; }))
            own.push_back(flag);
    return own.empty() ? out : out + flag_list(own);
}

std::string commands(const CommandSet& set, std::span<const Flag> shared) {
    std::vector<std::string_view> headings;
    for (const auto& command : set.commands)
        if (!command.hidden &&
            std::find(headings.begin(), headings.end(), command.heading) == headings.end())
            headings.push_back(command.heading);
    std::string out;
    for (const auto heading : headings) {
        out += fmt::format(".Ss {}\n{}", heading, begin_list);
        for (const auto& command : set.commands)
            if (!command.hidden && command.heading == heading) out += command_item(command, shared);
        out += end_list;
    }
    return out;
}

std::string entries(std::span<const ManEntry> list, std::string_view macro) {
    std::string out{begin_list};
    for (const auto& entry : list)
        out +=
            fmt::format(".It {} {}\n", macro, word(entry.name)) + text_lines(sentence(entry.text));
    return out.append(end_list);
}

std::string exit_status() {
    std::string out{begin_list};
    for (const auto& [code, meaning] : exit_codes())
        out += fmt::format(".It {}\n", code) + text_lines(sentence(meaning));
    return out.append(end_list);
}

std::string examples(std::span<const Example> list) {
    std::string out;
    for (const auto& example : list) {
        auto effect = sentence(example.effect);
        effect.back() = ':';
        out += fmt::format("{}{}.Bd -literal -offset indent\n{}.Ed\n", out.empty() ? "" : ".Pp\n",
                           text_line(effect), text_line(example.line));
    }
    return out;
}

std::string head(const Manual& manual) {
    std::string title{manual.name};
    std::transform(title.begin(), title.end(), title.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    auto out = fmt::format(".Dd {}\n.Dt {} 1\n.Os\n.Sh NAME\n", date, title);
    if (manual.commands == nullptr)
        return out + fmt::format(".Nm {0}\n.Nd {1}\n.Sh SYNOPSIS\n.Nm {0}\n.Op Ar flags\n",
                                 manual.name, escaped(manual.summary));
    return out + fmt::format(
                     ".Nm {0} ,\n.Nm {1}\n.Nd {2}\n.Sh SYNOPSIS\n.Nm {1}\n.Ar command\n"
                     ".Op Ar argument ...\n.Op Ar flags\n",
                     manual.name, manual.commands->program, escaped(manual.summary));
}

}  // namespace

std::string man_page(const Manual& manual) {
    auto out = head(manual) + section("DESCRIPTION") + paragraphs(manual.details);
    if (manual.commands != nullptr)
        out += section("COMMANDS") + commands(*manual.commands, manual.flags);
    if (!manual.flags.empty())
        out += section(manual.commands != nullptr ? "FLAGS OF ALL COMMANDS" : "FLAGS") +
               grouped_flags(manual.flags);
    if (!manual.variables.empty()) out += section("ENVIRONMENT") + entries(manual.variables, "Ev");
    if (!manual.files.empty()) out += section("FILES") + entries(manual.files, "Pa");
    out += section("EXIT STATUS") + exit_status();
    if (!manual.examples.empty()) out += section("EXAMPLES") + examples(manual.examples);
    if (manual.see_also.empty()) return out;
    out += section("SEE ALSO");
    for (const auto& page : manual.see_also)
        out += fmt::format(".Xr {} 1{}\n", page, &page == &manual.see_also.back() ? "" : " ,");
    return out;
}

std::vector<ManEntry> manual_variables(std::span<const Flag> flags) {
    std::vector<ManEntry> out;
    const auto add = [&](std::string_view name, std::string text) {
        const bool known = std::any_of(out.begin(), out.end(),
                                       [&](const ManEntry& each) { return each.name == name; });
        if (!known) out.push_back({std::string{name}, std::move(text)});
    };
    for (const auto& flag : flags)
        for (auto rest = flag.variables; !rest.empty();) {
            const auto name = rest.substr(0, rest.find(' '));
            add(name, fmt::format("see --{}", flag.name));
            rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        }
    for (const auto& setting : setting_definitions())
        add(setting.name,
            fmt::format(
                "{} Values: {}.{}", setting.description, setting.values,
                setting.initial.empty() ? "" : fmt::format(" Default: {}.", setting.initial)));
    return out;
}

std::vector<ManEntry> manual_files(bool settings) {
    std::vector<ManEntry> out;
    if (settings)
        out = {{"./sheetbq.toml", "settings; wins over the next two"},
               {"~/.config/sheetbq/config.toml", "settings of a person"},
               {"/etc/sheetbq/config.toml", "settings of the machine"}};
    out.push_back({"~/.config/gcloud/application_default_credentials.json",
                   "credentials that gcloud auth application-default login wrote; read when "
                   "GOOGLE_APPLICATION_CREDENTIALS is not set"});
    return out;
}

}  // namespace sheetbq::app
