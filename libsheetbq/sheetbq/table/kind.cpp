#include "sheetbq/table/kind.hpp"

#include <algorithm>

namespace sheetbq::table {
namespace {

constexpr std::array<std::string_view, kind_count> kind_names{
    "blank", "boolean", "integer", "real", "date", "datetime", "time", "duration", "text", "error"};

/// A set of kinds, one bit each.
using KindSet = unsigned;

constexpr KindSet only(Kind kind) { return 1U << static_cast<unsigned>(kind); }

template <class... Kinds>
constexpr KindSet set_of(Kinds... kinds) {
    return (only(kinds) | ...);
}

struct TypeFacts {
    Type type;
    std::string_view name;
    KindSet holds;  ///< besides blank and error, which are NULL in every type
};

constexpr KindSet numbers = set_of(Kind::integer, Kind::real);
constexpr KindSet days = set_of(Kind::date, Kind::datetime);
constexpr KindSet silent = set_of(Kind::blank, Kind::error);
constexpr KindSet everything = (1U << kind_count) - 1;

/// In the order of the enumerators.
constexpr std::array<TypeFacts, 15> type_facts{{
    {Type::string, "STRING", everything},
    {Type::int64, "INT64", only(Kind::integer)},
    {Type::float64, "FLOAT64", numbers},
    {Type::boolean, "BOOL", only(Kind::boolean)},
    {Type::date, "DATE", only(Kind::date)},
    {Type::datetime, "DATETIME", days},
    {Type::time, "TIME", only(Kind::time)},
    {Type::interval, "INTERVAL", only(Kind::duration)},
    {Type::timestamp, "TIMESTAMP", days},
    {Type::numeric, "NUMERIC", numbers},
    {Type::bignumeric, "BIGNUMERIC", numbers},
    {Type::bytes, "BYTES", 0},
    {Type::json, "JSON", numbers},
    {Type::geography, "GEOGRAPHY", 0},
    {Type::other, "OTHER", 0},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < type_facts.size(); ++i)
        if (static_cast<std::size_t>(type_facts[i].type) != i) return false;
    return true;
}
static_assert(in_order());

constexpr const TypeFacts& facts(Type type) { return type_facts[static_cast<std::size_t>(type)]; }

constexpr std::array<std::pair<std::string_view, Type>, 16> aliases{{
    {"INTEGER", Type::int64},
    {"INT", Type::int64},
    {"BIGINT", Type::int64},
    {"SMALLINT", Type::int64},
    {"TINYINT", Type::int64},
    {"BYTEINT", Type::int64},
    {"FLOAT", Type::float64},
    {"BOOLEAN", Type::boolean},
    {"DECIMAL", Type::numeric},
    {"BIGDECIMAL", Type::bignumeric},
    {"RECORD", Type::other},
    {"STRUCT", Type::other},
    {"RANGE", Type::other},
    {"ARRAY", Type::other},
    {"FOREIGN", Type::other},
    {"TYPE_UNSPECIFIED", Type::other},
}};

bool equal_without_case(std::string_view text, std::string_view upper) {
    return std::equal(text.begin(), text.end(), upper.begin(), upper.end(), [](char a, char b) {
        return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
}

}  // namespace

std::string_view to_string(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::string_view to_string(Type type) { return facts(type).name; }

std::optional<Type> type_from_name(std::string_view name) {
    for (const auto& known : type_facts)
        if (known.type != Type::other && equal_without_case(name, known.name)) return known.type;
    for (const auto& [alias, type] : aliases)
        if (equal_without_case(name, alias)) return type;
    return std::nullopt;
}

std::optional<Type> join(const KindCounts& counts) {
    KindSet met = 0;
    for (std::size_t i = 0; i < kind_count; ++i)
        if (counts[i] != 0) met |= 1U << i;
    met &= ~silent;
    if (met == 0) return std::nullopt;
    // From narrow to wide: the first that holds all.
    constexpr std::array narrowest_first{Type::boolean,  Type::int64, Type::float64, Type::date,
                                         Type::datetime, Type::time,  Type::interval};
    for (const Type type : narrowest_first)
        if ((met & ~facts(type).holds) == 0) return type;
    return Type::string;
}

bool fits(Kind kind, Type type) { return (only(kind) & (facts(type).holds | silent)) != 0; }

}  // namespace sheetbq::table
