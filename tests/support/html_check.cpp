#include "support/html_check.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sheetbq::testing {
namespace {

constexpr std::array<std::string_view, 5> empty_elements{"meta", "link", "input", "br", "!DOCTYPE"};

struct Tag {
    std::string name;
    bool closing = false;
    bool closed_at_once = false;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string problem;
};

Tag read_tag(std::string_view text) {
    Tag tag;
    if (text.starts_with('/')) {
        tag.closing = true;
        text.remove_prefix(1);
    }
    if (text.ends_with('/')) {
        tag.closed_at_once = true;
        text.remove_suffix(1);
    }
    tag.name = text.substr(0, text.find(' '));
    text.remove_prefix(tag.name.size());
    std::set<std::string> seen;
    while (!text.empty()) {
        if (text.front() != ' ') tag.problem = "attributes of " + tag.name;
        const auto begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos || !tag.problem.empty()) break;
        text.remove_prefix(begin);
        const std::string name{text.substr(0, text.find_first_of("= "))};
        text.remove_prefix(name.size());
        if (!seen.insert(name).second) tag.problem = name + " twice in " + tag.name;
        std::string value;
        if (text.starts_with("=\"")) {
            const auto end = text.find('"', 2);
            if (end == std::string_view::npos) {
                tag.problem = "open quote in " + tag.name;
                break;
            }
            value = text.substr(2, end - 2);
            text.remove_prefix(end + 1);
        }
        tag.attributes.emplace_back(name, value);
    }
    return tag;
}

/// The end of the tag whose `<` stands in front; quotes may hold `>`.
std::size_t tag_end(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == '>' && !quoted) return i;
    }
    return std::string_view::npos;
}

bool bare_ampersand(std::string_view text) {
    for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
        const auto rest = text.substr(at);
        const bool known = rest.starts_with("&amp;") || rest.starts_with("&lt;") ||
                           rest.starts_with("&gt;") || rest.starts_with("&quot;") ||
                           rest.starts_with("&#39;");
        if (!known) return true;
    }
    return false;
}

/// Calls `on_text` and `on_tag` for what the page is made of; style sheets are no text.
template <class OnText, class OnTag>
std::string walk(std::string_view page, const OnText& on_text, const OnTag& on_tag) {
    bool in_style = false;
    while (!page.empty()) {
        const auto begin = in_style ? page.find("</style>") : std::min(page.find('<'), page.size());
        if (begin == std::string_view::npos) return "open style";
        if (!in_style) on_text(page.substr(0, begin));
        page.remove_prefix(begin);
        if (page.empty()) break;
        const auto end = tag_end(page);
        if (end == std::string_view::npos) return "open tag";
        const auto tag = read_tag(page.substr(1, end - 1));
        if (!tag.problem.empty()) return tag.problem;
        in_style = tag.name == "style" && !tag.closing;
        on_tag(tag);
        page.remove_prefix(end + 1);
    }
    return {};
}

}  // namespace

std::string html_problem(std::string_view page) {
    std::vector<std::string> open;
    std::string problem;
    const auto note = [&](const std::string& text) {
        if (problem.empty()) problem = text;
    };
    auto broken = walk(
        page,
        [&](std::string_view text) {
            if (bare_ampersand(text)) note("bare & in: " + std::string{text.substr(0, 80)});
        },
        [&](const Tag& tag) {
            for (const auto& [name, value] : tag.attributes)
                if (bare_ampersand(value) || value.find('<') != std::string::npos)
                    note("bare & or < in " + name + " of " + tag.name);
            if (tag.closing) {
                if (open.empty() || open.back() != tag.name) note("stray </" + tag.name + ">");
                if (!open.empty()) open.pop_back();
            } else if (!tag.closed_at_once &&
                       std::find(empty_elements.begin(), empty_elements.end(), tag.name) ==
                           empty_elements.end()) {
                open.push_back(tag.name);
            }
        });
    if (!broken.empty()) return broken;
    if (problem.empty() && !open.empty()) return "open <" + open.back() + ">";
    return problem;
}

std::string shown_text(std::string_view page) {
    std::string out;
    walk(
        page, [&](std::string_view text) { out += text; }, [](const Tag&) {});
    return out;
}

std::vector<std::string> attribute_values(std::string_view page, std::string_view name) {
    std::vector<std::string> out;
    walk(
        page, [](std::string_view) {},
        [&](const Tag& tag) {
            for (const auto& [key, value] : tag.attributes)
                if (key == name) out.push_back(value);
        });
    return out;
}

}  // namespace sheetbq::testing
