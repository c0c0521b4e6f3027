#include "bigquery_api.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_schema.hpp"
#include "bigquery_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

std::size_t number_parameter(const Call& call, std::string_view name, std::size_t fallback) {
    const auto text = call.parameter(name);
    if (text.empty()) return fallback;
    std::size_t out = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc{} || stopped != end)
        throw invalid(fmt::format("Invalid value at '{}' (TYPE_UINT32), \"{}\"", name, text));
    return out;
}

/// Indexes of the columns of `selectedFields`, in the table's order; all when it is not given.
std::vector<std::size_t> selected(const Call& call, const std::vector<BigQueryColumn>& columns) {
    std::vector<std::size_t> out;
    std::string wanted = call.parameter("selectedFields");
    if (wanted.empty()) {
        for (std::size_t i = 0; i < columns.size(); ++i) out.push_back(i);
        return out;
    }
    const auto positions = column_positions(columns);
    wanted += ',';
    for (std::size_t from = 0; from < wanted.size();) {
        const auto comma = wanted.find(',', from);
        const auto name = wanted.substr(from, comma - from);
        const auto at = positions.find(column_key(name));
        if (at == positions.end()) throw invalid(fmt::format("No such field: {}", name));
        out.push_back(at->second);
        from = comma + 1;
    }
    std::sort(out.begin(), out.end());
    return out;
}

json::value show(const std::optional<std::string>& cell, BigQueryType type, bool int64_timestamps) {
    if (!cell) return nullptr;
    if (type != BigQueryType::timestamp || int64_timestamps) return json::string{*cell};
    std::int64_t micros = 0;
    std::from_chars(cell->data(), cell->data() + cell->size(), micros);
    return json::string{format_double(static_cast<double>(micros) / 1e6)};
}

std::size_t first_row(const Call& call) {
    const auto token = call.parameter("pageToken");
    if (token.empty()) return number_parameter(call, "startIndex", 0);
    std::size_t out = 0;
    if (!token.starts_with("rows-") ||
        std::from_chars(token.data() + 5, token.data() + token.size(), out).ec != std::errc{})
        throw invalid("Invalid page token");
    return out;
}

}  // namespace

Answer list_rows(BigQueryWorld& world, const Call& call) {
    const auto& project = call.path.at(3);
    const auto& id = call.path.at(7);
    auto& dataset = find_dataset(world, project, call.path.at(5));
    const auto name = fmt::format("{}:{}.{}", project, call.path.at(5), id);
    const auto found = dataset.tables.find(id);
    if (found == dataset.tables.end()) throw absent("Not found: Table " + name);
    require_table_permission(dataset.readers, call, name, "bigquery.tables.getData");
    const auto& table = found->second;
    if (table.type != "TABLE")
        throw invalid(fmt::format("Cannot list a table of type {}.", table.type));
    const auto columns = read_schema(table.fields);
    const auto wanted = selected(call, columns);
    const bool int64 = call.flag("formatOptions.useInt64Timestamp");
    const auto begin = std::min(first_row(call), table.rows.size());
    const auto most = std::min<std::size_t>(number_parameter(call, "maxResults", 100'000), 100'000);
    const auto end = std::min(begin + most, table.rows.size());
    json::array rows;
    for (auto r = begin; r < end; ++r) {
        const auto& row = table.rows[r];
        json::array cells;
        for (const auto c : wanted) {
            json::object cell;
            cell["v"] = c < row.size() ? show(row[c], columns[c].type, int64) : nullptr;
            cells.push_back(std::move(cell));
        }
        json::object shown;
        shown["f"] = std::move(cells);
        rows.push_back(std::move(shown));
    }
    json::object out{{"kind", "bigquery#tableDataList"},
                     {"etag", fmt::format("{:x}.{}", table.version, begin)},
                     {"totalRows", std::to_string(table.rows.size() + table.rows_not_kept)}};
    if (!rows.empty()) out["rows"] = std::move(rows);
    if (end < table.rows.size()) out["pageToken"] = fmt::format("rows-{}", end);
    return json_answer(out);
}

}  // namespace sheetbq::sandbox
