#pragma once

#include "bigquery_world.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sheetbq::sandbox {

/// A table by its names, as a copy job refers to it.
struct TableName {
    std::string project;
    std::string dataset;
    std::string table;                    ///< without decorator
    std::optional<std::int64_t> at_ms{};  ///< of a snapshot decorator, table@MILLISECONDS
    std::string name() const { return project + ":" + dataset + "." + table; }
};

/// Keeps the table as it is, to be called before each change of it. The last 50 states are kept.
void remember(Dataset& dataset, const std::string& table, std::int64_t now_ms);

/// The table as it was; deleted ones too.
/// @throws Error bad_data "Invalid snapshot time ..." outside the window, in the future, and before
///     the table was there; not_found when there never was one.
const Table& table_at(BigQueryWorld& world, const TableName& name, std::int64_t at_ms);

/// `configuration.copy`, read and checked: one source, no SNAPSHOT, CLONE or RESTORE.
struct CopyConfig {
    TableName source;
    TableName destination;
    std::string write = "WRITE_EMPTY";
    bool create = true;
};

/// @throws Error bad_data for what jobs.insert refuses at once.
CopyConfig read_copy(const boost::json::object& copy);

/// What a copy job does when it ends.
std::function<void(Job&)> copy_work(BigQueryWorld& world, const CopyConfig& config);

}  // namespace sheetbq::sandbox
