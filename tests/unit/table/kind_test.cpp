#include "sheetbq/table/kind.hpp"

#include "support/catch.hpp"

#include <random>
#include <set>
#include <vector>

using namespace sheetbq::table;

namespace {

KindCounts counts_of(const std::vector<Kind>& kinds) {
    KindCounts counts{};
    for (const Kind kind : kinds) ++counts[static_cast<std::size_t>(kind)];
    return counts;
}

KindCounts sum(const KindCounts& a, const KindCounts& b) {
    KindCounts total{};
    for (std::size_t i = 0; i < kind_count; ++i) total[i] = a[i] + b[i];
    return total;
}

/// A column with one cell of each kind whose bit is set.
KindCounts column_of(unsigned bits) {
    KindCounts counts{};
    for (std::size_t i = 0; i < kind_count; ++i) counts[i] = (bits >> i) & 1U;
    return counts;
}

constexpr unsigned all_columns = 1U << kind_count;

/// Every cell that `narrow` holds is held by `wide`, too; nothing is narrower than everything.
bool at_least(const std::optional<Type>& wide, const std::optional<Type>& narrow) {
    if (!narrow) return true;
    if (!wide) return false;
    for (std::size_t i = 0; i < kind_count; ++i)
        if (fits(static_cast<Kind>(i), *narrow) && !fits(static_cast<Kind>(i), *wide)) return false;
    return true;
}

}  // namespace

TEST_CASE("a column's type is the narrowest that holds all its cells") {
    using enum Kind;
    const auto [kinds, expected] = GENERATE(table<std::vector<Kind>, std::optional<Type>>({
        {std::vector<Kind>{}, std::nullopt},
        {{blank}, std::nullopt},
        {{error}, std::nullopt},
        {{blank, error}, std::nullopt},
        {{boolean}, Type::boolean},
        {{integer}, Type::int64},
        {{real}, Type::float64},
        {{integer, real}, Type::float64},
        {{date}, Type::date},
        {{datetime}, Type::datetime},
        {{date, datetime}, Type::datetime},
        {{Kind::time}, Type::time},
        {{duration}, Type::interval},
        {{text}, Type::string},
        {{boolean, integer}, Type::string},
        {{integer, date}, Type::string},
        {{date, Kind::time}, Type::string},
        {{Kind::time, duration}, Type::string},
        {{datetime, Kind::time}, Type::string},
        {{integer, text}, Type::string},
        {{integer, blank, error}, Type::int64},
        {{date, datetime, blank, error}, Type::datetime},
    }));
    CHECK(join(counts_of(kinds)) == expected);
}

TEST_CASE("one odd cell among billions decides as one among two") {
    KindCounts counts{};
    counts[static_cast<std::size_t>(Kind::integer)] = 1ULL << 40U;
    CHECK(join(counts) == Type::int64);
    counts[static_cast<std::size_t>(Kind::text)] = 1;
    CHECK(join(counts) == Type::string);
}

TEST_CASE("join depends on the kinds alone, not on how often they were met") {
    std::mt19937 random{7};
    for (unsigned bits = 0; bits < all_columns; ++bits) {
        KindCounts often = column_of(bits);
        for (auto& count : often) count *= 1 + random() % 1000;
        REQUIRE(join(often) == join(column_of(bits)));
    }
}

TEST_CASE("join gives a type that every cell of the column fits") {
    for (unsigned bits = 0; bits < all_columns; ++bits) {
        const auto type = join(column_of(bits));
        for (std::size_t i = 0; type && i < kind_count; ++i)
            if (((bits >> i) & 1U) != 0) REQUIRE(fits(static_cast<Kind>(i), *type));
    }
}

TEST_CASE("join gives the narrowest type: no other inferred type holds the column and less") {
    for (unsigned bits = 0; bits < all_columns; ++bits) {
        const auto type = join(column_of(bits));
        for (int other = 0; type && other <= static_cast<int>(Type::interval); ++other) {
            bool holds_all = true;
            for (std::size_t i = 0; i < kind_count; ++i)
                if (((bits >> i) & 1U) != 0)
                    holds_all &= fits(static_cast<Kind>(i), static_cast<Type>(other));
            if (holds_all) REQUIRE(at_least(static_cast<Type>(other), type));
        }
    }
}

