#include "sheetbq/app/table_change.hpp"

#include "sheetbq/table/column_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::app {
namespace {

using table::Column;
using table::Schema;

std::string whole_type(const Column& column) {
    const auto mode = mode_text(column);
    return type_text(column) + (mode == "NULLABLE" ? "" : " " + mode);
}

const Column* find(const Schema& schema, const std::string& name) {
    const auto found = std::find_if(schema.begin(), schema.end(), [&](const Column& each) {
        return table::fold_case(each.name) == table::fold_case(name);
    });
    return found == schema.end() ? nullptr : &*found;
}

}  // namespace

std::string type_text(const Column& column) {
    std::string name = column.type == table::Type::other && !column.type_name.empty()
                           ? column.type_name
                           : std::string{to_string(column.type)};
    if (column.precision && column.scale)
        return fmt::format("{}({},{})", name, *column.precision, *column.scale);
    if (column.precision) return fmt::format("{}({})", name, *column.precision);
    if (column.max_length) return fmt::format("{}({})", name, *column.max_length);
    return name;
}

std::string mode_text(const Column& column) {
    if (column.repeated) return "REPEATED";
    return column.required ? "REQUIRED" : "NULLABLE";
}

std::vector<ColumnChange> column_changes(const Schema& before, const Schema& after) {
    std::vector<ColumnChange> changes;
    for (const auto& column : before) {
        const auto* const then = find(after, column.name);
        if (then == nullptr)
            changes.push_back({column.name, whole_type(column), ""});
        else if (whole_type(column) != whole_type(*then))
            changes.push_back({column.name, whole_type(column), whole_type(*then)});
    }
    for (const auto& column : after)
        if (find(before, column.name) == nullptr)
            changes.push_back({column.name, "", whole_type(column)});
    return changes;
}

}  // namespace sheetbq::app
