#pragma once

#include "sheetbq/table/kind.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::table {

/// One column as BigQuery describes it.
struct Column {
    std::string name;
    Type type = Type::string;
    bool required = false;
    bool repeated = false;
    std::string description{};
    std::optional<std::int64_t> max_length{};
    std::optional<std::int64_t> precision{};
    std::optional<std::int64_t> scale{};
    std::string type_name{};  ///< as spelled by the service or the user; names `Type::other`
};

using Schema = std::vector<Column>;

/// Reads `schema.fields` of tables.get; tolerant: unknown types are `Type::other`.
Schema schema_from_json(const boost::json::array& fields);

/// `{name, type, mode, description, maxLength, precision, scale}`, absent where empty; the type by
/// its legacy name (INTEGER, FLOAT, BOOLEAN), which every version of the API understands.
boost::json::object to_json(const Column& column);

/// Reads CUSTOM_SCHEMA: a JSON list of fields, `{"fields": [...]}`, or `name:TYPE,name:TYPE`
/// (a name may be quoted with backticks; `TYPE(10,2)` parameters are understood in all forms).
/// Every problem is reported in one Error, each with its position (line and column of broken JSON,
/// number and name of the field otherwise): unknown keys, types, modes, duplicate names (without
/// case), names that BigQuery refuses, REPEATED and RECORD, an empty list.
/// @throws Error bad_config.
Schema parse_custom_schema(std::string_view text);

}  // namespace sheetbq::table
