#pragma once

#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// What a `fields` parameter selects: `a,b(c,d),e.f`, `e/f`, `*`.
struct FieldMask {
    bool everything = false;  ///< this field and all below it
    std::map<std::string, FieldMask, std::less<>> children;

    /// @returns nothing when `text` is malformed. An empty text selects everything.
    static std::optional<FieldMask> parse(std::string_view text);

    /// What is selected of a field of that name; null when it is not.
    const FieldMask* child(std::string_view name) const;

    /// The value without what is not selected; arrays are looked through.
    boost::json::value apply(const boost::json::value& value) const;

    /// The first selected path that `known` does not have, or "".
    std::string unknown_path(const FieldMask& known) const;
};

}  // namespace sheetbq::sandbox
