#include "bigquery_api.hpp"
#include "bigquery_history.hpp"
#include "bigquery_json.hpp"
#include "bigquery_query.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

void check_word(std::string_view what, const std::string& word,
                std::initializer_list<std::string_view> known) {
    if (std::find(known.begin(), known.end(), word) == known.end())
        throw invalid(fmt::format("Invalid value for {}: {}", what, word));
}

TableName read_reference(const json::object& reference, std::string_view what) {
    constexpr auto members = std::to_array<std::string_view>({"datasetId", "projectId", "tableId"});
    check_members(reference, members, fmt::format("job.configuration.copy.{}", what));
    TableName out{text_member(reference, "projectId"), text_member(reference, "datasetId"),
                  text_member(reference, "tableId")};
    if (out.project.empty() || out.dataset.empty() || out.table.empty())
        throw invalid(fmt::format("Required parameter is missing: {}", what));
    return out;
}

/// Takes `@MILLISECONDS` off the table's id.
void read_decorator(TableName& name) {
    const auto at = name.table.find('@');
    if (at == std::string::npos) return;
    const std::string decorator = name.table.substr(at + 1);
    std::int64_t ms = 0;
    const auto* const end = decorator.data() + decorator.size();
    const auto [stopped, error] = std::from_chars(decorator.data(), end, ms);
    if (error != std::errc{} || stopped != end || ms <= 0)
        throw invalid(fmt::format("Invalid table ID \"{}\": not a time in milliseconds after @.",
                                  name.table));
    name.table.resize(at);
    name.at_ms = ms;
}

json::object source_of(const json::object& copy) {
    const auto* const several = copy.if_contains("sourceTables");
    if (several == nullptr) return object_member(copy, "sourceTable");
    if (copy.contains("sourceTable"))
        throw invalid("Only one of sourceTable and sourceTables may be specified");
    if (!several->is_array() || several->get_array().size() != 1 ||
        !several->get_array().front().is_object())
        throw invalid("Several source tables are not done by this stand-in");
    return several->get_array().front().get_object();
}

void check_same_schema(const Table& table, const Table& source, const TableName& destination) {
    if (json::value(table.fields) != json::value(source.fields))
        throw invalid(fmt::format("Provided Schema does not match Table {}.", destination.name()));
}

/// The destination as it is after the copy. @throws Error for what the job fails with.
Table copied(BigQueryWorld& world, const CopyConfig& config, const Table& source,
             const Table* live) {
    if (source.type != "TABLE")
        throw invalid(
            fmt::format("{} is not allowed for this operation because it is currently a {}.",
                        config.source.name(), source.type));
    if (live == nullptr && !config.create)
        throw absent("Not found: Table " + config.destination.name());
    const bool has_rows = live != nullptr && (!live->rows.empty() || live->rows_not_kept != 0);
    if (config.write == "WRITE_EMPTY" && has_rows)
        throw Error{Code::conflict, "Already Exists: Table " + config.destination.name()};
    Table out = live != nullptr ? *live : Table{};
    if (live == nullptr) out.created_ms = world.now_ms;
    if (config.write == "WRITE_APPEND" && has_rows) {
        check_same_schema(out, source, config.destination);
        out.rows.insert(out.rows.end(), source.rows.begin(), source.rows.end());
        out.rows_not_kept += source.rows_not_kept;
    } else {
        out.fields = source.fields;
        out.rows = source.rows;
        out.rows_not_kept = source.rows_not_kept;
        out.row_access_policies.clear();
    }
    out.modified_ms = world.now_ms;
    ++out.version;
    return out;
}

}  // namespace

CopyConfig read_copy(const json::object& copy) {
    constexpr auto members = std::to_array<std::string_view>(
        {"createDisposition", "destinationEncryptionConfiguration", "destinationExpirationTime",
         "destinationTable", "operationType", "sourceTable", "sourceTables", "writeDisposition"});
    check_members(copy, members, "job.configuration.copy");
    CopyConfig out{
        .source = read_reference(source_of(copy), "sourceTable"),
        .destination = read_reference(object_member(copy, "destinationTable"), "destinationTable")};
    read_decorator(out.source);
    check_table_id(out.source.table);
    check_table_id(out.destination.table);
    if (const auto word = text_member(copy, "writeDisposition"); !word.empty()) out.write = word;
    check_word("writeDisposition", out.write, {"WRITE_EMPTY", "WRITE_TRUNCATE", "WRITE_APPEND"});
    if (const auto word = text_member(copy, "createDisposition"); !word.empty()) {
        check_word("createDisposition", word, {"CREATE_IF_NEEDED", "CREATE_NEVER"});
        out.create = word == "CREATE_IF_NEEDED";
    }
    check_word("operationType", text_member(copy, "operationType"),
               {"", "OPERATION_TYPE_UNSPECIFIED", "COPY"});
    return out;
}

std::function<void(Job&)> copy_work(BigQueryWorld& world, const CopyConfig& config) {
    return [&world, config](Job& job) {
        const auto& from = config.source;
        auto& tables = find_dataset(world, from.project, from.dataset).tables;
        const auto found = tables.find(from.table);
        if (!from.at_ms && found == tables.end()) throw absent("Not found: Table " + from.name());
        const auto& source = from.at_ms ? table_at(world, from, *from.at_ms) : found->second;
        auto& dataset = find_dataset(world, config.destination.project, config.destination.dataset);
        const auto live = dataset.tables.find(config.destination.table);
        auto made =
            copied(world, config, source, live == dataset.tables.end() ? nullptr : &live->second);
        const auto rows = source.rows.size() + source.rows_not_kept;
        remember(dataset, config.destination.table, world.now_ms);
        dataset.tables.insert_or_assign(config.destination.table, std::move(made));
        job.resource["statistics"].as_object()["copy"] = {{"copiedRows", std::to_string(rows)},
                                                          {"copiedLogicalBytes", "0"}};
    };
}

}  // namespace sheetbq::sandbox
