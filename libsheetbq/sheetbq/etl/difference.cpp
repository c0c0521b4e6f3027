#include "sheetbq/etl/difference.hpp"

#include "sheetbq/table/column_name.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sheetbq::etl {
namespace {

namespace json = boost::json;
using table::Column;

std::string type_of(const Column& column) {
    return std::string{column.type == table::Type::other ? column.type_name
                                                         : to_string(column.type)};
}

const Column* find(const table::Schema& schema, const std::string& name) {
    const auto found = std::find_if(schema.begin(), schema.end(), [&](const Column& each) {
        return table::same_column(each.name, name);
    });
    return found == schema.end() ? nullptr : &*found;
}

json::value type_json(const std::string& type) {
    return type.empty() ? json::value(nullptr) : json::value(type);
}

}  // namespace

Difference compare(const Destination& destination, const ReadResult& read, const Verdict& verdict,
                   const Options& options) {
    Difference out;
    out.rows_after = read.stats.rows;
    if (!destination.live) {
        out.creates = true;
        return out;
    }
    const auto& live = *destination.live;
    out.rebuilds = verdict.rebuild;
    out.rows_before = live.rows;
    if (options.write_mode == WriteMode::append) out.rows_after += live.rows;
    for (std::size_t i = 0; i < verdict.schema.size(); ++i) {
        const auto& after = verdict.schema[i];
        const auto* const before = find(live.schema, after.name);
        const bool in_sheet = read.layout.columns[i].sheet_column >= 0;
        ColumnChange change{.name = after.name,
                            .before = before == nullptr ? "" : type_of(*before),
                            .after = type_of(after),
                            .in_sheet = in_sheet};
        if (change.before != change.after || !in_sheet) out.columns.push_back(std::move(change));
    }
    for (const auto& before : live.schema)
        if (find(verdict.schema, before.name) == nullptr)
            out.columns.push_back(
                {.name = before.name, .before = type_of(before), .after = {}, .in_sheet = false});
    return out;
}

json::object to_json(const Difference& difference) {
    json::array columns;
    for (const auto& column : difference.columns)
        columns.push_back(json::object{{"name", column.name},
                                       {"before", type_json(column.before)},
                                       {"after", type_json(column.after)},
                                       {"in_sheet", column.in_sheet}});
    return {{"creates", difference.creates},
            {"rebuilds", difference.rebuilds},
            {"rows_before", difference.rows_before},
            {"rows_after", difference.rows_after},
            {"columns", std::move(columns)}};
}

}  // namespace sheetbq::etl
