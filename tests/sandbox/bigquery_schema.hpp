#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

enum class BigQueryType : std::uint8_t {
    string,
    bytes,
    integer,
    real,
    numeric,
    bignumeric,
    boolean,
    date,
    time,
    datetime,
    timestamp,
    interval,
    json_text,
    geography,
    record
};

/// The name tables.get shows, e.g. `INTEGER`.
std::string_view legacy_name(BigQueryType type);
/// The name error messages of a load use, e.g. `INT64`.
std::string_view parser_name(BigQueryType type);
/// Takes legacy and GoogleSQL names in any case. @throws Error bad_data for anything else.
BigQueryType bigquery_type(std::string_view name);

struct BigQueryColumn {
    std::string name;
    BigQueryType type = BigQueryType::string;
    std::string mode = "NULLABLE";
    int max_length = 0;  ///< 0: none
    int precision = 0;   ///< 0: the type's own
    int scale = 0;
    boost::json::object field;  ///< as tables.get shows it: type and mode spelled Google's way
};

/// Reads `schema.fields`, as strictly as BigQuery does.
/// @throws Error bad_data for bad names, duplicates without case, unknown types, modes and fields,
///     more than 10,000 columns.
std::vector<BigQueryColumn> read_schema(const boost::json::array& fields);
boost::json::array write_schema(const std::vector<BigQueryColumn>& columns);

/// Equal for names that are one column to BigQuery.
std::string column_key(std::string_view name);

/// Where each column stands, by `column_key`.
std::map<std::string, std::size_t> column_positions(const std::vector<BigQueryColumn>& columns);

/// What a change of an existing table's schema may do beyond changing descriptions and tags.
struct SchemaChange {
    bool add_fields = false;
    bool relax_fields = false;
    bool leave_out_fields = false;  ///< NULLABLE ones may be missing from the new schema
};

/// Checks `wanted` against the table's columns. `table` is `p:d.t`.
/// @throws Error bad_data "Provided Schema does not match Table p:d.t. ...".
void check_schema_change(const std::string& table, const std::vector<BigQueryColumn>& live,
                         const std::vector<BigQueryColumn>& wanted, const SchemaChange& allowed);

}  // namespace sheetbq::sandbox