TEST_CASE("join is commutative, idempotent and monotone in the cells") {
    for (unsigned a = 0; a < all_columns; ++a) {
        REQUIRE(join(sum(column_of(a), column_of(a))) == join(column_of(a)));
        for (unsigned bit = 1; bit < all_columns; bit <<= 1U)
            REQUIRE(at_least(join(column_of(a | bit)), join(column_of(a))));
        const unsigned b = (a * 2654435761U) >> 22U;
        REQUIRE(join(sum(column_of(a), column_of(b))) == join(sum(column_of(b), column_of(a))));
        REQUIRE(join(sum(column_of(a), column_of(b))) == join(column_of(a | b)));
    }
}

TEST_CASE("blank and error say nothing beside any column") {
    const auto silent = counts_of({Kind::blank, Kind::error});
    for (unsigned bits = 0; bits < all_columns; ++bits)
        REQUIRE(join(sum(column_of(bits), silent)) == join(column_of(bits)));
}

TEST_CASE("fits is the table of the design") {
    using enum Kind;
    const auto [type, kinds] = GENERATE(table<Type, std::set<Kind>>({
        {Type::string, {boolean, integer, real, date, datetime, Kind::time, duration, text}},
        {Type::int64, {integer}},
        {Type::float64, {integer, real}},
        {Type::numeric, {integer, real}},
        {Type::bignumeric, {integer, real}},
        {Type::boolean, {boolean}},
        {Type::date, {date}},
        {Type::datetime, {date, datetime}},
        {Type::timestamp, {date, datetime}},
        {Type::time, {Kind::time}},
        {Type::interval, {duration}},
        {Type::json, {integer, real}},
        {Type::bytes, {}},
        {Type::geography, {}},
        {Type::other, {}},
    }));
    for (std::size_t i = 0; i < kind_count; ++i) {
        const auto kind = static_cast<Kind>(i);
        INFO(to_string(kind) << " in " << to_string(type));
        CHECK(fits(kind, type) == (kind == blank || kind == error || kinds.count(kind) == 1));
    }
}

TEST_CASE("types are read by their GoogleSQL and legacy names without case") {
    const auto [name, expected] = GENERATE(table<std::string, std::optional<Type>>({
        {"STRING", Type::string},
        {"string", Type::string},
        {"Int64", Type::int64},
        {"INTEGER", Type::int64},
        {"bigint", Type::int64},
        {"FLOAT", Type::float64},
        {"FLOAT64", Type::float64},
        {"BOOLEAN", Type::boolean},
        {"bool", Type::boolean},
        {"DECIMAL", Type::numeric},
        {"NUMERIC", Type::numeric},
        {"BIGDECIMAL", Type::bignumeric},
        {"Timestamp", Type::timestamp},
        {"GEOGRAPHY", Type::geography},
        {"RECORD", Type::other},
        {"STRUCT", Type::other},
        {"RANGE", Type::other},
        {"OTHER", std::nullopt},
        {"", std::nullopt},
        {"STRIN", std::nullopt},
        {"STRINGS", std::nullopt},
        {"VARCHAR", std::nullopt},
        {"INT64 ", std::nullopt},
    }));
    INFO(name);
    CHECK(type_from_name(name) == expected);
}

TEST_CASE("every type but other is read back from its own name") {
    for (int i = 0; i < static_cast<int>(Type::other); ++i)
        CHECK(type_from_name(to_string(static_cast<Type>(i))) == static_cast<Type>(i));
    CHECK(to_string(Type::other) == "OTHER");
    CHECK(to_string(Type::boolean) == "BOOL");
}

TEST_CASE("kinds have distinct names") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kind_count; ++i) names.insert(to_string(static_cast<Kind>(i)));
    CHECK(names.size() == kind_count);
    CHECK(to_string(Kind::blank) == "blank");
    CHECK(to_string(Kind::error) == "error");
}
