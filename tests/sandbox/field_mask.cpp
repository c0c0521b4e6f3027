#include "field_mask.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <cctype>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

/// Reads `list := item (',' item)*`, `item := name (('.'|'/') name)* ['(' list ')']`.
class Parser {
public:
    explicit Parser(std::string_view text) : rest_{text} {}

    bool list(FieldMask& into) {
        do {
            if (!item(into)) return false;
        } while (take(','));
        return true;
    }
    bool done() const { return rest_.empty(); }

private:
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view name() {
        std::size_t size = 0;
        while (size < rest_.size() && is_name(rest_[size])) ++size;
        const auto word = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return word;
    }

    static bool is_name(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
               c == '*' || c == '$';
    }

    bool item(FieldMask& into) {
        auto* at = &into;
        do {
            const auto word = name();
            if (word.empty()) return false;
            at = &at->children[std::string{word}];
        } while (take('.') || take('/'));
        if (take('(')) return list(*at) && take(')');
        at->everything = true;
        return true;
    }

    std::string_view rest_;
};

}  // namespace

std::optional<FieldMask> FieldMask::parse(std::string_view text) {
    FieldMask mask;
    mask.everything = text.empty();
    if (text.empty()) return mask;
    Parser parser{text};
    if (!parser.list(mask) || !parser.done()) return std::nullopt;
    return mask;
}

const FieldMask* FieldMask::child(std::string_view name) const {
    if (everything) return this;
    auto found = children.find(name);
    if (found == children.end()) found = children.find("*");
    return found == children.end() ? nullptr : &found->second;
}

json::value FieldMask::apply(const json::value& value) const {
    if (everything) return value;
    if (const auto* array = value.if_array()) {
        json::array out;
        for (const auto& item : *array) out.push_back(apply(item));
        return out;
    }
    const auto* object = value.if_object();
    if (object == nullptr) return value;
    json::object out;
    for (const auto& [key, item] : *object)
        if (const auto* selected = child(key)) out.emplace(key, selected->apply(item));
    return out;
}

std::string FieldMask::unknown_path(const FieldMask& known) const {
    if (known.everything) return {};
    for (const auto& [name, below] : children) {
        if (name == "*") continue;
        const auto found = known.children.find(name);
        if (found == known.children.end()) return name;
        if (const auto path = below.unknown_path(found->second); !path.empty())
            return fmt::format("{}.{}", name, path);
    }
    return {};
}

}  // namespace sheetbq::sandbox
