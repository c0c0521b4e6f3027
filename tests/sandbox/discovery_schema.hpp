#pragma once

#include "field_mask.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// Checks JSON against the `schemas` of one discovery file.
class SchemaCheck {
public:
    explicit SchemaCheck(const boost::json::object& schemas) : schemas_{schemas} {}

    /// Appends what is wrong with `given` as a resource of type `name`.
    void body(const boost::json::value& given, const std::string& name,
              std::vector<std::string>& problems) const;

    /// Appends the paths of `mask` that resources of type `name` do not have.
    void mask(const FieldMask& mask, const std::string& name,
              std::vector<std::string>& problems) const;

private:
    const boost::json::object* find(const std::string& name) const;
    static const boost::json::object* property(const boost::json::object& schema,
                                               std::string_view field);
    void value(const boost::json::value& given, const boost::json::object& schema,
               const std::string& path, std::vector<std::string>& problems) const;
    void resource(const boost::json::object& object, const boost::json::object& schema,
                  const std::string& path, std::vector<std::string>& problems) const;
    void mask_at(const FieldMask& mask, const boost::json::object* schema, const std::string& path,
                 std::vector<std::string>& problems) const;
    const boost::json::object* follow(const boost::json::object* schema) const;

    const boost::json::object& schemas_;
};

/// `text` is a decimal number of that integer format (int32, uint32, int64, uint64, "" = any).
bool is_integer_text(std::string_view text, std::string_view format);

/// The string member, or "".
std::string_view member(const boost::json::object& object, std::string_view name);

}  // namespace sheetbq::sandbox
