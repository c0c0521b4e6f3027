#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::table {

/// What a cell is. Order matters only to arrays indexed by it.
enum class Kind : std::uint8_t {
    blank,
    boolean,
    integer,  ///< a number without fraction or exponent that fits INT64
    real,     ///< any other number
    date,
    datetime,
    time,
    duration,
    text,
    error,  ///< #N/A and its like
};
constexpr std::size_t kind_count = 10;

/// `blank`, `boolean` ... for messages.
std::string_view to_string(Kind kind);

/// BigQuery's column types, by their GoogleSQL names.
enum class Type : std::uint8_t {
    string,
    int64,
    float64,
    boolean,
    date,
    datetime,
    time,
    interval,  // what inference can give
    timestamp,
    numeric,
    bignumeric,
    bytes,
    json,
    geography,  // what a schema can ask for
    other,      // RECORD, RANGE ...: never loaded into
};

/// `STRING`, `INT64` ... `other` gives `OTHER`.
std::string_view to_string(Type type);
/// Understands GoogleSQL and legacy names (INTEGER, FLOAT, BOOLEAN, BIGDECIMAL, DECIMAL ...),
/// without case. RECORD, STRUCT, ARRAY and RANGE are `Type::other`.
/// @returns nothing for a word that names no type.
std::optional<Type> type_from_name(std::string_view name);

/// How many cells of each kind a column has.
using KindCounts = std::array<std::uint64_t, kind_count>;

/// The narrowest type that holds every cell of the column faithfully; nothing when all are blank
/// or errors.
std::optional<Type> join(const KindCounts& counts);

/// Every cell of this kind, in its own text, is a value of `type`. Blank and error cells are
/// loaded as NULL and fit everything; `text` fits STRING only, since it depends on the text
/// (`is_literal`).
bool fits(Kind kind, Type type);

}  // namespace sheetbq::table
